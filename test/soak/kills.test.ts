import {cp, mkdtemp, rm, symlink} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import {expect} from 'chai'
import {homeFiles} from '../../src/platform.js'
import {ensureBuilt, root} from '../helpers/build.js'
import {noneLeftOf} from '../helpers/processes-of-home.js'
import {childrenOf, descriptorsOf} from '../helpers/pty/processes.js'
import {KillRun} from './kill-run.js'
import {checkDatabase, checkSession} from './oracle.js'
import {randomFrom} from './random.js'

const kills = Number(process.env.HERMES_SOAK_KILLS ?? 30)
const seed = Number(process.env.HERMES_SOAK_SEED ?? Math.floor(Math.random() * 2 ** 32))
/** Sessions that are killed at the same time: one waits for its next gateway while another has the processor. */
const SESSIONS = 2
const MEGABYTE = 1024 * 1024

describe('the built-in gateway, killed at random', () => {
  const homes: string[] = []
  let program: string

  // A copy: another build beside this run would change the program in the middle of it.
  before(async () => {
    ensureBuilt()
    program = await mkdtemp(path.join(tmpdir(), 'hermes-soak-program-'))
    await cp(path.join(root, 'dist'), path.join(program, 'dist'), {recursive: true})
    await cp(path.join(root, 'package.json'), path.join(program, 'package.json'))
    await symlink(path.join(root, 'node_modules'), path.join(program, 'node_modules'))
  })
  after(() => rm(program, {recursive: true, force: true}))
  afterEach(() => Promise.all(homes.splice(0).map((home) => rm(home, {recursive: true, force: true}))))

  async function killed(name: string, count: number): Promise<KillRun> {
    const home = await mkdtemp(path.join(tmpdir(), 'hermes-soak-'))
    homes.push(home)
    const command = [process.execPath, path.join(program, 'dist', 'gateway', 'main.js')]
    const run = new KillRun({name, home, command, random: randomFrom(`${seed} ${name}`)})
    await run.run(count)
    await noneLeftOf(home, run.pids)
    checkDatabase(homeFiles(home).database)
    checkSession(homeFiles(home).database, run.key, run.prompts)
    expect(run.deaths.filter(({cause}) => cause !== 'external-sigkill')).to.deep.equal([])
    expect(run.deaths).to.have.length(run.kills)
    expect(run.written).to.deep.equal(new Set(['gateway-gone']))
    return run
  }

  it(`loses nothing and leaves nothing behind: ${kills} kills, HERMES_SOAK_SEED=${seed}`, async () => {
    await killed('warm-up', 5)
    const before = measure()
    const share = Math.ceil(kills / SESSIONS)
    const runs = await Promise.all(Array.from({length: SESSIONS}, (_, index) => killed(`s${index}`, share)))
    await allGone(before.descriptors)
    const after = measure()

    expect(runs.reduce((sum, run) => sum + run.kills, 0)).to.be.at.least(kills)
    if (kills >= 500) for (const run of runs) expect(run.stages.size).to.equal(8)
    expect(after.descriptors).to.equal(before.descriptors)
    expect(after.heap - before.heap).to.be.below(32 * MEGABYTE)
    expect(after.rss - before.rss).to.be.below(256 * MEGABYTE)
  }).timeout(60_000 + kills * 2000)
})

/** Waits for what Node hears of a moment after the kernel: that a child has ended, and the end of its output. */
async function allGone(descriptors: number | undefined): Promise<void> {
  const left = () =>
    childrenOf(process.pid).some(({state}) => state === 'Z') ||
    (descriptorsOf(process.pid) ?? 0) > (descriptors ?? Infinity)
  while (left()) await setTimeout(10)
}

/** Of this process, without what is only waiting to be collected. */
function measure(): {descriptors: number | undefined; heap: number; rss: number} {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  const {heapUsed: heap, rss} = process.memoryUsage()
  return {descriptors: descriptorsOf(process.pid), heap, rss}
}
