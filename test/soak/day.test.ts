import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {openStore} from '../../src/gateway/store/index.js'
import {joinContinued} from '../../src/gateway/turn/history.js'
import {homeFiles} from '../../src/platform.js'
import {ensureBuilt, root} from '../helpers/build.js'
import {noneLeftOf} from '../helpers/processes-of-home.js'
import {answerOf, type DayProvider, startDayProvider} from './day-provider.js'
import {DayRun} from './day-run.js'
import {checkDatabase} from './oracle.js'
import {randomFrom} from './random.js'

const turns = Number(process.env.HERMES_SOAK_TURNS ?? 12)
const seed = Number(process.env.HERMES_SOAK_SEED ?? Math.floor(Math.random() * 2 ** 32))

describe('a day in small', () => {
  let home: string
  let provider: DayProvider | undefined

  before(() => ensureBuilt())
  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'hermes-day-'))
  })
  afterEach(async () => {
    await provider?.close()
    await rm(home, {recursive: true, force: true})
  })

  it(`accounts for every prompt, reply, effect and call: ${turns} turns, HERMES_SOAK_SEED=${seed}`, async () => {
    const effects = path.join(home, 'effects')
    provider = await startDayProvider(effects, randomFrom(`${seed} provider`))
    const config = path.join(home, 'config.yaml')
    const settings = {
      providers: {day: {baseUrl: provider.url}},
      'models.backoffMs': 1,
      'models.retries': 2,
      'permissions.mode': 'bypass',
      discoverLocal: false,
    }
    writeFileSync(config, JSON.stringify(settings))
    const command = [process.execPath, path.join(root, 'dist', 'gateway', 'main.js')]
    const run = new DayRun({home, config, command, model: 'day/m', random: randomFrom(`${seed} driver`)})
    await run.run(turns)
    await noneLeftOf(home, run.pids)

    const {database} = homeFiles(home)
    checkDatabase(database)
    const store = openStore(database)
    try {
      const rows = store.messages(run.key)
      const prompts = rows.filter(({role}) => role === 'user').map(({promptId: id, text}) => ({id, text}))
      expect(prompts, 'every prompt once').to.deep.equal(run.prompts)

      const answers = joinContinued(rows).filter(({role, toolCalls}) => role === 'assistant' && toolCalls.length === 0)
      const texts = answers.map(({text}) => text.replace(/\.+$/, '')).filter((text) => text !== '')
      expect(texts, 'every reply once, and whole').to.deep.equal(run.prompts.map((_, index) => answerOf(index + 1)))
      expect(run.prompts.map(({id}) => store.turn(run.key, id)?.status)).to.satisfy((all: string[]) =>
        all.every((status) => status === 'complete'),
      )

      const calls = rows.flatMap(({tool}) => tool ?? [])
      const done = existsSync(effects) ? readFileSync(effects, 'utf8').trim().split('\n') : []
      expect(new Set(done).size, 'no effect twice').to.equal(done.length)
      expect(new Set(calls.map(({id}) => id)).size, 'no call twice').to.equal(calls.length)
      const known = new Set(calls.map(({id}) => id))
      expect(
        done.filter((id) => !known.has(id)),
        'no effect of a call that nobody knows',
      ).to.deep.equal([])
      const complete = calls.filter(({state}) => state === 'complete').map(({id}) => id)
      expect(
        complete.filter((id) => !done.includes(id)),
        'no call complete without its effect',
      ).to.deep.equal([])

      // A reply is billed whether it is taken or not: of those that a kill took there is at most one for each.
      const told = calls.length + answers.length + run.retries + run.failures.length
      const lost = provider.requests.length - told
      process.stdout.write(
        `\n  ${turns} turns: ${provider.requests.length} calls (${calls.length} steps, ${answers.length} answers, ` +
          `${run.retries} retries told, ${run.failures.length} failures told, ${lost} of ${run.kills} kills)\n`,
      )
      expect(lost, 'calls that nobody was told of').to.be.within(0, run.kills)
    } finally {
      store.close()
    }
  }).timeout(60_000 + turns * 5000)
})
