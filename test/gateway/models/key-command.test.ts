import {chmodSync, existsSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {expect} from 'chai'
import {HermesError} from '../../../src/errors.js'
import {CommandKey, KeyCommandFailed} from '../../../src/gateway/models/key-command.js'
import {type OpenAiServer, startOpenAiServer} from '../../fixtures/openai-server.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {collect, registry, request} from './helpers.js'

/** Not where it is a zombie that nobody has waited for. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('key that a command prints', () => {
  let box: Sandbox
  let server: OpenAiServer | undefined

  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(async () => {
    await server?.close()
    server = undefined
    box.remove()
  })

  /** A program that tells how often it ran. */
  function program(body: string): {command: string[]; runs: () => number} {
    const log = path.join(box.directory, 'runs')
    const file = box.write('key', `#!/bin/sh\necho run >>'${log}'\n${body}\n`)
    chmodSync(file, 0o755)
    return {
      command: [file],
      runs: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').length : 0),
    }
  }

  const keyOf = (command: readonly string[], timeoutMs = 10_000) =>
    new CommandKey(command, {timeoutMs, env: {...process.env, ...box.env}})

  async function failure(work: Promise<unknown>): Promise<Error> {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).to.be.instanceOf(Error)
    return error as Error
  }

  it('is asked for once, when it is first needed, whoever needs it', async () => {
    server = await startOpenAiServer(undefined, {key: 'printed-key-1'})
    const {command, runs} = program('echo; echo "  printed-key-1  "')
    const models = registry({providers: {mine: {baseUrl: server.url, apiKeyCommand: command}}, model: 'mine/fast-1'})
    expect(await models.configured()).to.equal(true)
    await models.defaultId()
    await models.destination()
    const model = await models.resolve()
    const other = await models.resolve('mine/fast-2')
    expect(runs()).to.equal(0)
    expect(models.keys()).to.deep.equal([])
    const got = await Promise.all([model, other, model].map((one) => collect(one.stream(request('go')))))
    expect(got.map(({error}) => error)).to.deep.equal([undefined, undefined, undefined])
    expect(runs()).to.equal(1)
    expect(models.keys()).to.deep.equal(['printed-key-1'])
  })

  it('decides the default model as a key does, and lists the models of a server that wants one', async () => {
    server = await startOpenAiServer(undefined, {key: 'printed-key-1', models: ['only']})
    const {command, runs} = program('echo printed-key-1')
    expect(await registry({providers: {anthropic: {apiKeyCommand: command}}}).defaultId()).to.match(/^anthropic\//)
    const models = registry({providers: {mine: {baseUrl: server.url, apiKeyCommand: command}}})
    expect(await models.configured()).to.equal(true)
    expect(runs()).to.equal(0)
    expect((await models.resolve()).id).to.equal('mine/only')
    expect(runs()).to.equal(1)
  })

  it('is asked for again, once, when it was refused', async () => {
    server = await startOpenAiServer(undefined, {key: 'second-key-22'})
    const counter = path.join(box.directory, 'counter')
    writeFileSync(counter, '')
    const {command, runs} = program(
      `printf x >>'${counter}'; [ "$(cat '${counter}')" = x ] && echo first-key-11 || echo second-key-22`,
    )
    const models = registry({providers: {mine: {baseUrl: server.url, apiKeyCommand: command}}})
    const model = await models.resolve('mine/fast-1')
    const got = await collect(model.stream(request('go')))
    expect(got).to.include({error: undefined, text: 'word0'})
    expect(runs()).to.equal(2)
    expect(server.requests).to.have.length(2)
    expect(models.keys()).to.deep.equal(['first-key-11', 'second-key-22'])
  })

  it('is told as refused when the second run prints the same, and sends it no second time', async () => {
    server = await startOpenAiServer(undefined, {key: 'another-key'})
    const {command, runs} = program('echo stale-key-1234')
    const model = await registry({
      providers: {mine: {baseUrl: server.url, apiKeyCommand: command}},
      patience: {retries: 3, backoffMs: 1, retryWindowMs: 1000, firstTokenMs: 1000, idleMs: 1000, tellSilenceMs: 1000},
    }).resolve('mine/fast-1')
    const {error} = await collect(model.stream(request('go')))
    expect(error).to.include({code: 'provider/unauthorized'})
    expect(runs()).to.equal(2)
    expect(server.requests).to.have.length(1)
    expect(JSON.stringify([String(error), (error as HermesError).suggestions])).to.not.contain('stale-key')
    expect((error as HermesError).suggestions.join()).to.contain('apiKeyCommand')
  })

  it('fails with the command, how it ended, the first line that it said, and what helps', async () => {
    const {command, runs} = program(
      'echo "printed-but-failed"; echo >&2; echo "gpg: password=hunter2-hunter2 is wrong" >&2; echo more >&2; exit 7',
    )
    const models = registry({
      providers: {mine: {baseUrl: 'http://127.0.0.1:1/v1', apiKeyCommand: [...command, '--token', 'tok-123456']}},
    })
    const model = await models.resolve('mine/m')
    const {error} = await collect(model.stream(request('go')))
    expect(error).to.be.instanceOf(HermesError)
    expect(error).to.include({code: 'provider/key-command'})
    const {message, suggestions} = error as HermesError
    expect(message).to.contain(`its command ${command[0]} --token [redacted] ended with exit code 7: gpg: password=`)
    expect(message).to.not.match(/hunter2|printed-but-failed|tok-123456|more/)
    expect(suggestions.join('\n')).to.contain('providers.mine.apiKeyCommand')
    // A failure is none for ever.
    await collect(model.stream(request('go')))
    expect(runs()).to.equal(2)
  })

  it('fails for whatever is no key', async () => {
    for (const [body, words] of [
      ['', 'printed nothing'],
      ['echo; echo " "', 'printed nothing'],
      ['echo two words', 'printed more than one word'],
      ['echo one; echo two', 'printed more than one word'],
      ['printf "sch\\303\\266n"', 'printed more than one word'],
      ['kill -9 $$', 'ended by SIGKILL'],
      ['exit 3', 'ended with exit code 3'],
    ] as const) {
      const error = await failure(keyOf(program(body).command).get())
      expect(error, body).to.be.instanceOf(KeyCommandFailed)
      expect(error.message, body).to.contain(words)
    }
    expect((await failure(keyOf(['no-such-program-here']).get())).message).to.contain('could not be started')
  })

  it('ends a command that takes too long, with all that it started', async () => {
    const file = path.join(box.directory, 'pid')
    const {command} = program(`sleep 600 & echo $! >'${file}'; sleep 600 | cat`)
    const error = await failure(keyOf(command, 1000).get())
    expect(error.message).to.equal('did not end within 1 s')
    const pid = Number(readFileSync(file, 'utf8'))
    while (isRunning(pid)) await setTimeout(5)
  })

  it('does not wait for what a command leaves running', async () => {
    expect(await keyOf(program('sleep 600 & echo the-key-1; exit 0').command).get()).to.equal('the-key-1')
  })

  it('has neither the terminal nor the words of hermes to its gateway', async () => {
    const env = {
      ...process.env,
      GPG_TTY: '/dev/pts/1',
      HERMES_GATEWAY_CONFIG: '{"secret":1}',
      HERMES_HOME: '/h',
      MINE: 'x',
    }
    const body = 'tty <&0 >/dev/null 2>&1 && exit 9; echo "$GPG_TTY-$HERMES_GATEWAY_CONFIG-$HERMES_HOME-$MINE-$PWD"'
    const key = new CommandKey(program(body).command, {timeoutMs: 10_000, env})
    expect(await key.get()).to.equal(`--/h-x-${process.env.HOME}`)
  })
})
