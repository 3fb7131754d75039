import {availableParallelism, freemem, totalmem} from 'node:os'
import {getHeapStatistics} from 'node:v8'
import {type CgroupMemory, readCgroupMemory} from '../../supervisor/death/memory-cgroup.js'
import {readOomKills} from '../../supervisor/death/oom.js'
import {bytesText, count} from '../text.js'
import type {Check, Finding} from '../types.js'

const LOW_BYTES = 256 * 1024 * 1024
export const memoryCheck: Check = {
  id: 'memory',
  title: 'Memory',
  run: () =>
    judgeMemory({
      heapLimit: getHeapStatistics().heap_size_limit,
      limits: readCgroupMemory(),
      oomKills: readOomKills(),
      total: totalmem(),
      available: process.availableMemory?.() ?? freemem(),
    }),
}

export function judgeMemory(facts: {
  heapLimit: number
  limits: CgroupMemory
  oomKills: number | undefined
  total: number
  available: number
}): Finding {
  const {heapLimit, limits, oomKills, total, available} = facts
  const cgroup =
    limits.version === undefined
      ? 'no memory cgroup'
      : `cgroup v${limits.version}: limit ${limits.limit === undefined ? 'none' : bytesText(limits.limit)}, used ${limits.used === undefined ? 'not readable' : bytesText(limits.used)}`
  const kills =
    oomKills === undefined
      ? 'out-of-memory kills are not counted here'
      : `${count(oomKills, 'process', 'processes')} killed for want of memory in this cgroup`
  const evidence = [
    `V8 heap limit ${bytesText(heapLimit)}`,
    cgroup,
    kills,
    `machine: ${bytesText(total)}, ${availableParallelism()} processors`,
  ]
  const room = limits.limit === undefined ? available : Math.min(available, limits.limit - (limits.used ?? 0))
  const summary = `${bytesText(Math.max(0, room))} available, heap limit ${bytesText(heapLimit)}`
  if (room < LOW_BYTES) {
    return {
      status: 'warn',
      summary: `little is left: ${summary}`,
      evidence,
      remedy: ['Close other programs, or raise the limit of this container.'],
    }
  }
  if (limits.limit !== undefined && heapLimit > limits.limit) {
    const mb = Math.floor(limits.limit / 2 / 1024 / 1024)
    return {
      status: 'warn',
      summary: `the heap may grow beyond the cgroup's limit of ${bytesText(limits.limit)}`,
      evidence,
      remedy: [{text: 'Let Node stay below it', command: `export NODE_OPTIONS=--max-old-space-size=${mb}`}],
    }
  }
  if (oomKills !== undefined && oomKills > 0) {
    return {
      status: 'warn',
      summary: `the kernel has killed ${count(oomKills, 'process', 'processes')} here for want of memory`,
      evidence,
      remedy: [
        'Give it more memory, or run fewer programs beside it; `hermes doctor crashes` shows if a gateway was among them.',
      ],
    }
  }
  return {status: 'ok', summary, evidence}
}
