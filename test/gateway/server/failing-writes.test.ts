import {spawn, spawnSync} from 'node:child_process'
import {closeSync, existsSync, openSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {Writable} from 'node:stream'
import {setImmediate as turnOfLoop} from 'node:timers/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {FrameWriter} from '../../../src/gateway/server/frame-writer.js'
import {openStore} from '../../../src/gateway/store/index.js'
import {homeFiles} from '../../../src/platform.js'
import {root} from '../../helpers/build.js'
import {runHermes} from '../../helpers/program/run-program.js'
import {runs} from '../../helpers/sample.js'
import {GatewayProcess, Scratch} from '../gateway-process.js'

/** Each takes half a second or so. */
const RUNS = Number(process.env.HERMES_TEST_FAULTS ?? 8)

/** Calls of the system that fail, and how often a run has them fail at least and at most. */
const points = ['rw/write', 'rw/pwrite', 'sync/*', 'oc/open']
const rates = [0.01, 0.3] as const

/** From rare to often over the runs. */
function faultOf(point: string, run: number): string {
  const rate = rates[0] + ((rates[1] - rates[0]) * Math.floor(run / points.length)) / Math.ceil(RUNS / points.length)
  return `enable_random name=posix/io/${point},probability=${rate.toFixed(3)}`
}

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
      {numRuns: runs(200, 40)},
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

  describe('at random', function () {
    this.timeout(300_000)
    before(function () {
      // From Debian's fiu-utils.
      if (spawnSync('fiu-run', ['-h']).error) this.skip()
    })

    it('ends in order or works: what it acknowledged is stored, nothing is uncaught, the end is told', async () => {
      const outcomes = new Map<string, number>()
      let acknowledged = 0
      for (let run = 0; run < RUNS; run++) {
        const point = points[run % points.length] as string
        const home = path.join(scratch.home, String(run))
        const logFile = homeFiles(home).crashLog
        const handedDown = JSON.stringify({enabled: true, path: logFile, maxBytes: 1_000_000, files: 2})
        const child = spawn('fiu-run', ['-x', '-f', '', '-c', faultOf(point, run), process.execPath, main], {
          cwd: scratch.home,
          env: {...env(), HERMES_HOME: home, HERMES_GATEWAY_LOG: handedDown},
        })
        const gateway = new GatewayProcess(child)
        const prompts: string[] = []
        await work(gateway, prompts).catch(() => {})
        child.stdin.end()
        const {code, signal} = await gateway.exited
        const log = existsSync(logFile) ? readFileSync(logFile, 'utf8') : ''
        const seen = `${faultOf(point, run)}: ${code ?? signal}\n${gateway.stderr}\n${log}`
        outcomes.set(signal ?? String(code), (outcomes.get(signal ?? String(code)) ?? 0) + 1)
        // Node itself ends where it can't wake a thread of its own, or can't read a program that it is started with.
        if (signal !== 'SIGABRT' && !(code === 1 && gateway.frames.length === 0)) {
          expect([0, 93], seen).to.include(code)
          expect(`${gateway.stderr}${log}`, seen).to.match(/gateway-exit/)
        }
        expect(`${gateway.stderr}${log}`, seen).to.not.match(/gateway-crash|uncaught/)
        if (prompts.length === 0) continue
        acknowledged += prompts.length
        const store = openStore(homeFiles(home).database)
        const stored = store.listSessions(100).flatMap(({key}) => store.messages(key).map(({text}) => text))
        store.close()
        expect(stored, seen).to.include.members(prompts)
        expect(integrityOf(homeFiles(home).database), seen).to.equal('ok')
      }
      const told = [...outcomes].map(([outcome, count]) => `${count} × ${outcome}`).join(', ')
      console.log(`        ${RUNS} runs: ${told}; ${acknowledged} prompts`)
      expect(acknowledged).to.be.greaterThan(0)
    })

    it('has each of its deaths in the crash log of the program that started it, with a cause', async () => {
      const causes = new Map<string, number>()
      const runs = Math.ceil(RUNS / 2)
      for (let run = 0; run < runs; run++) {
        const point = points[run % points.length] as string
        const home = path.join(scratch.home, `supervised-${run}`)
        const config = path.join(scratch.home, `${run}.json`)
        const command = ['fiu-run', '-x', '-f', '', '-c', faultOf(point, run), process.execPath, main]
        writeFileSync(config, JSON.stringify({gateway: {command}, recovery: {backoffMs: [0, 0, 0]}}))
        const {code, stderr} = await runHermes(['chat', '-p', 'hello', '--model', 'offline/20@500'], {
          cwd: scratch.home,
          env: {...env(), HERMES_HOME: home, HERMES_CONFIG: config},
        })
        const log = readFileSync(homeFiles(home).crashLog, 'utf8')
        const seen = `${faultOf(point, run)}: ${code}\n${stderr}\n${log}`
        expect([0, 3, 4, 5, 6], seen).to.include(code)
        expect(stderr, seen).to.not.match(/^ {4}at /m)
        const ends = [...log.matchAll(/ exit .* cause=(\S+)/g)].map(([, cause]) => String(cause))
        expect(ends.length, seen).to.equal([...log.matchAll(/\[tui-parent\] \S+ spawn /g)].length)
        for (const cause of ends) {
          expect(cause, seen).to.not.match(/unknown|^exit-code/)
          causes.set(cause, (causes.get(cause) ?? 0) + 1)
        }
      }
      console.log(`        ${runs} runs: ${[...causes].map(([cause, count]) => `${count} × ${cause}`).join(', ')}`)
    })
  })
})

/** Whether SQLite finds the file whole. */
function integrityOf(file: string): unknown {
  const {DatabaseSync} = process.getBuiltinModule('node:sqlite')
  const db = new DatabaseSync(file)
  try {
    return db.prepare('PRAGMA integrity_check').get()?.integrity_check
  } finally {
    db.close()
  }
}

/** Four prompts in one session, as far as it gets; `acknowledged` grows by those that the gateway has taken. */
async function work(gateway: GatewayProcess, acknowledged: string[]): Promise<void> {
  let sid: unknown
  for (let attempt = 0; attempt < 5 && sid === undefined; attempt++) {
    sid = (await gateway.request('session.create')).result?.session_id
  }
  for (let prompt = 0; prompt < 4 && sid !== undefined; prompt++) {
    const text = `prompt ${prompt}`
    const from = gateway.frames.length
    const {result} = await gateway.request('prompt.submit', {session_id: sid, text})
    if (!result) continue
    acknowledged.push(text)
    await gateway.frame(({params}) => params?.type === 'message.complete' || params?.type === 'error', from)
  }
}
