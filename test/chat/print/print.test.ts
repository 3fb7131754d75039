import {EventEmitter, once} from 'node:events'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {Writable} from 'node:stream'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import type {OutputFormat, PrintEvent, PrintResult} from '../../../src/chat/print/format.js'
import {type PrintOptions, runPrint} from '../../../src/chat/print/print.js'
import {structureOf} from '../../../src/chat/print/structure.js'
import type {HermesError} from '../../../src/errors.js'
import type {InFlight, LifecycleDetails} from '../../../src/lifecycle/events.js'
import {createSupervisor} from '../../../src/supervisor/supervisor.js'
import type {SessionTarget} from '../../../src/supervisor/types.js'
import {png} from '../../helpers/images/files.js'
import {someOf} from '../../helpers/sample.js'
import {policy} from '../../supervisor/helpers/policies.js'

const scripted = fileURLToPath(new URL('../../fixtures/scripted-gateway.mjs', import.meta.url))

/** The scripted gateway's reply of so many words. */
const words = (count: number) => Array.from({length: count}, (_, index) => `word${index} `).join('')

class Sink extends Writable {
  text = ''
  isTTY = false
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk
    this.emit('written')
    done()
  }
  async until(text: string): Promise<void> {
    while (!this.text.includes(text)) await once(this, 'written')
  }
}

interface Run {
  stdout: Sink
  stderr: Sink
  signals: EventEmitter
  records: LifecycleDetails[]
  /** Exit code, or the error that ended the run. */
  outcome: Promise<number | HermesError>
}

describe('print mode', () => {
  let folder: string
  const started: Run[] = []

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-print-'))
  })

  afterEach(async () => {
    for (const run of started.splice(0)) {
      run.signals.emit('SIGTERM')
      await run.outcome
    }
    rmSync(folder, {recursive: true, force: true})
  })

  function print(
    prompt: string,
    env: Record<string, string> = {},
    {
      format = 'text',
      target = {kind: 'new'},
      isTTY = false,
      killGraceMs = 1500,
      ...more
    }: {
      format?: OutputFormat
      target?: SessionTarget
      isTTY?: boolean
      killGraceMs?: number
    } & Partial<PrintOptions> = {},
  ): Run {
    const records: LifecycleDetails[] = []
    let inFlight: (() => InFlight | undefined) | undefined
    const provideInFlight = (probe: () => InFlight | undefined) => {
      inFlight = probe
    }
    const supervisor = createSupervisor({
      ...policy(
        {
          command: [process.execPath, scripted],
          cwd: folder,
          killGraceMs,
          env: {
            PATH: process.env.PATH,
            FG_STATE: path.join(folder, 'state.json'),
            FG_ONCE: path.join(folder, 'once'),
            ...env,
          },
        },
        {backoffMs: [0]},
      ),
      cols: () => 80,
      record: (details) => records.push(details),
      inFlight: () => inFlight?.(),
    })
    const stdout = Object.assign(new Sink(), {isTTY})
    const stderr = new Sink()
    const signals = new EventEmitter()
    const outcome = runPrint({
      supervisor,
      target,
      prompts: [{text: prompt}],
      format,
      imageFolder: folder,
      stdout,
      stderr,
      signals,
      provideInFlight,
      ...more,
    }).catch((error: HermesError) => error)
    const run = {stdout, stderr, signals, records, outcome}
    started.push(run)
    return run
  }

  const events = (run: Run) =>
    run.stdout.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PrintEvent)
  const resultOf = (run: Run) => JSON.parse(run.stdout.text) as PrintResult

  it('streams the answer and ends with a newline', async () => {
    const run = print('hello')
    expect(await run.outcome).to.equal(0)
    expect(run.stdout.text).to.equal(`${words(12)}\n`)
    expect(run.stderr.text).to.equal('')
  })

  it('gives one object with everything as json', async () => {
    const run = print('#reason #tool', {}, {format: 'json'})
    expect(await run.outcome).to.equal(0)
    const result = resultOf(run)
    expect(result).to.include({
      status: 'complete',
      model: 'scripted',
      text: words(12),
      reasoning: 'thinking it over',
      recoveries: 0,
    })
    expect(result.session_key).to.match(/^\d{8}_\d{6}_[0-9a-f]{6}$/)
    expect(result.usage).to.include({total: 2})
    expect(result.tools).to.have.length(1)
    expect(result.tools[0]).to.include({name: 'terminal', context: 'make build', status: 'complete'})
  })

  it('tells of each step as stream-json', async () => {
    const run = print('#tool', {}, {format: 'stream-json'})
    expect(await run.outcome).to.equal(0)
    const all = events(run)
    expect(all[0]).to.include({type: 'init', model: 'scripted'})
    expect(all.flatMap((event) => (event.type === 'delta' ? event.text : [])).join('')).to.equal(words(12))
    expect(all.map(({type}) => type).filter((type) => type !== 'delta')).to.deep.equal([
      'init',
      'tool_start',
      'tool_complete',
      'result',
    ])
  })

  it('goes on with the reply when the gateway dies in the middle, and prints nothing twice', async () => {
    const run = print('hello', {FG_JOURNAL: '1', FG_SIGNAL: 'KILL@streaming', FG_TORN: '1'}, {format: 'stream-json'})
    expect(await run.outcome).to.equal(0)
    const all = events(run)
    expect(all.flatMap((event) => (event.type === 'delta' ? event.text : [])).join('')).to.equal(words(12))
    expect(all.filter(({type}) => type === 'recovery')).to.deep.include({
      type: 'recovery',
      state: 'recovered',
      reply: 'continues',
    })
    expect(all.at(-1)).to.include({type: 'result', status: 'complete', recoveries: 1, text: words(12)})
    expect(run.stderr.text).to.include('killed by SIGKILL')
  })

  it('sends a prompt again by the same id when it is not known that it arrived', async () => {
    for (const stage of ['accepted', 'committed']) {
      const log = path.join(folder, `${stage}.log`)
      const run = print('hello', {
        FG_JOURNAL: '1',
        FG_SIGNAL: `KILL@${stage}`,
        FG_ONCE: path.join(folder, stage),
        FG_LOG: log,
        FG_STATE: path.join(folder, `${stage}.json`),
      })
      expect(await run.outcome, stage).to.equal(0)
      expect(run.stdout.text, stage).to.equal(`${words(12)}\n`)
    }
  })

  it('tells what was in flight when the gateway dies', async () => {
    const run = print('hello', {FG_JOURNAL: '1', FG_SIGNAL: 'KILL@streaming'})
    expect(await run.outcome).to.equal(0)
    const exit = run.records.find((details) => details.type === 'exit' && !details.expected)
    expect(exit).to.have.nested.property('inFlight.replyChars').that.is.within(1, words(4).length)
    expect(exit).to.have.nested.property('inFlight.openTools', 0)
    expect(run.records.findLast((details) => details.type === 'exit')).to.include({expected: true})
  })

  it('tells once on stderr which server was found, and of no other where prompts go', async () => {
    const found = print('hello', {FG_SENDS_TO: '{"host":"127.0.0.1:11434","found":true}'})
    expect(await found.outcome).to.equal(0)
    expect(found.stdout.text).to.equal(`${words(12)}\n`)
    expect(found.stderr.text).to.equal(
      'hermes: What you write goes to 127.0.0.1:11434 (scripted), a server found on this machine, since no model is configured\n',
    )
    const known = print('hello', {
      FG_SENDS_TO: '{"host":"gateway.corp","found":false}',
      FG_STATE: path.join(folder, 'other.json'),
    })
    expect(await known.outcome).to.equal(0)
    expect(known.stderr.text).to.equal('')
  })

  it('tells why a reply is not whole, also where the gateway dies before it tells', async () => {
    const cut = ['refusal', 'content-filter', 'length', 'loop']
    for (const reason of [...someOf(cut, 2), 'step-limit']) {
      const exit = reason === 'step-limit' ? 9 : 10
      for (const fault of ['', 'KILL@stored']) {
        const name = `${reason}${fault}`
        const files = {FG_STATE: path.join(folder, name), FG_ONCE: path.join(folder, `${name}.once`)}
        const run = print(
          `#ended=${reason}`,
          {FG_JOURNAL: '1', ...(fault ? {FG_SIGNAL: fault} : {}), ...files},
          {format: 'json'},
        )
        expect(await run.outcome, name).to.include({code: `turn/${reason}`, exit})
        expect(resultOf(run), name).to.include({stop_reason: reason, text: words(12), recoveries: fault ? 1 : 0})
        expect(run.stdout.text, name).to.contain(`The reply ended with ${reason}`)
      }
    }
  })

  it('prints a reply that was finished before the death was seen', async () => {
    const run = print('hello', {FG_JOURNAL: '1', FG_SIGNAL: 'KILL@replied'})
    expect(await run.outcome).to.equal(0)
    expect(run.stdout.text).to.equal(`${words(12)}\n`)
  })

  it('asks a gateway that keeps nothing once more, and prints one reply', async () => {
    const run = print('hello', {FG_REFERENCE: '1', FG_SIGNAL: 'KILL@streaming'})
    expect(await run.outcome).to.equal(0)
    expect(run.stdout.text).to.equal(`${words(12)}\n`)
    expect(run.stderr.text).to.include('the prompt is sent again')
  })

  it('does not ask it again when a tool had run', async () => {
    const run = print('#tool', {FG_REFERENCE: '1', FG_SIGNAL: 'KILL@tool-end'}, {format: 'json'})
    expect(await run.outcome).to.include({code: 'gateway/reply-lost', exit: 4})
    expect(resultOf(run)).to.include({status: 'error', recoveries: 1})
  })

  it('gives up on a prompt that ended the gateway twice', async () => {
    const run = print('hello', {FG_REFERENCE: '1', FG_SIGNAL: 'KILL@streaming', FG_TIMES: '9'})
    expect(await run.outcome).to.include({code: 'gateway/poison-turn', exit: 4})
  })

  it('denies what it cannot ask, and says so', async () => {
    const approval = print('#approve')
    expect(await approval.outcome).to.equal(0)
    expect(approval.stdout.text).to.include('[deny: not allowed in this run]')
    expect(approval.stderr.text).to.include('denied, as nobody can be asked: rm -rf build')
    const clarify = print('#clarify')
    expect(await clarify.outcome).to.equal(0)
    expect(clarify.stdout.text).to.include('[]')
    expect(clarify.stderr.text).to.include('which one?')
  })

  it('ends with the code of what failed', async () => {
    expect(await print('#error').outcome).to.include({exit: 5})
    const stored: SessionTarget = {kind: 'stored', key: 'nowhere'}
    expect(await print('hi', {}, {target: stored}).outcome).to.include({exit: 7})
    const elsewhere = print('hi', {FG_RESUME_ERROR: '4091:session K is open elsewhere; more'}, {target: stored})
    expect(await elsewhere.outcome).to.include({exit: 8, message: 'session K is open elsewhere'})
    expect(await print('hi', {FG_EXIT: '78@boot', FG_TIMES: '99'}).outcome).to.include({exit: 3})
    expect(await print('hi', {FG_EXIT: '94@boot', FG_TIMES: '99'}).outcome).to.include({exit: 6})
    expect(await print('hi', {FG_EXIT: '1@boot', FG_TIMES: '99'}).outcome).to.include({exit: 4})
  })

  it('interrupts the turn on SIGINT and ends with 130', async () => {
    const run = print('#words=100000 #pace=5', {FG_LOG: path.join(folder, 'log')}, {format: 'stream-json'})
    await run.stdout.until('word3')
    run.signals.emit('SIGINT')
    expect(await run.outcome).to.equal(130)
    expect(events(run).at(-1)).to.include({type: 'result', status: 'interrupted'})
  })

  it('ends with 143 on SIGTERM', async () => {
    const run = print('#words=100000 #pace=5', {FG_JOURNAL: '1'})
    await run.stdout.until('word3')
    run.signals.emit('SIGTERM')
    expect(await run.outcome).to.equal(143)
  })

  it('ends quietly when nobody reads any more', async () => {
    const run = print('#words=100000 #pace=5', {FG_JOURNAL: '1'})
    await run.stdout.until('word3')
    run.stdout._write = (_chunk, _encoding, done: (error?: Error) => void) =>
      done(Object.assign(new Error('write EPIPE'), {code: 'EPIPE'}))
    expect(await run.outcome).to.equal(0)
    expect(run.stderr.text).to.equal('')
  })

  const several = (...texts: string[]) => texts.map((text, at) => ({text, line: at + 1}))
  const results = (run: Run) =>
    events(run).filter((event): event is PrintEvent & {type: 'result'} => event.type === 'result')

  it('asks several prompts of any gateway, one after the other', async () => {
    for (const env of [{FG_JOURNAL: '1'}, {FG_REFERENCE: '1'}] as Record<string, string>[]) {
      const files = {FG_STATE: path.join(folder, `${Object.keys(env)}`)}
      const run = print(
        '',
        {...env, ...files},
        {format: 'stream-json', prompts: several('#words=3', '#words=5', '#words=2')},
      )
      expect(await run.outcome, run.stderr.text).to.equal(0)
      expect(results(run).map(({text}) => text)).to.deep.equal([words(3), words(5), words(2)])
    }
  })

  it('asks no more of a gateway that names no prompts once one failed, and goes on with one that does', async () => {
    const prompts = several('#words=3', '#error #words=2', '#words=5')
    const known = print('', {FG_JOURNAL: '1'}, {format: 'stream-json', prompts})
    expect(await known.outcome).to.equal(5)
    expect(results(known).map(({status}) => status)).to.deep.equal(['complete', 'error', 'complete'])
    const unknown = print('', {FG_REFERENCE: '1', FG_STATE: path.join(folder, 'r')}, {format: 'stream-json', prompts})
    expect(await unknown.outcome).to.equal(5)
    expect(results(unknown).map(({status}) => status)).to.deep.equal(['complete', 'error'])
  })

  it('asks again where a gateway that keeps nothing dies in the second of several prompts', async () => {
    const env = {FG_REFERENCE: '1', FG_SIGNAL: 'KILL@streaming', FG_WORD: '7'}
    const run = print('', env, {format: 'stream-json', prompts: several('#words=3', '#words=9', '#words=4')})
    expect(await run.outcome, run.stderr.text).to.equal(0)
    expect(results(run).map(({text, recoveries}) => [text, recoveries])).to.deep.equal([
      [words(3), 0],
      [words(9), 1],
      [words(4), 0],
    ])
  })

  it('stops at its time in any gateway, and goes on with the next prompt', async () => {
    for (const env of [{FG_JOURNAL: '1'}, {FG_REFERENCE: '1'}] as Record<string, string>[]) {
      const run = print(
        '',
        {...env, FG_STATE: path.join(folder, `${Object.keys(env)}`)},
        {format: 'stream-json', maxMs: 1500, prompts: several('#words=500 #pace=20', '#words=2')},
      )
      expect(await run.outcome, run.stderr.text).to.equal(10)
      const [late, next] = results(run)
      expect(late).to.include({status: 'incomplete', stop_reason: 'time-limit'})
      expect(late?.text).to.match(/^word0 word1 /)
      if (env.FG_JOURNAL) expect(next).to.include({status: 'complete', text: words(2)})
      else expect(next).to.equal(undefined)
    }
  })

  it('ends at its time where the gateway does not answer any more, or is never there', async () => {
    for (const fault of ['loop@streaming', 'loop@boot']) {
      const name = fault.replace('@', '-')
      const run = print(
        'hello',
        {FG_HANG: fault, FG_STATE: path.join(folder, name), FG_ONCE: path.join(folder, `${name}.once`)},
        // A loop takes all of a processor until it is killed.
        {format: 'json', maxMs: 500, killGraceMs: 300},
      )
      expect(await run.outcome, run.stderr.text).to.include({exit: 10, code: 'turn/time-limit'})
      expect(resultOf(run)).to.include({stop_reason: 'time-limit', status: 'incomplete'})
    }
  })

  it('takes any gateway at its word where an answer has to fit a schema', async () => {
    const structure = structureOf('{"type":"string"}', folder)
    const run = print('#words=2', {FG_REFERENCE: '1'}, {format: 'json', structure})
    expect(await run.outcome).to.include({exit: 10, code: 'turn/schema-mismatch'})
    expect(resultOf(run)).to.include({stop_reason: 'schema-mismatch'})
    expect(run.stderr.text.match(/asking again/g)).to.have.lengthOf(2)
  })

  it('sends no image to a gateway that would take none', async () => {
    const image = {label: '[Image #1 · image 4x3]', kind: 'png' as const, bytes: png(4, 3)}
    const prompts = [
      {text: `look ${image.label}`, images: [image], line: 1},
      {text: '#words=2', line: 2},
    ]
    const run = print('', {FG_REFERENCE: '1'}, {format: 'stream-json', prompts})
    expect(await run.outcome).to.equal(2)
    expect(results(run)[0]?.error?.code).to.equal('usage/no-images')
  })

  it('ends where nothing can be brought back while it waits for a prompt', async () => {
    async function* never() {
      yield {text: '#words=2', line: 1}
      await new Promise(() => {})
    }
    const run = print('', {FG_JOURNAL: '1', FG_SIGNAL: 'KILL@replied'}, {format: 'stream-json', prompts: never()})
    await run.stdout.until('"result"')
    run.signals.emit('SIGTERM')
    expect(await run.outcome).to.equal(143)
    const broken = print('', {FG_EXIT: '3@boot', FG_TIMES: '100'}, {format: 'stream-json', prompts: never()})
    expect(await broken.outcome).to.include({exit: 4})
    expect(results(broken)).to.have.lengthOf(1)
  })
})
