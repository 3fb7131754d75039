import {spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {checkDatabase} from '../../soak/oracle.js'
import {Scratch} from './scratch.js'

const register = fileURLToPath(new URL('../../register.mjs', import.meta.url))
const writer = fileURLToPath(new URL('fixtures/write-for-ever.ts', import.meta.url))
const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0

// strace kills at a system call of choice; where it is not there or may not trace, the other tests kill at commits and at random.
if (canTrace) {
  describe('store: a writer is killed by one of its writes', () => {
    for (const nth of [1, 2, 3, 5, 8, 13, 21, 34, 55, 89]) {
      it(`write ${nth}`, () => {
        const scratch = new Scratch()
        try {
          const inject = `inject=pwrite64:signal=SIGKILL:when=${nth}`
          const node = [process.execPath, '--import', register, writer, scratch.file, 'k', '0']
          const strace = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=pwrite64', '-e', inject, ...node]
          const {signal, stdout} = spawnSync('strace', strace, {encoding: 'utf8', env: {PATH: process.env.PATH}})
          expect(signal).to.equal('SIGKILL')
          const begun = stdout.split('\n').filter((line) => line.startsWith('begin '))
          const store = scratch.open()
          const prompts = store.messages('k').filter(({role}) => role === 'user')
          // The last one may be stored and not be acknowledged any more.
          expect(prompts.length - begun.length).to.be.oneOf([0, 1])
          store.close()
          checkDatabase(scratch.file)
        } finally {
          scratch.remove()
        }
      })
    }
  })
}
