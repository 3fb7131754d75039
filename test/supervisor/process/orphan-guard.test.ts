import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {closeSync, mkdtempSync, openSync, readdirSync, readlinkSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {verdictFile} from '../../../src/hand-over/run-folder.js'
import {guardScript} from '../../../src/supervisor/process/guard-script.js'
import {root} from '../../helpers/build.js'
import {childrenOf} from '../../helpers/pty/processes.js'

/** A program that guards a process of its own which ignores SIGTERM and does not read, and says its pid. */
const program = (end: string, verdicts = '') => `
import {spawn} from 'node:child_process'
import {OrphanGuard} from '${root}/src/supervisor/process/orphan-guard.ts'
const stuck = spawn('/bin/sh', ['-c', 'trap "" TERM; sleep 600'], {detached: true, stdio: 'ignore'})
const guard = new OrphanGuard(${verdicts && `{verdicts: ${verdicts}}`})
guard.add(stuck.pid)
setTimeout(() => { ${end} }, 300)
console.log(stuck.pid)
setInterval(() => {}, 1000)`

/** A process that has ended may stay in the table until somebody asks for its status. */
function isAlive(pid: number): boolean {
  const {stdout} = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], {encoding: 'utf8'})
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}

if (process.platform !== 'win32')
  describe('the guard against orphans', () => {
    let child: ChildProcess | undefined
    let stuck = 0
    async function start(end: string, verdicts?: string): Promise<void> {
      child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program(end, verdicts)], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      for await (const chunk of child.stdout ?? []) {
        stuck = Number(String(chunk))
        break
      }
      expect(isAlive(stuck)).to.equal(true)
    }
    afterEach(() => {
      child?.kill('SIGKILL')
      if (stuck && isAlive(stuck)) process.kill(-stuck, 'SIGKILL')
    })

    it('ends a process that is stuck when its parent was killed', async () => {
      await start("console.error = () => {}; process.kill(process.pid, 'SIGKILL')")
      while (isAlive(stuck)) await new Promise((resolve) => setTimeout(resolve, 20))
    })

    describe('with a verdict that is asked for', () => {
      let folder = ''
      beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "hermes-run it's "))
      })
      afterEach(() => rmSync(folder, {recursive: true, force: true}))
      const kill = "process.kill(process.pid, 'SIGKILL')"
      const prefix = () => path.join(folder, '0a1b2c3d-')

      it('ends what did not say that it stays, and leaves no file', async () => {
        await start(kill, JSON.stringify(prefix()))
        while (isAlive(stuck)) await new Promise((resolve) => setTimeout(resolve, 20))
        while (readdirSync(folder).length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
      })

      it('ends it too where no verdict can be written', async () => {
        await start(kill, JSON.stringify(path.join(folder, 'missing', '0a1b2c3d-')))
        while (isAlive(stuck)) await new Promise((resolve) => setTimeout(resolve, 20))
      })

      it('leaves alone what said so first', async () => {
        await start(kill, JSON.stringify(prefix()))
        writeFileSync(verdictFile(prefix(), stuck), '')
        if (child) await once(child, 'exit')
        const first = stuck
        await start(kill)
        while (isAlive(stuck)) await new Promise((resolve) => setTimeout(resolve, 20))
        expect(isAlive(first)).to.equal(true)
        expect(readdirSync(folder)).to.deep.equal([path.basename(verdictFile(prefix(), first))])
        process.kill(-first, 'SIGKILL')
      })
    })

    /** What a command of the process left, in a session of its own. */
    const leftBy = (pid: number) =>
      spawn('sleep', ['600'], {detached: true, stdio: 'ignore', env: {...process.env, HERMES_COMMAND: `${pid}-1/k/1`}})

    for (const [name, end] of Object.entries({
      'is killed with it': "process.kill(process.pid, 'SIGKILL')",
      'is killed alone': "process.kill(-stuck.pid, 'SIGKILL'); stuck.once('exit', () => guard.delete(stuck.pid))",
    })) {
      it(`ends what commands left of a gateway that ${name}, and nothing of another`, async function () {
        if (process.platform !== 'linux') this.skip()
        await start(end)
        const [own, other] = [leftBy(stuck), leftBy(Number(`${stuck}1`))]
        if (own.exitCode === null && own.signalCode === null) await once(own, 'exit')
        expect(isAlive(other.pid ?? 0)).to.equal(true)
        other.kill('SIGKILL')
      })
    }

    it('does not keep the terminal open while it looks for what a gateway that has ended left', async function () {
      if (process.platform !== 'linux') this.skip()
      const folder = mkdtempSync(path.join(tmpdir(), 'hermes-guard-'))
      const terminal = path.join(folder, 'terminal')
      const descriptor = openSync(terminal, 'w')
      const {pid: gone} = spawnSync('true')
      const guard = spawn('/bin/sh', ['-c', guardScript], {stdio: ['pipe', 'ignore', 'ignore', descriptor]})
      closeSync(descriptor)
      try {
        const holds = (pid: number) =>
          readdirSync(`/proc/${pid}/fd`).some((each) => readlinkSync(`/proc/${pid}/fd/${each}`) === terminal)
        guard.stdin?.write(`groups ${gone}\ngroups \n`)
        // Its own are closed by when it waits for the moment to pass.
        const waits = () => childrenOf(guard.pid ?? 0).find(({pid}) => childrenOf(pid).length > 0)
        let looks = waits()
        while (!looks) {
          await new Promise((resolve) => setTimeout(resolve, 5))
          looks = waits()
        }
        expect(holds(guard.pid ?? 0)).to.equal(true)
        expect(holds(looks.pid)).to.equal(false)
      } finally {
        guard.kill('SIGKILL')
        rmSync(folder, {recursive: true, force: true})
      }
    })

    it('leaves alone what it was told has ended', async () => {
      await start("guard.delete(stuck.pid); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50)")
      if (child) await once(child, 'exit')
      // Its second has passed when another guard of the same kind has done its work.
      const first = stuck
      await start("process.kill(process.pid, 'SIGKILL')")
      while (isAlive(stuck)) await new Promise((resolve) => setTimeout(resolve, 20))
      expect(isAlive(first)).to.equal(true)
      process.kill(-first, 'SIGKILL')
    })
  })
