import path from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import type {NewSessionResponse} from '@agentclientprotocol/sdk'
import {expect} from 'chai'
import {exampleAgent, fixtureAgent} from '../acp/helpers/adapter.js'
import {TestEditor} from '../acp/helpers/editor.js'
import {ensureBuilt} from '../helpers/build.js'
import {noneLeftOf} from '../helpers/processes-of-home.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'
import {randomFrom} from './random.js'

const given = process.env.HERMES_SOAK_AGENT_KILLS
const kills = Number(given ?? 4)
const seed = process.env.HERMES_SOAK_SEED ?? String(Math.floor(Math.random() * 2 ** 32))

/** The one can't load a session; the other does, and writes it down. */
const agents = [
  ['the example of the protocol’s library', exampleAgent, ['please']],
  ['an agent that loads sessions', fixtureAgent, ['count 60', 'hello', 'think', 'plan']],
] as const

if (process.platform === 'linux')
  describe('an agent behind hermes acp --, killed at random', () => {
    let sandbox: Sandbox

    before(ensureBuilt)

    beforeEach(() => {
      sandbox = createSandbox()
      sandbox.write(
        'home/.config/hermes/config.yaml',
        'recovery:\n  limit: 1000\n  longLimit: 1000\n  longWindowMs: 1000\n  windowMs: 1000\n  backoffMs: [0]\n',
      )
    })

    afterEach(() => sandbox.remove())

    for (const [name, script, prompts] of given === undefined ? agents.slice(0, 1) : agents) {
      it(`answers all, and its editor never sees a dead connection: ${name}, ${kills} kills, HERMES_SOAK_SEED=${seed}`, async () => {
        const random = randomFrom(`${seed} ${name}`)
        const editor = new TestEditor(sandbox, {
          args: ['--', process.execPath, script],
          env: {EXAMPLE_PAUSE_MS: '15', AA_STATE: path.join(sandbox.directory, 'agent.json')},
        })
        const ids = [
          await editor.begin(),
          (await editor.agent.request<NewSessionResponse>('session/new', editor.place)).sessionId,
        ]
        const told = new Map<string, number>()
        let killed = 0
        let done = false

        /** As long as there is somebody to kill. */
        const killing = (async () => {
          while (killed < kills) {
            await pause(random() ** 2 * 400)
            for (const pid of editor.gateways(script)) {
              if (pid === editor.child.pid) continue
              process.kill(pid, 'SIGKILL')
              killed++
            }
          }
          done = true
        })()

        const asking = ids.map(async (id) => {
          while (!done) {
            const prompt = prompts[Math.floor(random() * prompts.length)] ?? ''
            const answered = editor.prompt(id, prompt)
            if (random() < 0.1) void editor.agent.notify('session/cancel', {sessionId: id})
            const what = await answered.then(
              ({stopReason}) => stopReason,
              (error: Error) => error.message.replace(/^\S+ died \d+ times at this prompt.*/, 'poisoned'),
            )
            told.set(what, (told.get(what) ?? 0) + 1)
          }
          expect((await editor.prompt(id, prompts[0])).stopReason).to.equal('end_turn')
        })
        await Promise.all([killing, ...asking])
        const counts = [...told].map(([what, count]) => `${count} ${what}`).join(', ')
        if (given !== undefined) process.stderr.write(`\n  ${name}: ${killed} kills; prompts: ${counts}\n`)
        expect([...told.keys()]).to.satisfy((all: string[]) =>
          all.every((what) => ['end_turn', 'cancelled', 'poisoned'].includes(what)),
        )
        expect([...editor.sessions].sort()).to.deep.equal([...ids].sort())
        expect(editor.ofKind('notice').filter(({title}) => title.includes('killed by SIGKILL'))).not.to.deep.equal([])
        await editor.close()
        await noneLeftOf(String(sandbox.env.HERMES_HOME), [])
      }).timeout(20_000 + kills * 5000)
    }
  })
