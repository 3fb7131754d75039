import {existsSync} from 'node:fs'
import {expect} from 'chai'
import fc from 'fast-check'
import {openStore} from '../../src/gateway/store/index.js'
import {addStep, noUsage} from '../../src/gateway/turn/usage.js'
import {hermesHome, homeFiles} from '../../src/platform.js'
import {sinceTime} from '../../src/usage/since.js'
import {eventsOf, startProviderServer, wireForms} from '../fixtures/provider-server.js'
import {ensureBuilt} from '../helpers/build.js'
import {runHermes} from '../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('hermes usage', () => {
  let box: Sandbox
  before(function () {
    this.timeout(60_000)
    ensureBuilt()
  })
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const hermes = (...args: string[]) => runHermes(args, {cwd: box.project, env: box.env})
  const database = () => homeFiles(hermesHome(box.env)).database

  function spend(steps: readonly [at: number, key: string, model: string, usd: number | undefined][]): void {
    let now = 0
    const store = openStore(database(), {now: () => now})
    for (const [index, [at, key, model, usd]] of steps.entries()) {
      now = at
      const session = {key, title: null, model, cwd: null, source: 'test'}
      const {turn} = store.beginTurn({session, promptId: `p${index}`, prompt: 'p'})
      const step = {input: 1000, output: 100, cacheRead: 400, cacheWrite: 0, reasoning: 0}
      const cost = usd === undefined ? undefined : {usd, savedUsd: 0.5}
      store.finishTurn(turn.id, {status: 'complete', usage: addStep({calls: 0, usage: noUsage}, model, step, cost)})
    }
    store.close()
  }

  it('says that nothing was asked, and creates nothing by looking', async () => {
    const {stdout, code} = await hermes('usage')
    expect(stdout).to.equal('No model was asked in that time.\n')
    expect(code).to.equal(0)
    expect(existsSync(database())).to.equal(false)
  })

  it('tells days and models, what caching saved, and what is not known', async () => {
    const day = (back: number) => new Date(2026, 10, 20 - back, 12).getTime()
    spend([
      [day(0), 'a', 'x/one', 1.5],
      [day(0), 'b', 'x/\x1b[31mtwo', undefined],
      [day(1), 'a', 'x/one', 0.25],
      [day(9), 'a', 'x/one', 99],
    ])
    const {stdout} = await hermes('usage', '--since', '2026-11-19')
    expect(stdout.split('\n').slice(0, 6)).to.deep.equal(
      [
        '2026-11-20  ≥ $1.50',
        '  x/one       $1.50 · 1 model step · 1k in (400 from the cache), 100 out',
        '  x/two       not known · 1 model step · 1k in (400 from the cache), 100 out',
        '2026-11-19  $0.25',
        '  x/one       $0.25 · 1 model step · 1k in (400 from the cache), 100 out',
        '',
      ].map((line) => line.replace(/ {7}(?=[$n])/, '  ')),
    )
    expect(stdout).to.contain(
      'total  ≥ $1.75 · 3 model steps · 3k in (1.2k from the cache), 300 out · $1.00 saved by caching',
    )
    expect(stdout).to.contain('Of 1 model steps no price is known').and.not.contain('\x1b')
    const json = JSON.parse((await hermes('usage', '--since', '2026-11-19', '--json')).stdout)
    expect(json.total).to.include({calls: 3, unpricedCalls: 1, costUsd: 1.75, input: 3000})
    expect(json.days.map(({day, costUsd}: Record<string, unknown>) => [day, costUsd])).to.deep.equal([
      ['2026-11-20', 1.5],
      ['2026-11-20', null],
      ['2026-11-19', 0.25],
    ])
  })

  it('refuses a time that is none, and names how it is written', async () => {
    const {stderr, code} = await hermes('usage', '--since', 'yesterday')
    expect(code).to.equal(2)
    expect(stderr).to.contain('--since "yesterday" is no time').and.contain('7d')
  })

  it('has what a run of -p took, and so does its JSON', async function () {
    this.timeout(30_000)
    const {open, text, end, tail} = wireForms['openai-compatible']
    const server = await startProviderServer([
      {pieces: [...eventsOf(...open, ...text('fine'), ...end('stop')), ...tail]},
    ])
    try {
      const modelOptions = {m: {inputPrice: 500_000, outputPrice: 1_000_000, context: 100}}
      const providers = {there: {baseUrl: server.url, modelOptions}}
      box.write('home/.config/hermes/config.json', JSON.stringify({model: 'there/m', providers}))
      const {stdout, stderr, code} = await hermes('chat', '-p', 'hello', '--output-format', 'json')
      expect(code, stderr).to.equal(0)
      const result = JSON.parse(stdout)
      const usd = result.usage.input / 2 + result.usage.output
      expect(usd).to.be.above(0)
      expect(result.cost_usd).to.equal(usd)
      expect(result.usage).to.include({cost_usd: usd, context_max: 100}).and.not.have.property('unpriced_calls')
      const {total, models} = JSON.parse((await hermes('usage', '--json')).stdout)
      expect(total).to.include({calls: 1, unpricedCalls: 0, costUsd: usd})
      expect(models.map(({model}: {model: string}) => model)).to.deep.equal(['there/m'])
    } finally {
      await server.close()
    }
  })
})

describe('--since', () => {
  const now = new Date(2026, 10, 29, 16, 30).getTime()

  it('takes hours, days, weeks and a day', () => {
    expect(sinceTime('12h', now)).to.equal(now - 43_200_000)
    expect(sinceTime('7d', now)).to.equal(now - 604_800_000)
    expect(sinceTime('2w', now)).to.equal(now - 1_209_600_000)
    expect(sinceTime('2026-11-01', now)).to.equal(new Date(2026, 10, 1).getTime())
  })

  it('takes nothing else', () => {
    for (const text of ['', '7', 'd', '-7d', '7 d', '1e3d', '2026-02-30', '2026-13-01', '26-11-01', '7days'])
      expect(() => sinceTime(text, now), text).to.throw(/is no time/)
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(sinceTime(text, now)).to.be.within(0, Number.MAX_SAFE_INTEGER)
        } catch (error) {
          expect((error as {code?: string}).code).to.equal('usage/bad-since')
        }
      }),
    )
  })
})
