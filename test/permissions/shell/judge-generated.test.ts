import {spawn} from 'node:child_process'
import {existsSync, mkdtempSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {judgeReading} from '../../../src/permissions/shell/judge.js'
import {renderScript} from '../../../src/permissions/shell/render.js'
import {readingEnv} from '../../../src/permissions/shell/scrubbed-env.js'
import type {RunnableScript} from '../../../src/permissions/types.js'
import {isWindows} from '../../../src/platform.js'
import {runs} from '../../helpers/sample.js'
import {Canaries, type Start, shellsHere} from './canaries.js'
import {commandLine, decentLine, noise, readerNames} from './generated-commands.js'
import {fillScratch, snapshot, workspaceOf} from './scratch.js'

const TRIED = Number(process.env.HERMES_TEST_COMMANDS ?? runs(400, 30))
const seed = Number(process.env.HERMES_TEST_SEED ?? Date.now() % 1_000_000)

const builtins = new Set(['echo', 'printf', 'test', '[', 'true', 'false', 'pwd', 'which'])
const added = /^(?:--no-config$|--paging=never$|--glob=!|--exclude=|--exclude-dir=)/

/** Comparable: without the shells' builtins, without what we add, in no order (pipelines have none). */
function comparable(starts: readonly Start[]): string[] {
  return starts
    .filter(([, name]) => !builtins.has(name))
    .map((start) => JSON.stringify(start.filter((word) => !added.test(word))))
    .sort()
}

/** The script with canaries in the place of its programs. */
function withCanaries({lists}: RunnableScript, bin: string): string {
  const replaced = lists.map(({when, pipeline}) => ({
    when,
    pipeline: pipeline.map((command) => ({...command, program: path.join(bin, path.basename(command.program))})),
  }))
  return renderScript({lists: replaced})
}

const anyCommand = fc.oneof(
  {weight: 5, arbitrary: commandLine},
  {weight: 3, arbitrary: decentLine},
  {weight: 1, arbitrary: noise},
)

/** As under `npm run`, and worse. */
function hostileEnv(workspace: string): NodeJS.ProcessEnv {
  const hostile = [path.join(workspace, 'node_modules/.bin'), '.', workspace, '']
  const LESSOPEN = `|${workspace}/e.sh`
  return {...process.env, LESSOPEN, PAGER: `${workspace}/pager`, PATH: [...hostile, process.env.PATH].join(':')}
}

interface Accepted {
  command: string
  run: RunnableScript
}

describe('a command that is judged to only read', function () {
  this.timeout(Math.max(120_000, TRIED * 60))
  let folder: string
  let workspace: string
  let ran: string
  const accepted: Accepted[] = []

  before(async function () {
    if (isWindows) this.skip()
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-judge-')))
    ;({workspace, ran} = fillScratch(folder, readerNames))
    const env = hostileEnv(workspace)
    let tried = 0
    // A quarter is accepted; of the few that are drawn all may be others: then more are drawn.
    for (let round = 0; round < 10 && accepted.length <= TRIED / 20; round++) {
      for (const command of fc.sample(anyCommand, {numRuns: TRIED, seed: seed + round})) {
        tried++
        const judged = await judgeReading(command, {cwd: workspace, workspace: workspaceOf(workspace), env})
        if (judged.kind === 'reads') accepted.push({command, run: judged.run})
      }
    }
    console.log(`      ${tried} commands tried (seed ${seed}), ${accepted.length} accepted`)
    expect(accepted.length).to.be.above(TRIED / 20)
  })
  after(() => rmSync(folder, {recursive: true, force: true}))

  it('is given the words that shells give it', async () => {
    const canaries = new Canaries(path.join(folder, 'canaries'), readerNames)
    const ours = await canaries.starts(
      'sh',
      accepted.map(({run}) => withCanaries(run, canaries.bin)),
      workspace,
    )
    const wrong: string[] = []
    let compared = 0
    for (const shell of (await shellsHere()).keys()) {
      // zsh expands globs by rules of its own, and its builtin `which` fails where the program doesn't.
      const sameGlobs = accepted.map(({command}) => shell !== 'zsh' || !/[*?[]|which/.test(command))
      const scripts = accepted.map(({command}, index) => (sameGlobs[index] ? command : ':'))
      const theirs = await canaries.starts(shell, scripts, workspace)
      for (const [index, {command}] of accepted.entries()) {
        if (!sameGlobs[index]) continue
        compared++
        const [mine, other] = [comparable(ours[index] ?? []), comparable(theirs[index] ?? [])]
        if (mine.join('\n') !== other.join('\n'))
          wrong.push(`${shell}: ${JSON.stringify(command)}\n  ${mine}\n  ${other}`)
      }
    }
    console.log(`      ${compared} runs compared`)
    expect(wrong.join('\n')).to.equal('')
  })

  it('changes nothing, runs no program of the workspace and prints nothing from outside or secret', async () => {
    const before = snapshot(workspace)
    const env = {...(await readingEnv(hostileEnv(workspace), workspaceOf(workspace))), TMPDIR: folder}
    const wrong: string[] = []
    await Promise.all(
      [0, 1, 2].map(async (lane) => {
        for (let index = lane; index < accepted.length; index += 3) {
          const {command, run} = accepted[index] as Accepted
          const output = await outputOf(renderScript(run), workspace, env)
          if (/SECRET|OUTSIDE|root:.*:0:0|HOME=/.test(output))
            wrong.push(`${JSON.stringify(command)} printed ${output}`)
        }
      }),
    )
    expect(wrong).to.deep.equal([])
    expect(existsSync(ran)).to.equal(false)
    expect(snapshot(workspace)).to.deep.equal(before)
  })

  it('is started with every word as it is, in every shell', async () => {
    const canaries = new Canaries(path.join(folder, 'hostile'), ['P1'])
    const argvs = fc.sample(fc.array(fc.string({unit: 'binary', maxLength: 12}), {minLength: 1, maxLength: 4}), {
      numRuns: runs(150, 25),
      seed,
    })
    const args = argvs.map((words) => words.map((word) => word.replaceAll('\0', "'").toWellFormed()))
    const scripts = args.map((words) =>
      renderScript({lists: [{when: 'first', pipeline: [{program: 'P1', args: words}]}]}),
    )
    for (const shell of (await shellsHere()).keys()) {
      const starts = await canaries.starts(shell, scripts, workspace)
      expect(starts.map(([start]) => start?.slice(2))).to.deep.equal(args)
    }
  })
})

/** A command that waits for more than a minute would fail the test by its time-out. */
function outputOf(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', script], {cwd, env, stdio: ['ignore', 'pipe', 'pipe']})
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', reject)
    child.once('close', () => resolve(Buffer.concat(chunks).toString()))
  })
}
