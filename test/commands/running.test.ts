import {chmodSync, mkdirSync} from 'node:fs'
import {expect} from 'chai'
import {type RunningGateway, type RunningSession, thisProcess, writeRunning} from '../../src/hand-over/running.js'
import {hermesHome, homeFiles} from '../../src/platform.js'
import {ensureBuilt} from '../helpers/build.js'
import {runHermes} from '../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

if (process.platform !== 'win32')
  describe('hermes sessions --running, attach and stop', function () {
    this.timeout(30_000)
    let box: Sandbox
    before(() => ensureBuilt())
    beforeEach(() => {
      box = createSandbox()
      mkdirSync(folder(), {recursive: true, mode: 0o700})
    })
    afterEach(() => box.remove())

    const folder = () => homeFiles(hermesHome(box.env)).runs
    const run = (...args: string[]) => runHermes(args, {cwd: box.project, env: box.env})

    /** This process stands for a gateway. */
    function gateway(sessions: readonly Partial<RunningSession>[], more: Partial<RunningGateway> = {}): void {
      writeRunning(folder(), {
        version: 1,
        ...thisProcess(),
        socket: `${folder()}/a.sock`,
        token: 'ab'.repeat(32),
        protocol: [1, 1],
        build: '0.2.0',
        detachedAt: Date.now() - 300_000,
        sessions: sessions.map((each) => ({key: 'k', title: '', cwd: '/work', status: 'working', ...each})),
        ...more,
      })
    }

    it('says what each does, and what to do next, those that wait first', async () => {
      gateway([
        {key: 'one', title: 'The build'},
        {key: 'two', status: 'waiting', cwd: box.project, prompt: 'Why is it red?'},
      ])
      const {stdout} = await run('sessions', '--running')
      expect(stdout.split('\n')).to.deep.equal([
        'two  waits for your answer · without a terminal for 5 min',
        '  “Why is it red?”  ~/project',
        'one  works · without a terminal for 5 min',
        '  The build  /work',
        'Come back to one with: hermes attach KEY · end one with: hermes stop KEY',
        '',
      ])
      expect((await run('sessions', '--running', '--limit', '1')).stdout).to.include('1 more: --limit 2 shows all.')
      const told = JSON.parse((await run('sessions', '--running', '--json')).stdout)
      expect(told.sessions).to.have.length(2)
      expect(told.sessions[0]).to.include({key: 'two', status: 'waiting', stuck: false, gatewayPid: process.pid})
      expect(JSON.stringify(told)).to.not.include('abab')
    })

    it('tells of those that have a terminal how to leave it, and of none what else there is', async () => {
      gateway([{key: 'one'}], {detachedAt: undefined})
      const open = (await run('sessions', '--running')).stdout
      expect(open).to.include('one  works · in a terminal').and.include('/detach').and.not.include('hermes attach')
      const nothing = await run('attach')
      expect(nothing.code).to.equal(7)
      expect(nothing.stderr).to.include('no session works without a terminal').and.include('one is open in a terminal')
      const kept = await run('stop', 'one')
      expect(kept.code).to.equal(8)
      expect(kept.stderr).to.include('session one is open in a terminal')
    })

    it('asks what was meant by a name that nothing has', async () => {
      gateway([{key: '20261129_124522_dcc295', title: 'Fix the build'}])
      const slip = await run('stop', '20261129_124522_dcc29')
      expect(slip.code).to.equal(7)
      expect(slip.stderr).to.include('did you mean 20261129_124522_dcc295?')
      expect((await run('stop', 'fix the biuld')).stderr).to.include('did you mean Fix the build?')
      const far = await run('stop', 'nothing like it', '--json')
      expect(JSON.parse(far.stdout).error).to.include({code: 'session/not-running', exit: 7})
      expect((await run('stop')).code).to.equal(2)
    })

    it('does not call nothing what it can not read', async () => {
      gateway([{key: 'one'}])
      chmodSync(folder(), 0o755)
      const {stdout, stderr} = await run('sessions', '--running')
      expect(stdout).to.equal('')
      const why = `what runs is not known: ${folder()} is open to others (mode 755, not 700)`
      expect(stderr).to.include(why)
      expect((await run('attach')).stderr).to.include(why)
      expect((await run('stop', 'one')).stderr).to.include(why)
    })
  })
