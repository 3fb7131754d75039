import {spawn, spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {expect} from 'chai'
import {JobLine} from '../../../src/gateway/jobs/job-process.js'
import {jobScript} from '../../../src/gateway/jobs/job-script.js'
import {openStore} from '../../../src/gateway/store/index.js'
import type {JobRow} from '../../../src/gateway/store/types.js'
import {defaultRunPermissions, runPermissionsVariable} from '../../../src/permissions/run-permissions.js'
import {homeFiles, isWindows} from '../../../src/platform.js'
import type {Job, SessionOpened} from '../../../src/protocol/methods.js'
import {root} from '../../helpers/build.js'
import {runs, someOf} from '../../helpers/sample.js'
import {type ModelStep, type ScriptedModel, startScriptedModel} from '../../helpers/scripted-model.js'
import {GatewayProcess, Scratch} from '../gateway-process.js'
import {isAlive} from '../tools/helpers.js'

const bypass = {[runPermissionsVariable]: JSON.stringify({...defaultRunPermissions, mode: 'bypass'})}
const KEY = '20260101_000000_abcdef'

const job = (command: string): ModelStep => [{name: 'terminal', args: {command, background: true}}]
const read = (args: Record<string, unknown>): ModelStep => [{name: 'job_output', args}]
/** Says its pid, counts up until it is told to end, and so ends with 7. */
const counting = `echo $$ > pid; n=0; while [ ! -e go ]; do n=$((n+1)); echo $n; echo $n > count; sleep 0.02; done; echo last; exit 7`

describe('jobs', () => {
  const scratch = new Scratch()
  let model: ScriptedModel | undefined
  let sid = ''

  before(function () {
    if (isWindows) this.skip()
  })
  afterEach(async () => {
    await model?.close()
    model = undefined
    // Those that a test leaves.
    const pid = textOf('pid')
    if (pid !== '' && (await isAlive(Number(pid)))) process.kill(Number(pid), 'SIGKILL')
  })

  const textOf = (name: string) => {
    const file = path.join(scratch.project, name)
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  }
  const counted = async (from = 0) => {
    while (Number(textOf('count')) <= from || textOf('pid') === '') await pause(5)
    return Number(textOf('pid'))
  }
  const go = () => writeFileSync(path.join(scratch.project, 'go'), '')
  const gone = async (pid: number) => {
    while (await isAlive(pid)) await pause(5)
  }
  const outputFile = path.join('outputs', KEY, 'job-1.txt')
  const output = () => readFileSync(path.join(scratch.home, outputFile), 'utf8')
  const row = (): JobRow | undefined => {
    const store = openStore(homeFiles(scratch.home).database)
    const [first] = store.jobs(KEY)
    store.close()
    return first
  }
  const write = async (script: Record<string, ModelStep[]>) => {
    model = await startScriptedModel(script)
    const folder = path.join(scratch.home, '.config', 'hermes')
    mkdirSync(folder, {recursive: true})
    writeFileSync(path.join(folder, 'config.yaml'), `discoverLocal: false\n${model.configuration}`)
  }
  const open = async (env: Record<string, string> = bypass) => {
    const gateway = await scratch.start({model: 'mine/scripted', env, cwd: scratch.project})
    const opened = await gateway.create({stored_session_id: KEY})
    sid = opened.sid
    return gateway
  }
  const resume = async () => {
    const gateway = await scratch.start({model: 'mine/scripted', env: bypass, cwd: scratch.project})
    sid = (await gateway.call<SessionOpened>('session.resume', {session_id: KEY})).session_id
    return gateway
  }
  const begin = async (script: Record<string, ModelStep[]>) => {
    await write(script)
    const gateway = await open()
    await gateway.turn(sid, Object.keys(script)[0] ?? '')
    return gateway
  }
  /** The newest that was told of the first job. */
  const told = (gateway: GatewayProcess): Job | undefined =>
    gateway.frames
      .flatMap(({params}) =>
        params?.type === 'jobs.changed' ? ((params.payload?.jobs as Job[]) ?? []).slice(0, 1) : [],
      )
      .at(-1)
  const state = (gateway: GatewayProcess, wanted: Job['state']) => gateway.until(() => told(gateway)?.state === wanted)

  it('run beside the session, are read on, and told of when they have ended', async () => {
    const gateway = await begin({
      start: [job(counting), read({job: 1, wait: 60}), read({job: 1, wait: 60}), 'It runs.'],
      later: ['I see.'],
    })
    const [started, first, second] = model?.results() ?? []
    expect(started).to.deep.include({job: 1, state: 'running', output_file: path.join(scratch.home, outputFile)})
    expect(first?.output).to.match(/^1\n/)
    const next = Number(String(first?.output).trim().split('\n').at(-1)) + 1
    expect(second?.output).to.match(new RegExp(`^${next}\\n`))
    expect(told(gateway)).to.deep.include({job: 1, state: 'running', kept: false, cwd: scratch.project})
    go()
    await state(gateway, 'ended')
    expect(told(gateway)).to.deep.include({exit_code: 7})
    expect(output()).to.match(/^1\n2\n[\s\S]*\nlast\n$/)
    await gateway.turn(sid, 'later')
    const prompt = model?.requests().at(-1)?.messages.at(-1)
    expect(prompt?.content).to.match(/^later\n\n\[Background jobs: Job 1 \(echo .*\) has ended with exit code 7\./)
    await gateway.turn(sid, 'later')
    expect(model?.requests().at(-1)?.messages.at(-1)?.content).to.equal('later')
  })

  it('are told of in mid-turn, with the result of another call', async () => {
    const files = path.join(scratch.home, 'outputs', KEY, 'job-1')
    await begin({
      start: [
        job('exit 3'),
        // What is removed when the end is stored.
        [
          {
            name: 'terminal',
            args: {command: `while [ ! -e ${files}.txt ] || [ -e ${files}.pid ]; do sleep 0.02; done`},
          },
        ],
        'ok',
      ],
    })
    const news = (model?.results() ?? []).flatMap(({news}) => (news === undefined ? [] : [String(news)]))
    expect(news).to.have.length(1)
    expect(news[0]).to.match(/Job 1 \(exit 3\) has ended with exit code 3/)
  })

  it('are stopped by the model, with all that they started', async () => {
    const gateway = await begin({
      start: [
        // In bash a second SIGTERM would interrupt the handler of the first. What left the group gets its own before it.
        job(
          `trap 'echo ended in order; sleep 0.3; exit 5' TERM; setsid sleep 600 & echo $! > pid; echo 1 > count; wait; sleep 9`,
        ),
        read({job: 1, wait: 1}),
        [{name: 'job_stop', args: {job: 1}}],
        read({job: 1}),
        [{name: 'job_stop', args: {job: 2}}],
        read({}),
        'Done.',
      ],
    })
    const [, , stopped, end, none, all] = model?.results() ?? []
    expect(stopped).to.deep.include({job: 1, state: 'stopped', exit_code: 5}).and.not.have.property('news')
    // A shell that hears of the end of what left its group before it gets the signal itself says so first.
    expect(end?.output).to.match(/^(?:Terminated\n)?ended in order\n$/)
    expect(none?.error).to.match(/no job 2/)
    expect(all?.jobs).to.have.length(1)
    await gone(await counted())
    expect(told(gateway)?.state).to.equal('stopped')
  })

  it('are asked for as what they are', async () => {
    await write({start: [job(counting), 'ok']})
    const gateway = await open({})
    await gateway.call('prompt.submit', {session_id: sid, text: 'start'})
    const asked = await gateway.event('approval.request')
    expect(asked).to.deep.include({
      command: counting,
      description: 'Run a shell command in the background, where it goes on',
    })
    expect(textOf('pid')).to.equal('')
    await gateway.call('approval.respond', {session_id: sid, choice: 'deny'})
    await gateway.event('message.complete')
    expect(await gateway.call('jobs.list', {session_id: sid})).to.deep.equal({jobs: []})
  })

  it('go on when the gateway is killed, and are taken up by the next one', async () => {
    const first = await begin({start: [job(counting), 'ok'], later: [read({job: 1}), 'I see.']})
    const pid = await counted()
    await first.kill()
    const before = Number(textOf('count'))
    await counted(before)
    const next = await resume()
    await state(next, 'running')
    expect(await isAlive(pid)).to.equal(true)
    await counted(Number(textOf('count')))
    go()
    await state(next, 'ended')
    expect(told(next)).to.deep.include({exit_code: 7})
    expect(output()).to.match(/^1\n2\n[\s\S]*\nlast\n$/)
    await next.turn(sid, 'later')
    expect(model?.results().at(-1)).to.deep.include({state: 'ended', exit_code: 7})
  })

  const deaths: Record<string, {end: (pid: number) => void | Promise<void>; told: RegExp; state: Job['state']}> = {
    'ended by itself': {end: go, told: /has ended with exit code 7/, state: 'ended'},
    'was killed': {
      end: (pid) => void process.kill(pid, 'SIGKILL'),
      told: /has ended with exit code 137/,
      state: 'ended',
    },
    'was killed with what minds it': {
      end: () => {
        process.kill(-(row()?.pid ?? expect.fail('no pid')), 'SIGKILL')
      },
      told: /is gone; nobody saw how it ended/,
      state: 'lost',
    },
  }
  for (const [name, {end, told: words, state: wanted}] of someOf(Object.entries(deaths), 2)) {
    it(`are told of truthfully where one ${name} while no gateway was there`, async () => {
      const first = await begin({start: [job(counting), 'ok'], later: ['I see.']})
      const pid = await counted()
      await first.kill()
      await end(pid)
      await gone(pid)
      const minding = Number(row()?.pid)
      await gone(minding)
      const next = await resume()
      await state(next, wanted)
      await next.turn(sid, 'later')
      expect(String(model?.requests().at(-1)?.messages.at(-1)?.content)).to.match(words)
      expect(row()).to.deep.include({state: wanted, told: true})
    })
  }

  it('are known though the gateway died before it noted the process', async () => {
    const first = await begin({start: [job(counting), 'ok']})
    const pid = await counted()
    await first.kill()
    const store = openStore(homeFiles(scratch.home).database)
    store.changeJob(KEY, 1, {pid: null, birth: null, boot: null})
    store.close()
    const next = await resume()
    await state(next, 'running')
    expect(row()?.pid).to.be.greaterThan(0)
    expect(await next.call('jobs.stop', {session_id: sid, job: 1})).to.deep.equal({stopped: true})
    await gone(pid)
  })

  const ends: Record<string, (gateway: GatewayProcess) => Promise<unknown>> = {
    'session.close': (gateway) => gateway.call('session.close', {session_id: sid}),
    'gateway.shutdown': (gateway) => gateway.call('gateway.shutdown', {reason: 'quit'}).then(() => gateway.exited),
  }
  for (const [name, end] of someOf(Object.entries(ends), 1)) {
    it(`end with their session, by ${name}, unless they are kept`, async () => {
      const gateway = await begin({
        start: [job(counting), job('echo $$ > kept; exec sleep 600'), 'ok'],
        later: ['I see.'],
      })
      const pid = await counted()
      while (textOf('kept') === '') await pause(5)
      expect(await gateway.call('jobs.keep', {session_id: sid, job: 2})).to.deep.equal({kept: true})
      await end(gateway)
      await gone(pid)
      const kept = Number(textOf('kept'))
      expect(await isAlive(kept)).to.equal(true)
      expect(row()).to.deep.include({state: 'stopped'})
      await gateway.kill()
      const next = await resume()
      await next.until(() => told(next) !== undefined)
      const {jobs} = await next.call<{jobs: Job[]}>('jobs.list', {session_id: sid})
      expect(jobs.map(({state, kept}) => [state, kept])).to.deep.equal([
        ['stopped', false],
        ['running', true],
      ])
      await next.turn(sid, 'later')
      expect(String(model?.requests().at(-1)?.messages.at(-1)?.content)).to.match(/Job 1 .* was stopped/)
      expect(await next.call('jobs.stop', {session_id: sid, job: 2})).to.deep.equal({stopped: true})
      await gone(kept)
    })
  }

  it('end when the gateway and the program that would start the next one are killed', async () => {
    await write({start: [job(counting), 'ok']})
    const env = {PATH: process.env.PATH, HOME: scratch.home, HERMES_HOME: scratch.home, ...bypass}
    const entry = path.join(root, 'dist', 'gateway', 'main.js')
    // A shell in the place of the chat.
    const words = ['-c', '"$@"; :', 'sh', process.execPath, entry]
    const program = spawn('/bin/sh', words, {cwd: scratch.project, env: {...env, HERMES_MODEL: 'mine/scripted'}})
    const gateway = new GatewayProcess(program)
    const {pid: gatewayPid} = await gateway.event('gateway.ready')
    ;({sid} = await gateway.create({stored_session_id: KEY}))
    await gateway.turn(sid, 'start')
    const pid = await counted()
    program.kill('SIGKILL')
    process.kill(Number(gatewayPid), 'SIGKILL')
    await gone(pid)
    await gone(Number(row()?.pid))
  })

  it('wait for the next gateway where one is replaced in order', async () => {
    const gateway = await begin({start: [job(counting), 'ok']})
    const pid = await counted()
    await gateway.call('gateway.shutdown', {reason: 'replace'})
    await gateway.exited
    const next = await resume()
    await state(next, 'running')
    expect(await isAlive(pid)).to.equal(true)
    await next.call('session.close', {session_id: sid})
    await gone(pid)
  })

  it('are told to clients: a list, the end of an output, and what there is none of', async () => {
    const gateway = await begin({start: [job('seq 1 100000; exec sleep 600'), 'ok']})
    const bytes = async () => (await gateway.call<{jobs: Job[]}>('jobs.list', {session_id: sid})).jobs[0]?.bytes
    while ((await bytes()) !== 588_895) await pause(5)
    const tail = await gateway.call<{text: string; job: Job}>('jobs.output', {session_id: sid, job: 1, bytes: 15})
    expect(tail.text).to.equal('99999\n100000\n')
    expect(tail.job).to.deep.include({job: 1, command: 'seq 1 100000; exec sleep 600'})
    for (const method of ['jobs.output', 'jobs.stop', 'jobs.keep']) {
      expect((await gateway.refused(method, {session_id: sid, job: 9})).message).to.match(/no job 9/)
    }
    expect(await gateway.call('process.stop')).to.deep.equal({killed: 1})
    expect(await gateway.call('jobs.stop', {session_id: sid, job: 1})).to.deep.equal({stopped: false})
  })

  const bytes = runs(1_000_000_000, 80_000_000)
  it(`keep of ${bytes / 1e6} MB of anything the first part, and end all the same`, async function () {
    this.timeout(120_000)
    const gateway = await begin({
      start: [job(`head -c ${bytes} /dev/urandom; echo out >&2; exit 2`), read({job: 1, wait: 100}), 'ok'],
    })
    await state(gateway, 'ended')
    expect(told(gateway)).to.deep.include({exit_code: 2, bytes: 64 * 1024 * 1024})
    expect(String(model?.results().at(-1)?.output).length).to.be.lessThan(60_000)
  })

  it('of two chats in one folder are apart', async () => {
    const first = await begin({start: [job(counting), 'ok']})
    const pid = await counted()
    const other = await scratch.start({model: 'mine/scripted', env: bypass, cwd: scratch.project})
    const {sid: second} = await other.create()
    await other.turn(second, 'nothing')
    expect(await other.call('jobs.list', {session_id: second})).to.deep.equal({jobs: []})
    await other.call('gateway.shutdown', {reason: 'quit'})
    await other.exited
    expect(await isAlive(pid)).to.equal(true)
    await first.call('session.close', {session_id: sid})
    await gone(pid)
  })

  it('run nothing of a hostile command elsewhere', async () => {
    const hostile = [
      `printf '%s\\n' "$0" '$(touch bad)' "a'b\\"c" '; touch bad'`,
      `cat <<'END'\n\`touch bad\` \${HOME} \\\\ é \u202e\nEND`,
      '-n $(true)',
    ]
    await begin({
      start: [...hostile.map(job), read({job: 1, wait: 5}), read({job: 2, wait: 5}), read({job: 3, wait: 5}), 'ok'],
    })
    const outputs = (model?.results() ?? []).slice(-3).map(({output}) => output)
    expect(outputs[0]).to.equal('/bin/sh\n$(touch bad)\na\'b"c\n; touch bad\n')
    expect(outputs[1]).to.match(/`touch bad` \$\{HOME\} \\\\ é/)
    expect(spawnSync('ls', [scratch.project], {encoding: 'utf8'}).stdout).to.equal('')
  })

  it('find the variables that the person exported, whatever the shell beside them calls its own', async () => {
    const names = ['base', 'mark', 'client', 'blocks', 'code', 'tries', 'pid', 'file', 'stat', 'kept', 'timer', 'word']
    const env = Object.fromEntries(
      [...names, 'rest', 'guard', 'status', 'line', 'me', 'left'].map((name) => [name, `my ${name}`]),
    )
    const command = "printenv | grep '=my ' | sort"
    const wanted = Object.entries(env)
      .map(([name, value]) => `${name}=${value}\n`)
      .sort()
      .join('')
    await write({
      start: [job(command), read({job: 1, wait: 10}), [{name: 'terminal', args: {command}}], 'ok'],
    })
    await (await open({...bypass, ...env})).turn(sid, 'start')
    const [, inJob, beside] = model?.results() ?? []
    expect(inJob?.output).to.equal(
      wanted
        .split(/(?<=\n)/)
        .sort()
        .join(''),
    )
    expect(beside?.output).to.equal(wanted)
  })

  it('are 32 at most at once, and whoever wants more is told so', async function () {
    this.timeout(60_000)
    const gateway = await begin({start: [Array.from({length: 34}, () => job('exec sleep 600')[0] as never), 'ok']})
    const results = model?.results() ?? []
    expect(results.filter(({state}) => state === 'running')).to.have.length(32)
    expect(results.slice(32).map(({error}) => String(error))).to.satisfy((errors: string[]) =>
      errors.every((error) => /32 jobs run in this session, which is the most: stop one by job_stop/.test(error)),
    )
    expect(await gateway.call('process.stop')).to.deep.equal({killed: 32})
  })

  it('are not started where their files can not be made, which is told', async () => {
    mkdirSync(path.join(scratch.home, 'outputs', KEY, 'job-1.life.new'), {recursive: true})
    await begin({start: [job(counting), read({}), 'ok']})
    const [failed, all] = model?.results() ?? []
    expect(String(failed?.error)).to.match(/its files can't be made in .*outputs/)
    expect(all?.jobs).to.have.nested.property('[0].state', 'lost')
    expect(textOf('pid')).to.equal('')
  })

  it('tell nothing of what stands in the place of their output', async () => {
    writeFileSync(path.join(scratch.home, 'secret'), 'of somebody else\n')
    const file = path.join(scratch.home, outputFile)
    const inPlace = [`ln -s ../../secret ${file}`, `mkfifo ${file}`, `mkdir ${file}`]
    const steps = inPlace.flatMap((make): ModelStep[] => [
      [{name: 'terminal', args: {command: `rm -rf ${file}; ${make}`}}],
      read({job: 1}),
    ])
    const gateway = await begin({start: [job('true'), read({job: 1, wait: 10}), ...steps, 'ok']})
    const outputs = (model?.results() ?? []).slice(2).filter((_, index) => index % 2 === 1)
    expect(outputs.map(({output}) => output)).to.deep.equal(['', '', ''])
    expect((await gateway.call('jobs.output', {session_id: sid, job: 1})).text).to.equal('')
  })

  it('never begin where the gateway died before their shell had begun', async () => {
    const first = await begin({start: ['ok'], later: [read({}), 'I see.']})
    await first.kill()
    const store = openStore(homeFiles(scratch.home).database)
    store.addJob(KEY, {command: counting, cwd: scratch.project, mark: ''})
    store.close()
    const base = path.join(scratch.home, 'outputs', KEY, 'job-1')
    mkdirSync(path.dirname(base), {recursive: true})
    const next = await resume()
    await state(next, 'lost')
    const words = [base, '', '', '2048', '/bin/sh', '-c', counting]
    const late = spawnSync('/bin/sh', ['-c', jobScript, 'hermes', ...words], {cwd: scratch.project})
    expect(late.status).to.equal(1)
    expect(textOf('pid')).to.equal('')
    await next.turn(sid, 'later')
    expect(model?.results().at(-1)?.jobs).to.have.nested.property('[0].note', 'it never began')
  })

  it('have time to be taken by a gateway that has no client, as when its screen is gone', async () => {
    const base = path.join(scratch.home, 'job-1')
    const words = [base, '', '', '2048', '/bin/sh', '-c', counting]
    const minding = spawn('/bin/sh', ['-c', jobScript, 'hermes', ...words], {cwd: scratch.project, detached: true})
    const over = new Promise((resolve) => minding.once('exit', resolve))
    await counted(20)
    const line = JobLine.open(base)
    expect(line?.say('stop')).to.equal(true)
    await over
    line?.close()
  })

  it('are waited for where the gateway died while their shell began', async () => {
    const first = await begin({start: [job(counting), 'ok']})
    const pid = await counted()
    await first.kill()
    const store = openStore(homeFiles(scratch.home).database)
    store.changeJob(KEY, 1, {pid: null, birth: null, boot: null})
    store.close()
    const base = path.join(scratch.home, 'outputs', KEY, 'job-1')
    for (const ending of ['pid', 'life']) renameSync(`${base}.${ending}`, `${base}.${ending}.late`)
    writeFileSync(`${base}.pid`, '')
    const next = await resume()
    await state(next, 'running')
    for (const ending of ['pid', 'life']) renameSync(`${base}.${ending}.late`, `${base}.${ending}`)
    while ((row()?.pid ?? null) === null) await pause(20)
    expect(row()?.state).to.equal('running')
    expect(await next.call('jobs.stop', {session_id: sid, job: 1})).to.deep.equal({stopped: true})
    await gone(pid)
  })
})
