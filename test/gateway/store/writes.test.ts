import {spawnSync} from 'node:child_process'
import {expect} from 'chai'
import {compiled} from '../../helpers/compiled.js'
import {someOf} from '../../helpers/sample.js'
import {checkDatabase} from '../../soak/oracle.js'
import {Scratch} from './scratch.js'

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0

// strace kills at a system call of choice; where it is not there or may not trace, the other tests kill at commits and at random.
if (canTrace) {
  describe('store: a writer is killed by one of its writes', () => {
    let writer: string
    before(() => {
      writer = compiled(new URL('fixtures/write-for-ever.ts', import.meta.url))
    })

    for (const nth of someOf([1, 2, 3, 5, 8, 13, 21, 34, 55, 89], 5)) {
      it(`write ${nth}`, () => {
        const scratch = new Scratch()
        try {
          const inject = `inject=pwrite64:signal=SIGKILL:when=${nth}`
          const node = [process.execPath, writer, scratch.file, 'k', '0']
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
