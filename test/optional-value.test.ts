import {parse} from '@oclif/core/parser'
import {expect} from 'chai'
import fc from 'fast-check'
import Chat from '../src/commands/chat.js'
import {LEFT_OUT, withLeftOutValue} from '../src/optional-value.js'
import {tellTried} from './helpers/tried.js'

const rewritten = (...argv: string[]) => withLeftOutValue(argv, 'resume', Chat.flags)
const parsed = async (argv: readonly string[]) => {
  const {flags, args, nonExistentFlags} = await parse([...argv], {flags: Chat.flags, args: Chat.args, strict: true})
  return {...flags, prompt: args.prompt, nonExistentFlags}
}

/** A piece of a command line, and what it says of the session. */
type Piece = {words: string[]; resume?: string}

const value = fc.constantFrom('KEY', 'a title', '20260101_000000_abcdef', '', '-', 'r', 'resume', '=')
const odd = fc.constantFrom('--resume', '-r', '-c', '--', '-x y', '--nope')
const resumed = fc.oneof(
  fc.constantFrom<Piece>({words: ['--resume'], resume: LEFT_OUT}, {words: ['-r'], resume: LEFT_OUT}),
  value.map((text): Piece => ({words: ['--resume', text], resume: text})),
  value.map((text): Piece => ({words: ['-r', text], resume: text})),
  fc
    .oneof(value, fc.constantFrom('--', '-x y', '--nope'))
    .map((text): Piece => ({words: [`--resume=${text}`], resume: text})),
  fc.constantFrom('KEY', 'r', 'c').map((text): Piece => ({words: [`-r${text}`], resume: text})),
)
const other = fc.constantFrom<Piece>(
  {words: ['--take-over']},
  {words: ['--no-screen-reader']},
  {words: ['--model', 'a/b']},
  {words: ['-m', 'r']},
  {words: ['-mr']},
  {words: ['--model=--resumed']},
  {words: ['--add-dir', 'resume']},
  {words: ['--allow', 'bash(x -r)']},
)

describe('a flag whose value may be left out', () => {
  it('is told from one with a value, wherever it stands', async () => {
    let count = 0
    const lines = fc.tuple(
      fc.uniqueArray(other, {maxLength: 3, selector: ({words}) => words[0]?.replace(/^-m.*|=.*/, '--model')}),
      fc.option(resumed),
      fc.uniqueArray(other, {maxLength: 2, selector: ({words}) => words[0]?.replace(/^-m.*|=.*/, '--model')}),
      fc.option(fc.constantFrom('a prompt', '--resume', '-r', '--'), {nil: undefined}),
    )
    await fc.assert(
      fc.asyncProperty(lines, async ([before, piece, after, prompt]) => {
        const pieces = [...before, ...(piece ? [piece] : []), ...after]
        const models = pieces.filter(({words}) => /^(?:-m|--model)/.test(words[0] ?? ''))
        fc.pre(models.length < 2)
        const argv = [...pieces.flatMap(({words}) => words), ...(prompt === undefined ? [] : ['--', prompt])]
        const found = await parsed(rewritten(...argv))
        expect(found.resume, argv.join(' ')).to.equal(piece?.resume)
        expect(found.prompt).to.equal(prompt)
        expect(found.nonExistentFlags).to.deep.equal([])
        count++
      }),
    )
    tellTried(count, 'command lines with and without a session')
  })

  it('leaves all else as it was, and wrong flags to be refused', () => {
    for (const argv of [
      [],
      ['--'],
      ['--', '--resume'],
      ['--title', '--resume'],
      ['-m', '-r'],
      ['-p', '-r'],
      ['-xr'],
      ['--resumee'],
      ['--nope', '-c', 'prompt'],
      ['-c', '--title', 'x'],
    ]) {
      expect(rewritten(...argv), argv.join(' ')).to.deep.equal(argv)
    }
    const some = fc.array(fc.oneof(fc.string(), odd, fc.constantFrom('-m', '--model', '--title', '-cr', '-rc')))
    fc.assert(
      fc.property(some, (argv) => {
        const result = rewritten(...argv)
        expect(result.map((word) => word.replace(/=?\0$/, ''))).to.deep.equal(
          argv.map((word) => word.replace(/=?\0$/, '')),
        )
      }),
    )
  })

  it('is bare before a flag that nobody knows, and at the end of a cluster', () => {
    expect(rewritten('--resume', '--modle', 'x')).to.deep.equal([`--resume=${LEFT_OUT}`, '--modle', 'x'])
    expect(rewritten('-cr')).to.deep.equal([`-cr${LEFT_OUT}`])
    expect(rewritten('-cr', 'KEY')).to.deep.equal(['-cr', 'KEY'])
  })
})
