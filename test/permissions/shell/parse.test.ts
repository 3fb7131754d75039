import {mkdtempSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {parseCommand} from '../../../src/permissions/shell/parse.js'
import type {ParsedCommand, SimpleCommand} from '../../../src/permissions/shell/types.js'
import {evaluates, wrapped} from '../../../src/permissions/shell/wrappers.js'
import {Canaries, type Start, shellsHere} from './canaries.js'
import {corpus, programs} from './corpus.js'

/** With what `sh -c`, `eval` and `trap` are known to run. */
async function allCommands(parsed: ParsedCommand): Promise<SimpleCommand[]> {
  const all: SimpleCommand[] = [...parsed.commands]
  for (const command of parsed.commands) {
    const {script, words} = await wrapped(command.words)
    if (words.length !== command.words.length) all.push({...command, words})
    if (script) all.push(...(await allCommands(script)))
  }
  return all
}

const isLiteral = ({words}: SimpleCommand) => words.every(({literal}) => literal)

/** Undefined where what the parser found accounts for a program that ran. */
async function unexplained(command: string, [, ...argv]: Start): Promise<string | undefined> {
  const parsed = await parseCommand(command)
  if (!parsed.complete) return undefined
  const commands = await allCommands(parsed)
  if (commands.some(({words}) => words.length > 0 && evaluates(words))) return undefined
  const named = commands.filter(({words}) => words[0]?.text === argv[0])
  if (named.length === 0) return `${argv[0]} was not found`
  const same = named.some(
    (found) => !isLiteral(found) || JSON.stringify(found.words.map(({text}) => text)) === JSON.stringify(argv),
  )
  return same ? undefined : `no command is ${JSON.stringify(argv)}`
}

describe('the parser of shell commands', () => {
  let folder: string
  before(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-parse-')))
  })
  after(() => rmSync(folder, {recursive: true, force: true}))

  it('finds every program that a shell starts, with the words it is given', async function () {
    this.timeout(120_000)
    const commands = Object.values(corpus).flat()
    const runnable = commands.filter((command) => !command.includes('\0'))
    const canaries = new Canaries(folder, programs)
    const shells = [...(await shellsHere()).keys()]
    let started = 0
    const wrong: string[] = []
    await Promise.all(
      shells.map(async (shell) => {
        const starts = await canaries.starts(shell, runnable, folder)
        for (const [index, command] of runnable.entries()) {
          for (const start of starts[index] ?? []) {
            started++
            const problem = await unexplained(command, start)
            if (problem) wrong.push(`${shell}: ${JSON.stringify(command)}: ${problem}`)
          }
        }
      }),
    )
    console.log(`      ${commands.length} commands, ${started} programs started in ${shells.join(', ')}`)
    expect(wrong).to.deep.equal([])
    expect(started).to.be.above(200 * shells.length)
  })

  for (const group of ['what is not understood', 'what nobody sees']) {
    for (const command of corpus[group] ?? []) {
      it(`never takes ${JSON.stringify(command)} for plain`, async () => {
        const parsed = await parseCommand(command)
        expect(parsed.complete && parsed.plain !== undefined).to.equal(false)
      })
    }
  }
})
