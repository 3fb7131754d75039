import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {History} from '../../../src/tui/composer/history.js'
import {labelOf, labelsIn} from '../../../src/tui/composer/label.js'
import {PastedTexts} from '../../../src/tui/composer/pasted.js'
import {hostileName} from '../../helpers/hostile/hostile-names.js'
import {runs} from '../../helpers/sample.js'

const lines = (count: number, word = 'line') => Array.from({length: count}, (_, at) => `${word} ${at}`).join('\n')

describe('long texts in drafts', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'hermes-pasted-'))
    mkdirSync(path.join(home, 'outbox'))
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))

  const folder = () => path.join(home, 'pasted')
  const open = () => new PastedTexts(folder(), path.join(home, 'outbox'))

  it('are a label of one line, and themselves again when they are sent', () => {
    const texts = open()
    expect(texts.fold('short\ntext')).to.equal('short\ntext')
    expect(texts.fold(lines(5001))).to.equal('[Pasted text #1 · 5001 lines]')
    expect(texts.fold('x'.repeat(5200))).to.equal('[Pasted text #2 · 5200 characters]')
    expect(labelOf(`${lines(5001)}\n`, 1, 'Pasted text'), 'no line more').to.equal('[Pasted text #1 · 5001 lines]')
    expect(texts.fold(lines(5001)), 'the same again').to.equal('[Pasted text #1 · 5001 lines]')
    expect(statSync(folder()).mode & 0o777).to.equal(0o700)
    const draft = 'see [Pasted text #1 · 5001 lines] and [Pasted text #9 · 12 lines]'
    expect(texts.expand(draft)).to.deep.equal({
      text: `see ${lines(5001)} and [Pasted text #9 · 12 lines]`,
      missing: [],
    })
    expect(texts.refold(`now ${lines(5001)}!`, draft)).to.equal('now [Pasted text #1 · 5001 lines]!')
  })

  it('are what they were, whatever is in them and around them', () => {
    const texts = open()
    const long = fc.array(hostileName, {minLength: 12, maxLength: 14}).map((names) => names.join('\n').toWellFormed())
    const around = fc.constantFrom('', ' ', '[', ']', '$&', '$1', '[Pasted text #1 · 3 lines]x'.slice(0, 12))
    fc.assert(
      fc.property(fc.array(fc.tuple(around, long), {maxLength: 4}), around, (parts, end) => {
        const draft = parts.map(([before, text]) => before + texts.fold(text)).join('') + end
        expect(draft).not.to.include('\n')
        expect(texts.expand(draft).text).to.equal(parts.map(([before, text]) => before + text).join('') + end)
      }),
      {numRuns: runs(100, 20)},
    )
  })

  it('are labels again when an editor gives them back, also where one is a part of another, and mean the same', () => {
    const texts = open()
    const rows = fc.array(fc.constantFrom('a', 'b', '1', 'Pasted text'), {minLength: 11, maxLength: 13})
    const long = rows.map((words) => words.join('\n'))
    const one = texts.fold(lines(12))
    const part = fc.oneof(
      long.map((text) => texts.fold(text)),
      fc.tuple(long, long).map((both) => texts.fold(both.join('\n'))),
      fc.constantFrom(one, ' see ', '1', '\n', texts.keep('1', 'Command output'), texts.keep('', 'Command output')),
    )
    fc.assert(
      fc.property(fc.array(part, {maxLength: 6}), fc.constantFrom('', 'added', '\n1'), (parts, added) => {
        const draft = parts.join('')
        const edited = texts.expand(draft).text + added
        const folded = texts.refold(edited, draft)
        expect(texts.expand(folded).text).to.equal(edited)
        if (draft.includes(one)) expect(folded).to.include(one)
        expect(folded.split('\n').length).to.be.at.most(edited.split('\n').length)
      }),
      {numRuns: runs(300, 60)},
    )
  })

  it('come back in another run, by a draft or the history, also where the number is another one there', () => {
    const one = open()
    const draft = `see ${one.fold(lines(20, 'one'))}`
    const references = one.references(draft)
    new History(path.join(home, 'history'), one).add(draft)
    expect(readFileSync(path.join(home, 'history'), 'utf8').length).to.be.below(200)

    const other = open()
    expect(other.fold(lines(20, 'other'))).to.equal('[Pasted text #1 · 20 lines]')
    const adopted = other.adopt(draft, references)
    expect(adopted).to.equal('see [Pasted text #2 · 20 lines]')
    expect(other.expand(adopted).text).to.equal(`see ${lines(20, 'one')}`)

    const third = open()
    const [entry = ''] = new History(path.join(home, 'history'), third).entries
    expect(third.expand(entry).text).to.equal(`see ${lines(20, 'one')}`)
    expect(third.fold(lines(20, 'third'))).to.equal('[Pasted text #2 · 20 lines]')
  })

  it('leave histories readable that know nothing of them', () => {
    const file = path.join(home, 'history')
    writeFileSync(
      file,
      `"old"\n{"text":"new"}\n{"text":"odd","pasted":7}\n{"text":9}\n[]\n${JSON.stringify(lines(300))}\n`,
    )
    expect(new History(file, open()).entries).to.deep.equal(['old', 'new', 'odd', lines(300)])
    expect(new History(file).entries[0]).to.equal('old')
  })

  it('are missed where they are gone, and lead nowhere else', () => {
    const one = open()
    const draft = one.fold(lines(20))
    const references = one.references(draft)
    rmSync(folder(), {recursive: true})
    const other = open()
    expect(other.adopt(draft, references)).to.equal(draft)
    expect(other.expand(draft)).to.deep.equal({text: draft, missing: [draft]})
    for (const name of ['../../etc/passwd', '/etc/passwd', '', 7, null, {}]) {
      const third = open()
      expect(third.expand(third.adopt(draft, {[draft]: name}))).to.deep.equal({text: draft, missing: []})
    }
  })

  it('stay text where they cannot be kept', () => {
    writeFileSync(folder(), 'in its way')
    expect(open().fold(lines(20))).to.equal(lines(20))
  })

  it('are pruned, the oldest first, but for those of drafts', () => {
    const texts = open()
    const first = texts.references(texts.fold(lines(20, 'first'))) ?? {}
    const second = texts.references(texts.fold(lines(20, 'second'))) ?? {}
    writeFileSync(path.join(home, 'outbox', 'k.json'), JSON.stringify({pasted: first}))
    for (let at = 0; at < 210; at++) texts.fold(lines(20, `more ${at}`))
    expect(readdirSync(folder()).length).to.be.at.most(200)
    expect(existsSync(path.join(folder(), `${Object.values(first)[0]}.txt`))).to.equal(true)
    expect(existsSync(path.join(folder(), `${Object.values(second)[0]}.txt`))).to.equal(false)
    expect(labelsIn(texts.fold(lines(20, 'first')))).to.have.lengthOf(1)
  })
})
