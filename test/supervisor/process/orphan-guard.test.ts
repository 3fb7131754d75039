import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {expect} from 'chai'
import {root} from '../../helpers/build.js'

/** A program that guards a process of its own which ignores SIGTERM and does not read, and says its pid. */
const program = (end: string) => `
import {spawn} from 'node:child_process'
import {OrphanGuard} from '${root}/src/supervisor/process/orphan-guard.ts'
const stuck = spawn('/bin/sh', ['-c', 'trap "" TERM; sleep 600'], {detached: true, stdio: 'ignore'})
const guard = new OrphanGuard()
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
    async function start(end: string): Promise<void> {
      child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program(end)], {
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
