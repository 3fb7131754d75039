import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {parseRecord} from '../../src/crash-log/index.js'
import {makeSmallCgroup, type SmallCgroup} from '../../src/doctor/drill/small-cgroup.js'
import {canMakeMemoryCgroup} from '../helpers/memory-cgroup.js'
import {runHermes} from '../helpers/program/run-program.js'
import {isRunning} from '../helpers/pty/processes.js'
import {useChats} from '../helpers/pty/suite.js'
import {someOf} from '../helpers/sample.js'

describe('breadcrumbs, end to end', () => {
  const suite = useChats()
  const logFile = () => path.join(suite.home.hermes, 'logs', 'tui_gateway_crash.log')
  const runs = () => {
    const folder = path.join(suite.home.hermes, 'run')
    // Beside them lies what is found again of a gateway without a terminal.
    return existsSync(folder) ? readdirSync(folder).filter((name) => /^[0-9a-f]{8}\.json$/.test(name)) : []
  }

  interface Crumb {
    writer: string
    event: string
    fields: Record<string, string | undefined>
  }
  function crumbs(): Crumb[] {
    const lines = readFileSync(logFile(), 'utf8').split('\n').filter(Boolean)
    return lines.map((line) => {
      const record = parseRecord(line)
      if (!record) throw new Error(`not a record: ${line}`)
      return {writer: record.writer, event: record.event, fields: Object.fromEntries(record.fields)}
    })
  }
  const names = (from = 'ready') => {
    const all = crumbs().map(({writer, event}) => (writer === 'gateway' ? `(${event})` : event))
    return all.slice(all.indexOf(from) + 1)
  }

  for (const signal of someOf(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const, 1)) {
    it(`tell of ${signal}: the signal, then the request to end, then what the gateway says, then its exit`, async () => {
      const chat = suite.start()
      await chat.ready()
      await chat.submit('stream 5000 tokens at 100')
      await chat.waitFor('word20')
      await chat.waitFor(() => runs().length === 1, {what: 'a run file'})
      chat.signal(signal)
      await chat.waitForExit()
      expect(names()).to.deep.equal(['signal', 'kill', '(gateway-exit)', 'exit'])
      const [received, kill, said, exit] = crumbs().slice(-4)
      expect(received?.fields).to.include({signal})
      expect(kill?.fields).to.include({reason: 'parent-signal', signal: 'null'})
      expect(said?.fields).to.include({goodbye: 'true', turns: '1', instance: received?.fields.instance})
      expect(exit?.fields).to.include({expected: 'true', cause: 'intentional:parent-signal', code: '0'})
      expect(runs()).to.deep.equal([])
    })
  }

  for (const how of someOf(['SIGHUP', 'a terminal that was closed'] as const, 1)) {
    it(`tell of ${how} in mid-reply: the signal, and that the gateway works on`, async () => {
      const chat = suite.start()
      await chat.ready()
      await chat.submit('stream 5000 tokens at 100')
      await chat.waitFor('word20')
      const {pid} = chat
      if (how === 'SIGHUP') chat.signal(how)
      else chat.hangUp()
      await chat.waitFor(() => !isRunning(pid), {what: 'the end of the program'})
      expect(names()).to.have.members(['signal', 'kill', '(detached)', 'detach'])
      expect(names()[0]).to.equal('signal')
      expect(crumbs().find(({event}) => event === 'detached')?.fields).to.include({turns: '1'})
      expect(runs()).to.deep.equal([])
    })
  }

  it('tell of a terminal that was closed while nothing ran, and the end is as orderly as by a signal', async () => {
    const chat = suite.start()
    await chat.ready()
    const {pid} = chat
    chat.hangUp()
    await chat.waitFor(() => !isRunning(pid), {what: 'the end of the program'})
    expect(names()).to.deep.equal(['signal', 'kill', '(gateway-exit)', 'exit'])
    expect(crumbs().find(({event}) => event === 'signal')?.fields).to.include({signal: 'SIGHUP'})
    expect(runs()).to.deep.equal([])
  })

  for (const signal of someOf(['SIGTERM', 'SIGHUP'] as const, 1)) {
    it(`tell of a gateway that got ${signal} from outside, in its own words too`, async () => {
      const chat = suite.start()
      await chat.ready()
      await chat.submit('count to 3')
      await chat.waitFor('word2')
      await chat.ready()
      await chat.killGateway(signal)
      await chat.waitFor('session recovered')
      expect(names().slice(0, 3)).to.deep.equal(['(signal-received)', 'exit', 'recover'])
      const exit = crumbs().find(({event}) => event === 'exit')
      expect(exit?.fields).to.include({expected: 'false', cause: `external-${signal}`, signal})
      await chat.quit()
    })
  }

  it('tell of a run that was killed with kill -9, at the next start', async () => {
    const chat = suite.start()
    await chat.ready()
    await chat.submit('stream 5000 tokens at 100')
    await chat.waitFor('word20')
    await chat.waitFor(() => runs().some((name) => name.endsWith('.json')), {what: 'a run file'})
    const gateway = await chat.gateway()
    const {pid} = chat
    chat.signal('SIGKILL')
    await chat.waitForExit()

    const again = suite.start(['-c'])
    await again.waitFor('an earlier run of hermes')
    expect(again.scrollback()).to.match(/without a terminal, back in [\s\S]*! an earlier run of hermes/)
    const vanished = crumbs().find(({event}) => event === 'vanished')
    expect(vanished?.fields).to.include({runPid: String(pid), pid: String(gateway), rebooted: 'false'})
    expect(vanished?.fields.run).to.equal(crumbs()[0]?.fields.instance)
    expect(vanished?.fields.session).to.match(/^\d{8}_/)
    expect(Number(vanished?.fields.rssBytes)).to.be.above(1e7)
    await again.quit()
    expect(runs()).to.deep.equal([])
  })

  describe('of its own memory', () => {
    /**
     * For NODE_OPTIONS: on SIGUSR2 `leak` is called again and again, once for so many milliseconds of processor time.
     * A leak that went by the clock would be faster than any end on a machine that is busy with something else.
     */
    const leaking = (leak: string, cpuMs: number, before = '') => {
      const file = path.join(suite.home.dir, 'leak.mjs')
      writeFileSync(
        file,
        `import {writeFileSync} from 'node:fs'
         ${before}
         const all = []
         const spent = () => (({user, system}) => (user + system) / 1000)(process.cpuUsage())
         process.on('SIGUSR2', function turn() {
           const begun = spent()
           all.push(${leak})
           while (spent() - begun < ${cpuMs});
           setImmediate(turn)
         })`,
      )
      return `--import ${file}`
    }
    /** With 120 MB at once and then half a megabyte each 6 ms, of numbers, which cost the collector nothing. */
    const slowlyFull = () => ({
      NODE_OPTIONS: `${leaking(
        'Array.from({length: all.length > 0 ? 1 : 240}, () => new Array(65536).fill(0.5))',
        6,
      )} --max-old-space-size=200`,
    })

    it('warn, then end in order with code 90, with session, draft and queue on disk', async () => {
      const chat = suite.start([], {env: slowlyFull()})
      await chat.ready()
      await chat.submit('stream 50000 tokens at 100')
      await chat.waitFor('word20')
      await chat.submit('count to 11')
      await chat.waitFor('1 queued')
      chat.type('half a thought')
      await chat.waitFor('› half a thought')
      const gateway = await chat.gateway()
      chat.signal('SIGUSR2')
      expect(await chat.waitForExit(60_000)).to.deep.equal({code: 90, signal: undefined})
      expect(chat.modesLeft).to.deep.equal([])
      // Its own memory was full, and not that of its gateway.
      expect(await chat.outlived()).to.deep.equal([gateway])
      expect(names().slice(0, 3)).to.deep.equal(['memory-warning', 'memory-critical', 'kill'])
      expect(names().slice(3)).to.have.members(['(detached)', 'detach'])
      const critical = crumbs().find(({event}) => event === 'memory-critical')
      expect(critical?.fields.limit).to.equal('heap')
      expect(Number(critical?.fields.usedBytes)).to.be.within(1e8, Number(critical?.fields.limitBytes))
      expect(crumbs().findLast(({event}) => event === 'kill')?.fields.reason).to.equal('memory')

      const again = suite.start(['-c'])
      await again.waitFor('› half a thought')
      await again.waitFor('without a terminal, back in')
      await again.waitFor('count to 11')
    }).timeout(120_000)

    if (canMakeMemoryCgroup()) {
      let cgroup: SmallCgroup | undefined
      before(() => {
        cgroup = makeSmallCgroup(400 << 20)
      })
      after(() => cgroup?.remove())

      /** In that cgroup, which one of its processes fills by a megabyte each 3 ms. */
      const crowded = () => ({
        NODE_OPTIONS: leaking(
          'Buffer.alloc(1 << 20, 1)',
          3,
          `writeFileSync(${JSON.stringify(cgroup?.procs)}, String(process.pid))`,
        ),
      })

      it('end before the kernel kills hermes, though others hold a part of what its cgroup may have', async () => {
        const chat = suite.start([], {env: crowded()})
        await chat.ready()
        await chat.submit('count to 3')
        await chat.waitFor('word2')
        const hog = spawn(
          process.execPath,
          ['-e', 'const held = Buffer.alloc(120 << 20, 1); setInterval(() => held.length, 1000); console.log("held")'],
          {env: suite.home.env(crowded()), stdio: ['ignore', 'pipe', 'inherit']},
        )
        try {
          await once(hog.stdout, 'data')
          chat.signal('SIGUSR2')
          expect(await chat.waitForExit(60_000)).to.deep.equal({code: 90, signal: undefined})
          expect(names().slice(-4)).to.deep.equal(['memory-critical', 'kill', '(gateway-exit)', 'exit'])
          const critical = crumbs().find(({event}) => event === 'memory-critical')?.fields
          expect(critical?.limit).to.equal('cgroup')
          expect(Number(critical?.usedBytes)).to.be.above(Number(critical?.rssBytes))
        } finally {
          hog.kill('SIGKILL')
        }
      }).timeout(120_000)

      it('tell that the kernel killed a gateway that filled the cgroup, and hermes lives on', async () => {
        const chat = suite.start([], {env: crowded()})
        await chat.ready()
        await chat.submit('count to 3')
        await chat.waitFor('word2')
        process.kill(await chat.gateway(), 'SIGUSR2')
        await chat.waitFor('session recovered')
        expect(crumbs().find(({event}) => event === 'exit')?.fields).to.include({
          cause: 'kernel-oom',
          signal: 'SIGKILL',
        })
        expect(names()).to.not.include('memory-critical')
        await chat.quit()
      }).timeout(40_000)
    }
  })

  it('hold no secret, wherever one stood: in stderr, environment, arguments, addresses, error texts', async () => {
    const key = 'sk-CANARYa1b2c3d4e5f6g7h8'
    const dying = path.join(suite.home.dir, 'dying.mjs')
    writeFileSync(
      dying,
      `console.error('using OPENAI_API_KEY=' + process.env.OPENAI_API_KEY)
       console.error('GET https://me:hunter2CANARY@example.org/?api_key=CANARYquery failed')
       console.error('Authorization: Bearer CANARYbearer0123456789')
       console.error('the value alone: ' + process.env.DEPLOY_TOKEN)
       console.log('{"api_key": "CANARYframe"')
       throw new Error('refused ' + process.argv.at(-1))`,
    )
    const {code} = await runHermes(['chat', '-p', 'hi', '--gateway-command', `node ${dying} --token ${key}`], {
      cwd: suite.home.cwd,
      env: suite.home.env({OPENAI_API_KEY: key, DEPLOY_TOKEN: 'CANARYplainvalue'}),
    })
    expect(code).to.equal(4)
    const logs = path.dirname(logFile())
    const exits = crumbs().filter(({event}) => event === 'exit')
    expect(exits).to.have.length(4)
    expect(exits[0]?.fields.stderrTail).to.include('[redacted]').and.to.include('the value alone')
    const files = readdirSync(logs, {recursive: true, withFileTypes: true}).filter((entry) => entry.isFile())
    expect(files.map(({parentPath}) => path.basename(parentPath)))
      .to.include('logs')
      .and.to.include('frames')
    for (const {parentPath, name} of files) {
      expect(readFileSync(path.join(parentPath, name), 'utf8'), name).to.not.include('CANARY')
    }
    expect(runs()).to.deep.equal([])
  })

  it('tell of an error that nothing caught, and the terminal is left as it was', async () => {
    const file = path.join(suite.home.dir, 'throw.mjs')
    writeFileSync(file, `process.on('SIGUSR2', () => { throw new RangeError('sk-CANARYa1b2c3d4e5f6g7h8 boom') })`)
    const chat = suite.start([], {env: {NODE_OPTIONS: `--import ${file}`}})
    await chat.ready()
    await chat.waitFor(() => runs().length === 1, {what: 'a run file'})
    chat.signal('SIGUSR2')
    expect((await chat.waitForExit()).code).to.not.equal(0)
    const uncaught = crumbs().find(({event, writer}) => event === 'uncaught' && writer === 'tui-parent')
    expect(uncaught?.fields).to.include({origin: 'exception', name: 'RangeError', message: '[redacted] boom'})
    expect(uncaught?.fields.stack).to.include('throw.mjs')
    expect(runs()).to.deep.equal([])
    expect(chat.modesLeft).to.deep.equal([])
  })
})
