import {arch, release} from 'node:os'
import type {Check} from '../types.js'

export const nodeCheck: Check = {
  id: 'node',
  title: 'Node',
  run: () => ({
    // An older one never comes this far: the launcher refuses it.
    status: 'ok',
    summary: `${process.versions.node} on ${process.platform} ${arch()}`,
    evidence: [`${process.execPath}, V8 ${process.versions.v8}, system ${release()}`],
  }),
}
