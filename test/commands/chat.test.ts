import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process'
import {once} from 'node:events'
import {openSync} from 'node:fs'
import {expect} from 'chai'
import type {PrintEvent, PrintResult} from '../../src/chat/print/format.js'
import {ensureBuilt} from '../helpers/build.js'
import {programPath, TestHome} from '../helpers/pty/chat.js'
import {childrenOf, isRunning} from '../helpers/pty/processes.js'
import {upTo} from '../helpers/pty/suite.js'

const wordsOf = (text: string) => [...text.matchAll(/\bword(\d+)\b/g)].map((match) => Number(match[1]))

describe('hermes chat, without a terminal', () => {
  let home: TestHome
  const running: ChildProcessWithoutNullStreams[] = []

  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })
  beforeEach(() => {
    home = new TestHome()
    home.configure('discoverLocal: false\n')
  })
  afterEach(async () => {
    for (const child of running.splice(0)) {
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit')
    }
    home.remove()
  })

  function start(...args: string[]) {
    const child = spawn(process.execPath, [programPath, 'chat', ...args], {cwd: home.cwd, env: home.env()})
    running.push(child)
    const output = {stdout: '', stderr: ''}
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text) => {
        output[name] += text
      })
    }
    const ended = once(child, 'close').then(([code, signal]) => ({...output, code, signal}))
    /** Waits until stdout has the text. */
    const shows = async (text: string) => {
      while (!output.stdout.includes(text)) await once(child.stdout, 'data')
    }
    return {child, output, ended, shows}
  }

  async function run(args: string[], input?: string) {
    const {child, ended} = start(...args)
    child.stdin.end(input)
    return ended
  }

  it('answers a prompt on stdout, and only the answer', async () => {
    const {code, stdout, stderr} = await run(['-p', 'count to 25'])
    expect(code, stderr).to.equal(0)
    expect(wordsOf(stdout)).to.deep.equal(upTo(25))
    expect(stdout).to.match(/^word0 .*word24\n$/s)
    expect(stderr).to.equal('')
  })

  it('takes the prompt from stdin, and stdin after a prompt', async () => {
    expect(wordsOf((await run([], 'count to 5\n')).stdout)).to.deep.equal(upTo(5))
    const both = await run(['-p', 'count to', '--output-format', 'json'], '5')
    const {session_key} = JSON.parse(both.stdout) as PrintResult
    const shown = await run(['-p', 'count to 2', '-r', session_key ?? ''])
    expect(shown.code).to.equal(0)
  })

  it('gives one object as json, and goes on with that session', async () => {
    const first = JSON.parse((await run(['-p', 'count to 3', '--output-format', 'json'])).stdout) as PrintResult
    expect(first).to.include({status: 'complete', model: 'offline', text: 'word0 word1 word2', recoveries: 0})
    expect(first.usage?.total).to.be.above(0)
    const second = await run(['-p', 'count to 4', '-c', '--output-format', 'json'])
    expect((JSON.parse(second.stdout) as PrintResult).session_key).to.equal(first.session_key)
  })

  it('brings the reply back when the gateway is killed in the middle, and prints no word twice', async () => {
    const {child, ended, shows} = start('-p', 'stream 120 tokens at 100', '--output-format', 'stream-json')
    child.stdin.end()
    await shows('word30')
    const [gateway] = childrenOf(child.pid ?? 0)
    process.kill(gateway?.pid ?? 0, 'SIGKILL')
    const {code, stdout, stderr} = await ended
    expect(code, stderr).to.equal(0)
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PrintEvent)
    const text = events.flatMap((event) => (event.type === 'delta' ? event.text : [])).join('')
    expect(wordsOf(text)).to.deep.equal(upTo(120))
    expect(events.at(-1)).to.include({type: 'result', status: 'complete', recoveries: 1, text})
    expect(stderr).to.include('SIGKILL')
  })

  it('interrupts on SIGINT, ends with 130, and leaves no gateway', async () => {
    const {child, ended, shows} = start('-p', 'stream 5000 tokens at 100')
    child.stdin.end()
    await shows('word20')
    const gateway = childrenOf(child.pid ?? 0)[0]?.pid ?? 0
    child.kill('SIGINT')
    const {code, stdout} = await ended
    expect(code).to.equal(130)
    expect(stdout.endsWith('\n')).to.equal(true)
    expect(isRunning(gateway)).to.equal(false)
  })

  it('ends quietly when its reader goes away', async () => {
    const {child, output, ended, shows} = start('-p', 'stream 5000 tokens at 200')
    child.stdin.end()
    await shows('word5')
    child.stdout.destroy()
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    expect({code, signal}).to.deep.equal({code: 0, signal: null})
    await ended
    expect(output.stderr).to.equal('')
  })

  it('does not wait for a stdin that is nothing', async () => {
    const child = spawn(process.execPath, [programPath, 'chat', '-p', 'count to 2'], {
      cwd: home.cwd,
      env: home.env(),
      stdio: [openSync('/dev/null', 'r'), 'pipe', 'pipe'],
    })
    let stdout = ''
    child.stdout?.on('data', (text) => {
      stdout += text
    })
    const [code] = await once(child, 'close')
    expect({code, stdout}).to.deep.equal({code: 0, stdout: 'word0 word1\n'})
  })

  it('refuses flags that contradict each other', async () => {
    for (const args of [
      ['-c', '-r', 'x'],
      ['--title', 'T', '-c'],
      ['-p', 'a', 'b'],
      ['-p', 'a', '--output-format', 'xml'],
      ['--model'],
    ]) {
      const {code, stdout, stderr} = await run(args)
      expect(code, args.join(' ')).to.equal(2)
      expect(stdout).to.equal('')
      expect(stderr).to.not.equal('')
    }
  })

  it('explains itself', async () => {
    const {stdout, code} = await run(['--help'])
    expect(code).to.equal(0)
    for (const flag of [
      '--continue',
      '--resume',
      '--model',
      '--print',
      '--output-format',
      '--gateway-command',
      '--title',
    ]) {
      expect(stdout).to.include(flag)
    }
  })
})
