import {spawn, spawnSync} from 'node:child_process'
import {closeSync, existsSync, openSync, readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {Writable} from 'node:stream'
import {setImmediate as turnOfLoop} from 'node:timers/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {FrameWriter} from '../../../src/gateway/server/frame-writer.js'
import {openStore} from '../../../src/gateway/store/index.js'
import {homeFiles} from '../../../src/platform.js'
import {root} from '../../helpers/build.js'
import {GatewayProcess, Scratch} from '../gateway-process.js'

const errnos = ['EFAULT', 'EIO', 'EPIPE', 'ENOSPC', 'EAGAIN', 'EBADF', 'ECONNRESET'] as const

describe('a write of a frame that fails', () => {
  it('is told once, whatever the error and however the stream tells it', async () => {
    let tried = 0
    const ways = fc.constantFrom('throws', 'calls back', 'emits')
    await fc.assert(
      fc.asyncProperty(
        fc.nat(5),
        fc.constantFrom(...errnos),
        ways,
        fc.integer({min: 1, max: 4}),
        async (at, errno, way, times) => {
          let writes = 0
          const failure = () => Object.assign(new Error(`write ${errno}`), {code: errno, syscall: 'write'})
          const stream = new Writable({
            // As stdout: a failure does not close it.
            autoDestroy: false,
            write(_chunk, _encoding, done) {
              writes += 1
              if (writes <= at || writes > at + times) return done()
              if (way === 'throws') throw failure()
              if (way === 'emits') stream.emit('error', failure())
              done(way === 'calls back' ? failure() : undefined)
            },
          })
          const told: Error[] = []
          const writer = new FrameWriter(stream, {onClosed: (error) => told.push(error)})
          for (let frame = 0; frame < 12; frame++) {
            writer.send({jsonrpc: '2.0', id: frame, result: {}})
            await turnOfLoop()
          }
          await writer.drained()
          expect(told.map(({message}) => message)).to.deep.equal([`write ${errno}`])
          // Nothing follows what may have been half a frame.
          expect(writes).to.equal(at + 1)
          tried += 1
        },
      ),
      {numRuns: 200},
    )
    console.log(`        ${tried} streams`)
  })
})

describe('a gateway whose writes fail', function () {
  this.timeout(120_000)
  const scratch = new Scratch()
  const main = path.join(root, 'dist', 'gateway', 'main.js')
  const env = () => ({
    PATH: process.env.PATH,
    HOME: scratch.home,
    HERMES_HOME: scratch.home,
    HERMES_MODEL: 'offline/20@500',
  })
  const log = () => {
    const file = homeFiles(scratch.home).crashLog
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  it('on a full disk ends in order, with the reason in the crash log', async function () {
    if (!existsSync('/dev/full')) this.skip()
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [main], {cwd: scratch.home, env: env(), stdio: ['pipe', full, 'pipe']})
    closeSync(full)
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect(code).to.equal(93)
    expect(said)
      .to.match(/^\[gateway-exit\] stdout cannot be written \(ENOSPC/)
      .and.not.include('[gateway-crash]')
  })

  it('at random ends in order or works: what it acknowledged is stored, and nothing is uncaught', async function () {
    // From Debian's fiu-utils.
    if (spawnSync('fiu-run', ['-h']).error) this.skip()
    const outcomes = new Map<string, number>()
    let acknowledged = 0
    for (let run = 0; run < 20; run++) {
      const probability = 0.002 * (1 + (run % 10))
      const fault = `enable_random name=posix/io/rw/write,probability=${probability}`
      const child = spawn('fiu-run', ['-x', '-f', '', '-c', fault, process.execPath, main], {
        cwd: scratch.home,
        env: env(),
      })
      const gateway = new GatewayProcess(child)
      const prompts: string[] = []
      const work = async () => {
        const {sid} = await gateway.create()
        for (let prompt = 0; prompt < 4; prompt++) {
          const text = `run ${run} prompt ${prompt}`
          await gateway.turn(sid, text)
          prompts.push(text)
        }
      }
      await work().catch(() => {})
      child.stdin.end()
      const {code, signal} = await gateway.exited
      // Node itself aborts where it can't write to a thread of its own.
      if (signal !== 'SIGABRT') expect([0, 93], gateway.stderr).to.include(code)
      expect(gateway.stderr).to.not.include('[gateway-crash]')
      const outcome = signal ?? String(code)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      if (prompts.length === 0) continue
      acknowledged += prompts.length
      const store = openStore(homeFiles(scratch.home).database)
      const stored = store.listSessions(100).flatMap(({key}) => store.messages(key).map(({text}) => text))
      store.close()
      expect(stored).to.include.members(prompts)
    }
    expect(log()).to.not.include('uncaught')
    expect(readdirSync(scratch.home)).to.include('hermes-chat.db')
    console.log(
      `        20 runs: ${[...outcomes].map(([outcome, count]) => `${count} × ${outcome}`).join(', ')}; ${acknowledged} prompts`,
    )
  })
})
