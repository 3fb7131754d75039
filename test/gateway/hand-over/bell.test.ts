import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {Bell} from '../../../src/gateway/hand-over/bell.js'

type Status = 'idle' | 'working' | 'waiting'

if (process.platform !== 'win32')
  describe('the bell of a gateway without a terminal', function () {
    this.timeout(60_000)
    let folder: string
    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'hermes-bell-'))
    })
    afterEach(() => rmSync(folder, {recursive: true, force: true}))

    const ringing = (program: readonly string[] | undefined) => {
      const said: string[] = []
      const sessions = new Map<string, {key: string; status: Status; questions: {kind: string}}>()
      const gateway = {sessions, env: process.env, home: folder, diagnose: (line: string) => said.push(line)}
      return {bell: new Bell(gateway as never, program), sessions, said}
    }
    const set = (sessions: ReturnType<typeof ringing>['sessions'], key: string, status: Status) =>
      sessions.set(key, {key, status, questions: {kind: 'clarify'}})

    async function until(holds: () => boolean): Promise<void> {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
    }

    it('rings once for each time that a session comes to wait', async () => {
      const status = fc.constantFrom<Status>('idle', 'working', 'waiting')
      const looks = fc.array(fc.record({a: status, b: status}), {maxLength: 12})
      let round = 0
      await fc.assert(
        fc.asyncProperty(looks, async (story) => {
          const file = path.join(folder, `rung-${round++}`)
          // A line is one write.
          const {bell, sessions, said} = ringing(['/bin/sh', '-c', `echo "$@" >> '${file}'`, 'bell'])
          const expected: string[] = []
          const last = {a: 'idle', b: 'idle'} as Record<string, Status>
          for (const each of story) {
            for (const [key, now] of Object.entries(each)) {
              set(sessions, key, now)
              if (now === 'waiting' && last[key] !== 'waiting') expected.push(`${key} clarify`)
              last[key] = now
            }
            bell.look()
          }
          const rung = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [])
          await until(() => rung().length >= expected.length)
          expect(rung().sort()).to.deep.equal(expected.sort())
          expect(said).to.deep.equal([])
        }),
        {numRuns: 15},
      )
    })

    it('rings again where somebody was there meanwhile, and left the question open', async () => {
      const file = path.join(folder, 'rung')
      const {bell, sessions} = ringing(['/bin/sh', '-c', `echo x >> '${file}'`])
      set(sessions, 'a', 'waiting')
      bell.look()
      bell.still()
      bell.look()
      bell.look()
      await until(() => existsSync(file) && readFileSync(file, 'utf8') === 'x\nx\n')
    })

    it('is no matter where nobody wants to hear it, or its program is not there', async () => {
      const none = ringing(undefined)
      set(none.sessions, 'a', 'waiting')
      none.bell.look()
      const missing = ringing([path.join(folder, 'nothing')])
      set(missing.sessions, 'a', 'waiting')
      missing.bell.look()
      await until(() => missing.said.length === 1)
      expect(missing.said[0]).to.include('no plugin was told')
      expect(none.said).to.deep.equal([])
    })
  })
