import {spawnSync} from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {connect} from 'node:net'
import path from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {expect} from 'chai'
import fc from 'fast-check'
import {handDownConfig} from '../../../src/config/handed-down.js'
import {type Config, defaultConfig} from '../../../src/config/schema.js'
import {connectTo, NotConnected} from '../../../src/hand-over/connect.js'
import {handDownHandOver} from '../../../src/hand-over/handed-down.js'
import {runningGateways} from '../../../src/hand-over/running.js'
import {homeFiles, isSameProcess} from '../../../src/platform.js'
import {runs} from '../../helpers/sample.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'
import {AttachedClient, detachedIn, instance, wordsIn} from './attached-client.js'

const isRoot = process.getuid?.() === 0

/** A user whom each system has. */
const NOBODY = 65_534

const upTo = (count: number) => Array.from({length: count}, (_, index) => index)

if (process.platform !== 'win32')
  describe('a gateway whose client is lost', function () {
    this.timeout(60_000)
    const scratch = new Scratch()
    const folder = () => path.join(scratch.home, 'run')
    const left: number[] = []

    async function start(
      settings: Partial<Config> = {},
      model = 'offline/20000@200',
      env: Record<string, string> = {},
    ): Promise<GatewayProcess> {
      const values = {...defaultConfig(), ...settings, model}
      const gateway = await scratch.start({
        model,
        cwd: scratch.project,
        env: {
          ...handDownConfig({values, files: []}),
          ...handDownHandOver({instance: instance(0), folder: folder()}),
          ...env,
        },
      })
      left.push(gateway.pid)
      return gateway
    }

    async function prompt(gateway: GatewayProcess, text = 'go'): Promise<{key: string; sid: string}> {
      const {sid, key} = await gateway.create()
      await gateway.call('prompt.submit', {session_id: sid, text, prompt_id: 'p1'})
      return {key, sid}
    }

    const ended = async (gateway: GatewayProcess) => {
      while (isSameProcess({pid: gateway.pid})) await new Promise((resolve) => setTimeout(resolve, 5))
    }

    afterEach(() => {
      for (const pid of left.splice(0)) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It has ended, as it should.
        }
      }
    })

    const losses: Record<string, (gateway: GatewayProcess) => void> = {
      'its input ends': ({child}) => child.stdin.end(),
      'nobody reads its output': ({child}) => child.stdout.destroy(),
      'all of its pipes are gone': ({child}) => {
        child.stdin.destroy()
        child.stdout.destroy()
        child.stderr.destroy()
      },
    }
    for (const [what, lose] of Object.entries(losses)) {
      it(`goes on in mid-reply when ${what}, and tells who comes every word once`, async () => {
        await fc.assert(
          fc.asyncProperty(fc.integer({min: 1, max: 70}), fc.integer({min: 0, max: 40}), async (seen, away) => {
            const gateway = await start({}, 'offline/300@400')
            const {key} = await prompt(gateway)
            await gateway.until(() => new RegExp(`word${seen}\\s`).test(gateway.shown()))
            lose(gateway)
            const running = await detachedIn(folder())
            expect(running.pid).to.equal(gateway.pid)
            await new Promise((resolve) => setTimeout(resolve, away))
            const client = await AttachedClient.to(running)
            const opened = await client.resume(key)
            expect(opened.running).to.equal(true)
            await client.until(() => client.types().includes('message.complete'))
            const before = opened.inflight?.assistant ?? ''
            expect(wordsIn(before).length).to.be.above(seen)
            expect(wordsIn(before + client.text())).to.deep.equal(upTo(300))
            await client.call('gateway.shutdown', {reason: 'quit'})
            await ended(gateway)
            expect(readdirSync(folder())).to.deep.equal([])
          }),
          {numRuns: runs(3, 1), endOnFailure: true},
        )
      })
    }

    for (const [what, lose] of Object.entries(losses)) {
      it(`ends the line that the person ran when ${what}, and not its turn`, async () => {
        const gateway = await start()
        const {sid} = await prompt(gateway)
        const command = 'sleep 1000 & echo pid $!; echo pid $$; wait'
        gateway.send('shell.exec', {session_id: sid, command, exec_id: 'one'})
        const told = () => JSON.stringify(gateway.frames).match(/pid \d+/g) ?? []
        await gateway.until(() => new Set(told()).size >= 2)
        lose(gateway)
        const client = await AttachedClient.to(await detachedIn(folder()))
        for (const one of new Set(told())) {
          const pid = Number(one.slice('pid '.length))
          while (isSameProcess({pid})) await new Promise((resolve) => setTimeout(resolve, 5))
        }
        expect((await client.call('gateway.ping')).running).to.equal(1)
        await client.call('gateway.shutdown')
        await ended(gateway)
      })
    }

    it('is let go by request, and only where it has something to do', async () => {
      const gateway = await start()
      expect(await gateway.call('gateway.detach')).to.deep.equal({stays: false})
      await prompt(gateway)
      await gateway.until(() => gateway.shown().includes('word3 '))
      expect(await gateway.call('gateway.detach')).to.deep.equal({stays: true})
      const client = await AttachedClient.to(await detachedIn(folder()))
      await client.call('gateway.shutdown')
      await ended(gateway)
    })

    for (const [name, settings, prompted] of [
      ['nothing runs', {}, false],
      ['it is not to stay', {'session.detach': 'never'}, true],
    ] as const) {
      it(`ends with its client where ${name}, and leaves nothing`, async () => {
        const gateway = await start(settings)
        if (prompted) {
          await prompt(gateway)
          await gateway.until(() => gateway.shown().includes('word3 '))
        }
        gateway.child.stdin.end()
        expect(await gateway.exited).to.deep.equal({code: 0, signal: null})
        expect(existsSync(folder()) ? readdirSync(folder()) : []).to.deep.equal([])
      })
    }

    it('ends where nobody said that he can come back', async () => {
      const gateway = await scratch.start({model: 'offline/200@200'})
      await prompt(gateway)
      await gateway.until(() => gateway.shown().includes('word3 '))
      gateway.child.stdin.end()
      expect((await gateway.exited).code).to.equal(0)
    })

    it('keeps an idle session where that is wanted', async () => {
      const gateway = await start({'session.detach': 'always'}, 'offline/3')
      const {sid, key} = await gateway.create()
      await gateway.turn(sid, 'go')
      gateway.child.stdin.end()
      const client = await AttachedClient.to(await detachedIn(folder()))
      expect((await client.resume(key)).running).to.equal(false)
      await client.call('gateway.shutdown')
      await ended(gateway)
    })

    it('ends by itself when its turn is done and nobody came, and leaves nothing', async () => {
      const gateway = await start({'session.lingerMs': 0}, 'offline/50@200')
      const {key} = await prompt(gateway)
      await gateway.until(() => gateway.shown().includes('word3 '))
      gateway.child.stdin.destroy()
      await ended(gateway)
      expect(readdirSync(folder())).to.deep.equal([])
      const next = await scratch.start()
      const opened = await next.call<{messages: {text: string}[]; interrupted: unknown}>('session.resume', {
        session_id: key,
      })
      expect(wordsIn(opened.messages.map(({text}) => text).join())).to.deep.equal(upTo(50))
      expect(opened.interrupted).to.equal(null)
    })

    it('keeps nobody out of a session when it has nothing left to do', async () => {
      const gateway = await start({}, 'offline/50@200')
      const {key} = await prompt(gateway)
      await gateway.until(() => gateway.shown().includes('word3 '))
      gateway.child.stdin.destroy()
      await detachedIn(folder())
      const next = await scratch.start()
      expect((await next.refused('session.resume', {session_id: key})).code).to.equal(4091)
      while (runningGateways(folder())[0]?.sessions[0]?.status !== 'idle') {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      const [left] = runningGateways(folder())
      const opened = await next.call('session.resume', {session_id: key})
      expect(opened).to.include({running: false, interrupted: null})
      // Its end, later, is not that of the session, which is another one's now.
      await next.turn(String(opened.session_id), 'go')
      if (left) await connectTo(left, {build: 'test', instance: instance(3), purpose: 'stop'})
      await ended(gateway)
      const third = await scratch.start()
      expect((await third.refused('session.resume', {session_id: key})).code).to.equal(4091)
      const database = new DatabaseSync(homeFiles(scratch.home).database, {readOnly: true})
      expect(database.prepare('SELECT ended_at FROM sessions WHERE key = ?').get(key)).to.deep.include({ended_at: null})
      database.close()
    })

    it('asks again who comes what it asked, and goes on with the answer', async () => {
      const gateway = await start({}, 'offline/tools')
      const {key} = await prompt(gateway, 'run touch made')
      await gateway.event('approval.request')
      gateway.child.stdin.destroy()
      const running = await detachedIn(folder())
      expect(running.sessions).to.have.length(1)
      expect(running.sessions[0]).to.include({key, status: 'waiting'})
      const client = await AttachedClient.to(running)
      const opened = await client.resume(key)
      expect(opened.status).to.equal('waiting')
      await client.until(() => client.types().includes('approval.request'))
      expect(client.types().filter((type) => type === 'tool.start')).to.have.length(1)
      await client.call('approval.respond', {session_id: opened.session_id, choice: 'once'})
      await client.until(() => client.types().includes('message.complete'))
      expect(existsSync(path.join(scratch.project, 'made'))).to.equal(true)
      await client.call('gateway.shutdown')
      await ended(gateway)
    })

    it('lets nobody in without its token, nor a second one, and lives on', async () => {
      const gateway = await start()
      const {key} = await prompt(gateway)
      await gateway.until(() => gateway.shown().includes('word3 '))
      gateway.child.stdin.destroy()
      const running = await detachedIn(folder())
      const refusal = async (changed: object, purpose: 'attach' | 'stop' = 'attach') => {
        try {
          await connectTo({...running, ...changed}, {build: 'test', instance: instance(2), purpose})
          return 'let in'
        } catch (error) {
          return error instanceof NotConnected ? (error.reason ?? error.why) : String(error)
        }
      }
      for (const token of ['', '0', `${running.token}0`, running.token.replace(/^./, (c) => (c === '0' ? '1' : '0'))]) {
        expect(await refusal({token}, 'stop'), token).to.equal('token')
      }
      const client = await AttachedClient.to(running)
      expect(await refusal({})).to.equal('attached')
      expect((await client.resume(key)).running).to.equal(true)
      await client.call('gateway.shutdown')
      await ended(gateway)
    })

    it('hears all of who does not wait for its answer, however it comes', async () => {
      const gateway = await start()
      const {key} = await prompt(gateway)
      await gateway.until(() => gateway.shown().includes('word3 '))
      gateway.child.stdin.destroy()
      for (const cut of [0, 1, 40, 400]) {
        const {socket: place, token} = await detachedIn(folder())
        const params = {protocol: [1, 1], build: 'test', token, instance: instance(cut), purpose: 'attach'}
        const line = (id: string, method: string, given: object) =>
          `${JSON.stringify({jsonrpc: '2.0', id, method, params: given})}\n`
        const said = line('h', 'gateway.hello', params) + line('r', 'session.resume', {session_id: key})
        const socket = connect(place)
        const client = new AttachedClient(socket)
        socket.write(said.slice(0, cut))
        setImmediate(() => socket.write(said.slice(cut)))
        await client.until(() => client.frames.some(({id}) => id === 'r'))
        expect(client.frames.find(({id}) => id === 'r')?.result).to.include({running: true})
        await client.hangUp()
      }
    })

    it('is found again when its socket is removed, alone or with its folder and all', async () => {
      const runtime = path.join(scratch.project, 'runtime')
      for (const removed of ['socket', 'folder', 'runtime'] as const) {
        mkdirSync(runtime, {recursive: true, mode: 0o700})
        const gateway = await start({}, 'offline/2000@50', {XDG_RUNTIME_DIR: runtime})
        const {key} = await prompt(gateway)
        await gateway.until(() => gateway.shown().includes('word3 '))
        gateway.child.stdin.destroy()
        const {socket} = await detachedIn(folder())
        expect(path.dirname(socket)).to.equal(path.join(runtime, 'hermes'))
        rmSync({socket, folder: path.dirname(socket), runtime}[removed], {recursive: true})
        // It may not be made again by just anybody: of a person's it is the system that makes it.
        if (removed === 'runtime') writeFileSync(runtime, '')
        while (runningGateways(folder())[0]?.socket === socket) await new Promise((resolve) => setTimeout(resolve, 20))
        const again = await detachedIn(folder())
        expect(path.dirname(again.socket)).to.equal(removed === 'runtime' ? folder() : path.join(runtime, 'hermes'))
        const client = await AttachedClient.to(again)
        expect((await client.resume(key)).running).to.equal(true)
        await client.call('gateway.shutdown', {reason: 'quit'})
        await ended(gateway)
      }
    })

    it('is for this person alone: modes of folder, socket and file', async () => {
      const gateway = await start()
      await prompt(gateway)
      await gateway.until(() => runningGateways(folder()).length === 1 && gateway.shown().includes('word3 '))
      const [running] = runningGateways(folder())
      expect(statSync(folder()).mode & 0o777).to.equal(0o700)
      expect(statSync(running?.socket ?? '').mode & 0o777).to.equal(0o600)
      expect(statSync(path.join(folder(), `gateway-${gateway.pid}.json`)).mode & 0o777).to.equal(0o600)
    })

    const hostile: Record<string, () => void> = {
      'open to others': () => {
        mkdirSync(folder(), {recursive: true})
        chmodSync(folder(), 0o755)
      },
      'a link': () => {
        const other = path.join(scratch.project, 'other')
        mkdirSync(other, {mode: 0o700})
        symlinkSync(other, folder())
      },
      'no folder': () => writeFileSync(folder(), ''),
      ...(isRoot && {
        "another user's": () => {
          mkdirSync(folder(), {mode: 0o700})
          chownSync(folder(), NOBODY, NOBODY)
        },
      }),
    }
    for (const [what, make] of Object.entries(hostile)) {
      it(`ends with its client, and names the folder, where the run folder is ${what}`, async () => {
        make()
        const gateway = await start()
        await prompt(gateway)
        await gateway.until(() => gateway.shown().includes('word3 '))
        gateway.child.stdin.end()
        expect((await gateway.exited).code).to.equal(0)
        expect(gateway.stderr).to.include(folder())
      })
    }

    it('is read and spoken to by no other user', async function () {
      if (!isRoot) this.skip()
      const gateway = await start()
      await prompt(gateway)
      await gateway.until(() => runningGateways(folder()).length === 1)
      const [running] = runningGateways(folder())
      // What is around it may be open.
      for (const each of [path.dirname(scratch.home), scratch.home]) chmodSync(each, 0o755)
      const program = `
        const {readFileSync} = require('node:fs')
        const tell = (error) => console.log(error?.code ?? 'let in')
        try { readFileSync(process.argv[1]); tell() } catch (error) { tell(error) }
        require('node:net').connect(process.argv[2]).on('connect', () => tell()).on('error', tell)`
      const args = ['-e', program, path.join(folder(), `gateway-${gateway.pid}.json`), running?.socket ?? '']
      const {stdout, error} = spawnSync(process.execPath, args, {uid: NOBODY, gid: NOBODY, cwd: '/', encoding: 'utf8'})
      // Where this Node is not theirs either.
      if (error) this.skip()
      expect(stdout).to.equal('EACCES\nEACCES\n')
    })

    it('waits for an answer as long as it may, then ends in order, and the question is asked later', async () => {
      const gateway = await start({'session.waitMs': 300}, 'offline/tools')
      const {key} = await prompt(gateway, 'run touch made')
      await gateway.event('approval.request')
      gateway.child.stdin.destroy()
      expect((await detachedIn(folder())).sessions[0]).to.include({status: 'waiting'})
      await ended(gateway)
      expect(readdirSync(folder())).to.deep.equal([])
      const log = readFileSync(path.join(scratch.home, 'logs', 'tui_gateway_crash.log'), 'utf8')
      expect(log).to.match(/detached-expired .*nobody answered/)
      const next = await scratch.start()
      const opened = await next.call<{status: string; session_id: string}>('session.resume', {session_id: key})
      expect(opened.status).to.equal('waiting')
      await next.event('approval.request')
      expect(existsSync(path.join(scratch.project, 'made'))).to.equal(false)
    })

    it('obeys where the guard was first to decide', async () => {
      const gateway = await start()
      await prompt(gateway)
      await gateway.until(() => runningGateways(folder()).length === 1)
      writeFileSync(path.join(folder(), `${instance(0)}-${gateway.pid}.verdict`), '')
      gateway.child.stdin.end()
      expect((await gateway.exited).code).to.equal(0)
    })
  })
