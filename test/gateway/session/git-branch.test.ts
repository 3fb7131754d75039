import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {gitBranch} from '../../../src/gateway/session/git-branch.js'
import {makeOdd, oddKinds} from '../../helpers/odd-files.js'

describe('the branch of a repository that is none', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-branch-'))
  })
  afterEach(() => rmSync(folder, {recursive: true, force: true}))

  if (process.platform === 'win32') return
  for (const kind of oddKinds) {
    it(`is none, at once: ${kind}`, () => {
      for (const name of ['head/.git/HEAD', 'git/.git', 'linked/elsewhere/HEAD']) {
        makeOdd(kind, path.join(folder, name))
        const cwd = path.join(folder, path.dirname(name).split('/')[0] ?? '')
        if (name.startsWith('linked')) writeFileSync(path.join(cwd, '.git'), 'gitdir: elsewhere\n')
        expect(gitBranch(cwd), name).to.equal('')
      }
    })
  }
})
