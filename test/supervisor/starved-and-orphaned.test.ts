import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {expect} from 'chai'
import {ensureBuilt} from '../helpers/build.js'
import {compiled} from '../helpers/compiled.js'
import {noneLeftOf, processesOfHome} from '../helpers/processes-of-home.js'
import {someOf} from '../helpers/sample.js'
import {bundledGateway, preload} from './helpers/bundled.js'

const supervise = () => compiled(new URL('fixtures/supervise.ts', import.meta.url))

/** Another program that supervises the built-in gateway. */
class Program {
  readonly child: ChildProcess
  output = ''
  readonly #ended: Promise<unknown>

  constructor(home: string, {env = {}, shell}: {env?: Record<string, string>; shell?: string} = {}) {
    const command = [process.execPath, supervise(), home, ...bundledGateway]
    const [file = '', ...args] = shell ? ['/bin/sh', '-c', `${shell}; exec "$@"`, 'sh', ...command] : command
    this.child = spawn(file, args, {
      env: {PATH: process.env.PATH, HOME: home, MODEL: 'offline', ...env},
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#ended = once(this.child, 'close')
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
    })
  }

  async said(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.output)
      if (match) return match[1] ?? match[0]
      if (this.child.exitCode !== null) throw new Error(`the program ended: ${this.output}`)
      await setTimeout(5)
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#ended
  }
}

describe('supervisor: in a program', () => {
  let home: string
  let program: Program | undefined
  before(ensureBuilt)
  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'hermes-program-'))
  })
  afterEach(async () => {
    await program?.kill()
    // What a test that failed has found.
    for (const pid of processesOfHome(home, [])) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended meanwhile.
      }
    }
    await noneLeftOf(home, [])
    await rm(home, {recursive: true, force: true})
  })

  if (process.platform !== 'win32') {
    it('A4: that has no descriptor left says so, and has its gateway when there are some again', async () => {
      program = new Program(home, {env: {STARVE: '1'}, shell: 'ulimit -n 64'})
      const death = JSON.parse(await program.said(/^death (.*)$/m))
      expect(death).to.include({cause: 'spawn-failed:EMFILE', retriable: true})
      expect(death.remedy).to.include('ulimit -n')
      await program.said(/^live \d+$/m)
    }).timeout(30_000)
  }

  const states = [
    ['idle', {}],
    ['in mid-reply', {env: {PROMPT: 'stream 5000 tokens at 100'}}],
    ['in a tool', {env: {PROMPT: 'run sleep 600', MODEL: 'offline/tools'}}],
    ['stopped', {env: {PROMPT: 'stream 5000 tokens at 100'}}],
    ['in an endless loop', {env: {PROMPT: '5000 @ 100', GATEWAY_OPTIONS: preload('on-sigusr2.mjs'), FAULT: 'spin'}}],
  ] as const
  for (const [state, options] of someOf(states, 3)) {
    it(`that is killed takes its gateway along, ${state}, and all that the gateway started: twice`, async () => {
      for (let times = 0; times < 2; times++) {
        program = new Program(home, options)
        const pid = Number(await program.said(/^live (\d+)$/m))
        if (state === 'in a tool') await program.said(/^event tool\.start$/m)
        else if (state !== 'idle') await program.said(/^event message\.delta$/m)
        if (state === 'stopped') process.kill(pid, 'SIGSTOP')
        if (state === 'in an endless loop') process.kill(pid, 'SIGUSR2')
        await program.kill()
        await noneLeftOf(home, [pid])
      }
    }).timeout(30_000)
  }
})
