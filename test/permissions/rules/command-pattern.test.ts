import {execFileSync} from 'node:child_process'
import {expect} from 'chai'
import fc from 'fast-check'
import {
  type CommandPattern,
  formatCommandPattern,
  literalPattern,
  literalWord,
  matchesWord,
  parseCommandPattern,
  type WordsPattern,
} from '../../../src/permissions/rules/command-pattern.js'
import {runs} from '../../helpers/sample.js'

function patternOf(text: string): CommandPattern {
  const parsed = parseCommandPattern(text)
  if ('problem' in parsed) throw new Error(`${text}: ${parsed.problem}`)
  return parsed
}

function wordsOf(text: string): WordsPattern {
  const parsed = patternOf(text)
  if (parsed.kind !== 'words') throw new Error(`${text} is no list of words`)
  return parsed
}

const literals = (text: string) => wordsOf(text).words.map(literalWord)

/** Of everything that has a meaning in a pattern, and a little that has none. */
const patternChar = fc.constantFrom(...'ab*?[]!^-\\\'" =:/.~{}')
const wordChar = fc.constantFrom(...'abcß*?[]!-/.\\ \'"')

describe('patterns of commands', () => {
  it('are split by quotes and white space as a shell splits a line', () => {
    expect(literals(`git commit -m 'a  b' "c d" e\\ f ''`)).to.deep.equal([
      'git',
      'commit',
      '-m',
      'a  b',
      'c d',
      'e f',
      '',
    ])
    expect(literals('echo \u00a0x')).to.deep.equal(['echo', '\u00a0x'])
    expect(literals(`echo '*' \\* "a*"`)).to.deep.equal(['echo', '*', '*', 'a*'])
  })

  it('end in any number of words with a lone star, or as others write it', () => {
    for (const text of ['npm run lint *', 'npm run lint:*', '  npm   run lint *  ']) {
      const {words, open} = wordsOf(text)
      expect(words.map(literalWord)).to.deep.equal(['npm', 'run', 'lint'])
      expect(open).to.equal(true)
    }
    expect(wordsOf('git * main').open).to.equal(false)
    expect(wordsOf("git '*'").open).to.equal(false)
    expect(patternOf('*')).to.deep.equal({kind: 'all'})
  })

  it('may set variables, and may be one exact text', () => {
    const {assignments, words} = wordsOf('NODE_ENV=test npm test')
    expect(assignments.map(({name, value}) => [name, literalWord(value)])).to.deep.equal([['NODE_ENV', 'test']])
    expect(words.map(literalWord)).to.deep.equal(['npm', 'test'])
    expect(patternOf('= cd x && make 2>&1 | tail ')).to.deep.equal({kind: 'exact', text: 'cd x && make 2>&1 | tail'})
  })

  it('are refused with what to write instead where they are no words of one command', () => {
    for (const text of [
      'a && b',
      'a | b',
      'a > b',
      'echo $HOME',
      'echo `x`',
      'a\nb',
      '(a)',
      "a 'b",
      'a\\',
      '',
      'A=1',
    ]) {
      const parsed = parseCommandPattern(text)
      if (!('problem' in parsed)) throw new Error(`${text} was taken`)
      expect(parsed.problem, text).to.not.equal('')
      expect(parsed.remedy, text).to.not.equal('')
    }
  })

  it('have one spelling, which means the same', () => {
    let tried = 0
    fc.assert(
      fc.property(fc.array(patternChar, {maxLength: 12}), (chars) => {
        const parsed = parseCommandPattern(chars.join(''))
        if ('problem' in parsed) return
        tried++
        const text = formatCommandPattern(parsed)
        expect(patternOf(text)).to.deep.equal(parsed)
        expect(formatCommandPattern(patternOf(text))).to.equal(text)
      }),
      {
        numRuns: runs(20_000, 4000),
        examples: ['[b-b-a]', '[b-b--/]', '[-]', '[b-]', '[--/-a]'].map((text) => [[...text]]),
      },
    )
    // Of little but what makes ranges.
    const inSet = fc
      .array(fc.constantFrom(...'ab-!]'), {minLength: 1, maxLength: 8})
      .map((chars) => `[${chars.join('')}]`)
    fc.assert(
      fc.property(inSet, (text) => {
        const parsed = patternOf(text)
        expect(patternOf(formatCommandPattern(parsed)), text).to.deep.equal(parsed)
      }),
      {numRuns: runs(5000, 1000)},
    )
    console.log(`      ${tried} patterns`)
  })

  it('that are made of words cover these words', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.array(wordChar).map((c) => c.join('')),
          {minLength: 1},
        ),
        (words) => {
          const pattern = patternOf(formatCommandPattern(literalPattern(words)))
          // A word like a variable is one where no quote tells that it isn't.
          if (words[0]?.includes('=')) return
          expect(pattern).to.deep.equal(literalPattern(words))
        },
      ),
    )
  })

  it('match a word where a shell does', () => {
    const pairs = fc.sample(fc.tuple(fc.array(patternChar, {maxLength: 6}), fc.array(wordChar, {maxLength: 5})), {
      numRuns: runs(6000, 1200),
      seed: 1,
    })
    const near = fc.sample(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'ß'), fc.constantFrom('', '', '?', '*', '[ab]', '[!b]', '[a-c]')), {
        maxLength: 5,
      }),
      {numRuns: 3000, seed: 2},
    )
    pairs.push(...near.map((each): [string[], string[]] => [each.map(([a, b]) => b || a), each.map(([char]) => char)]))
    const cases = pairs.flatMap(([chars, word]) => {
      // Quotes and blanks part words; what is compared here is one.
      const text = chars.join('').replaceAll(/[ '"\\]/g, '')
      const parsed = parseCommandPattern(`x ${text}`)
      if ('problem' in parsed || parsed.kind !== 'words' || text === '') return []
      const pattern = parsed.open ? (['any'] as const) : parsed.words[1]
      return pattern && !/:\*+$/.test(text) ? [{text, word: word.join(''), pattern}] : []
    })
    const script = cases
      .map(
        ({text, word}) =>
          `case ${shellQuote(word)} in ${text.replaceAll(/[!^{}~=:]/g, '\\$&').replaceAll(/\[\\([!^])/g, '[$1')}) echo y;; *) echo n;; esac`,
      )
      .join('\n')
    const answers = execFileSync('bash', ['--norc', '-s'], {
      input: `shopt -u extglob\n${script}\n`,
      env: {PATH: process.env.PATH, LC_ALL: 'C.UTF-8'},
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    }).split('\n')
    const wrong = cases.filter(({pattern, word}, at) => matchesWord(pattern, word) !== (answers[at] === 'y'))
    expect(wrong.map(({text, word}) => `${text} ${JSON.stringify(word)}`)).to.deep.equal([])
    console.log(`      ${cases.length} pairs, ${answers.filter((answer) => answer === 'y').length} of them match`)
  })

  it('match in a time that no pattern makes long', () => {
    const {words} = wordsOf(`x ${'*a'.repeat(200)}b`)
    expect(matchesWord(words[1] ?? [], 'a'.repeat(20_000))).to.equal(false)
  }).timeout(5000)
})

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
