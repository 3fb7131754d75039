import {expect} from 'chai'
import {DrawnChat, type Libraries, loadLibraries} from '../../helpers/drawn-chat.js'
import {runs} from '../../helpers/sample.js'

/** Texts of so many units: what grows in a long reply. */
const kinds: Readonly<Record<string, {units: number; text: (units: number) => string}>> = {
  prose: {
    units: runs(20_000, 4000),
    text: (units) =>
      Array.from({length: units}, (_, n) => (n % 60 === 59 ? 'end.\n\n' : n % 7 === 0 ? '**bold** ' : 'word ')).join(
        '',
      ),
  },
  'one paragraph': {units: runs(20_000, 8000), text: (units) => 'word '.repeat(units)},
  'a list': {units: runs(2000, 800), text: (units) => '- an item with some words and `code`\n'.repeat(units)},
  'a list of lists': {
    units: runs(1000, 400),
    text: (units) => '1. an item\n   - inner\n\n     more of it\n'.repeat(units),
  },
  'a code block': {
    units: runs(5000, 2000),
    text: (units) => `\`\`\`ts\n${'const value = call("text", 12) // why\n'.repeat(units)}\`\`\`\n`,
  },
  'a table': {
    units: 500,
    text: (units) => `| a | b | c |\n|---|---|---|\n${'| cell | more words | 12 |\n'.repeat(units)}`,
  },
  'a quote': {units: 2000, text: (units) => '> quoted words\n'.repeat(units)},
  'a comment without an end': {units: 5000, text: (units) => `<!-- ${'words in it\n'.repeat(units)}`},
}

/** So many deltas make a text at most: prose comes in tokens, 20 000 of them. */
const MAX_DELTAS: Readonly<Record<string, number>> = {
  prose: runs(20_000, 2000),
  'a list': runs(1000, 400),
  'a list of lists': runs(1000, 400),
  'a code block': runs(1000, 400),
}
const DELTAS = runs(1000, 400)

/** Characters that are read by the lexer or coloured, for each one that is drawn in a frame of its own. */
const MAX_READS = 1500

describe('a reply that streams in small deltas', function () {
  this.timeout(300_000)
  let libraries: Libraries
  before(async () => {
    libraries = await loadLibraries()
  })

  /** Characters that were read in all, where each delta is drawn. */
  function work(text: string, delta: number): number {
    let read = 0
    const lexer: Libraries['lexer'] = (piece, links) => {
      read += piece.length
      return libraries.lexer(piece, links)
    }
    const drawn = new DrawnChat({...libraries, lexer})
    for (let at = 0; at < text.length; at += delta) {
      drawn.say(text.slice(at, at + delta))
      // As the screen does: what is printed is not held for ever.
      if (at % (delta * 100) === 0) drawn.act({type: 'printed', before: (drawn.state.items.at(-1)?.id ?? -1) + 1})
    }
    drawn.complete()
    // Code is not lexed, but drawn.
    return read + drawn.reply.drawn.characters
  }

  for (const [kind, {units, text}] of Object.entries(kinds)) {
    it(`costs work in proportion to its length: ${kind}`, () => {
      const [half, whole] = [text(units / 2), text(units)]
      const delta = Math.ceil(whole.length / (MAX_DELTAS[kind] ?? DELTAS))
      const [first, all] = [work(half, delta), work(whole, delta)]
      const ratio = all / first
      process.stdout.write(
        `  ${kind}: ${Math.round(all / whole.length)} reads a character, twice the text ${ratio.toFixed(2)} times the work\n`,
      )
      expect(ratio).to.be.below(2.3)
      expect(all / whole.length).to.be.below(MAX_READS)
    })
  }
})
