import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {expect} from 'chai'
import {defaultRunPermissions, runPermissionsVariable} from '../../../src/permissions/run-permissions.js'
import {homeFiles} from '../../../src/platform.js'
import {runs, someOf} from '../../helpers/sample.js'
import {startScriptedModel} from '../../helpers/scripted-model.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'
import {questionsIn, type ScriptedCall, ToolConversation} from '../tool-conversation.js'
import {isAlive} from '../tools/helpers.js'

const bypass = {[runPermissionsVariable]: JSON.stringify({...defaultRunPermissions, mode: 'bypass'})}

/** A process in a session of its own, and one in the background, whose pids stand in `own` and `plain`. */
const leave = `setsid sh -c 'echo $$ > own; exec sleep 600' &
sleep 600 & echo $! > plain
while [ ! -s own ]; do sleep 0.01; done`

describe('what a command of a session left', () => {
  const scratch = new Scratch()
  let talk: ToolConversation

  before(function () {
    if (process.platform !== 'linux' || spawnSync('setsid', ['true']).status !== 0) this.skip()
  })
  afterEach(() => talk?.server.close())

  const begin = async (...calls: ScriptedCall[]) => {
    talk = await ToolConversation.start(scratch, calls)
    const {gateway} = await talk.open(bypass)
    await gateway.call('prompt.submit', {session_id: talk.sid, text: 'go', prompt_id: 'p1'})
    return gateway
  }
  const terminal = (command: string): ScriptedCall => ({name: 'terminal', args: {command}})
  const pids = async () => {
    const read = (name: string) => {
      const file = path.join(scratch.project, name)
      return existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
    }
    while (read('own') === '' || read('plain') === '') await pause(5)
    return [Number(read('own')), Number(read('plain'))]
  }
  const gone = async (all: readonly number[]) => {
    for (const pid of all) while (await isAlive(pid)) await pause(5)
  }
  const outputs = () => path.join(homeFiles(scratch.home).outputs, talk.key)

  const ends: Record<string, (gateway: GatewayProcess) => Promise<unknown>> = {
    'session.close': (gateway) => gateway.call('session.close', {session_id: talk.sid}),
    'gateway.shutdown': (gateway) => gateway.call('gateway.shutdown').then(() => gateway.exited),
    'the end of its client': async (gateway) => {
      gateway.child.stdin.end()
      await gateway.exited
    },
    SIGTERM: (gateway) => gateway.kill('SIGTERM'),
  }
  for (const [name, end] of someOf(Object.entries(ends), 2)) {
    it(`goes on until the session ends, here by ${name}`, async () => {
      const gateway = await begin(terminal(leave))
      const {result} = await gateway.event('tool.complete')
      expect((result as {left_running: unknown[]}).left_running).to.have.length(2)
      const all = await pids()
      for (const pid of all) expect(await isAlive(pid)).to.equal(true)
      await gateway.event('message.complete')
      await end(gateway)
      await gone(all)
    })
  }

  it('is ended by the next generation when the gateway was killed', async () => {
    const gateway = await begin(terminal(leave))
    await gateway.event('message.complete')
    const all = await pids()
    await gateway.kill()
    for (const pid of all) expect(await isAlive(pid)).to.equal(true)
    await talk.open(bypass)
    await gone(all)
  })

  it('is ended at once with the gateway that is killed while the command runs', async () => {
    const gateway = await begin(terminal(`${leave}\nsleep 600`))
    const all = await pids()
    await gateway.kill()
    await gone(all)
  })

  it('is not touched where it is of another chat in the same folder', async () => {
    const first = await begin(terminal(leave))
    await first.event('message.complete')
    const all = await pids()
    const other = await scratch.start({model: 'mine/any', env: bypass, cwd: scratch.project})
    const {sid} = await other.create()
    await other.turn(sid, 'go')
    await other.call('session.close', {session_id: sid})
    for (const pid of all) expect(await isAlive(pid)).to.equal(true)
    await first.call('session.close', {session_id: talk.sid})
    await gone(all)
  })

  it('has what was printed until a kill -9 in a file, which model and transcript are told of', async () => {
    const gateway = await begin(terminal('printf "one\\n\\0\\377two\\n"; sleep 600'))
    const file = path.join(outputs(), '1-call_1.txt')
    const whole = Buffer.from('one\n\0\xfftwo\n', 'latin1')
    while (!existsSync(file) || statSync(file).size < whole.length) await pause(5)
    await gateway.kill()
    const {gateway: next, opened} = await talk.open(bypass)
    expect(readFileSync(file).equals(whole)).to.equal(true)
    expect(opened.messages.find(({tool_id}) => tool_id === 'call_1')).to.deep.include({
      status: 'unknown',
      result: {output_file: file},
    })
    await next.call('prompt.continue', {session_id: talk.sid})
    await next.event('message.complete')
    expect(JSON.parse(talk.told().call_1 ?? '')).to.have.property('output_file', file)
    expect(talk.told().call_1).to.include('outcome unknown')
  })

  it('is read on by range without a question, and by no other session', async () => {
    const key = '20260101_000000_abcdef'
    const file = path.join(homeFiles(scratch.home).outputs, key, '1-call_1_0_0.txt')
    const model = await startScriptedModel({
      go: [[terminal('seq 1 100000')], [{name: 'read_file', args: {path: file, offset: 77_777, limit: 2}}]],
      peek: [[{name: 'read_file', args: {path: file}}]],
    })
    try {
      const folder = path.join(scratch.home, '.config', 'hermes')
      mkdirSync(folder, {recursive: true})
      writeFileSync(path.join(folder, 'config.yaml'), `discoverLocal: false\n${model.configuration}`)
      const gateway = await scratch.start({model: 'mine/scripted', cwd: scratch.project})
      const {sid} = await gateway.create({stored_session_id: key})
      await gateway.call('prompt.submit', {session_id: sid, text: 'go'})
      await gateway.event('message.complete')
      const [ran, read] = model.results()
      expect(ran).to.deep.include({output_file: file})
      expect(read?.content).to.equal('77777\t77777\n77778\t77778')
      expect(questionsIn(gateway.frames)).to.deep.equal([])
      const {sid: other} = await gateway.create()
      await gateway.call('prompt.submit', {session_id: other, text: 'peek'})
      expect((await gateway.event('approval.request')).command).to.equal(file)
    } finally {
      await model.close()
    }
  })

  const bytes = runs(1_000_000_000, 100_000_000)
  it(`of ${bytes / 1e6} MB is kept by its beginning, in little memory`, async function () {
    this.timeout(120_000)
    const gateway = await begin(terminal(`head -c ${bytes} /dev/zero`))
    const {result} = await gateway.event('tool.complete')
    const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]) / 1024
    expect(result).to.deep.include({total_bytes: bytes, output_file_bytes: 64 * 1024 * 1024})
    expect(statSync(String((result as {output_file: string}).output_file)).size).to.equal(64 * 1024 * 1024)
    expect(readdirSync(outputs())).to.have.length(1)
    expect(peak, 'MB').to.be.lessThan(300)
    console.log(`${bytes / 1e6} MB: peak ${Math.round(peak)} MB`)
  })
})
