import {appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {HISTORY_LIMIT, History, type HistoryWalk, walkHistory} from '../../../src/tui/composer/history.js'

describe('History', () => {
  let folder: string
  let file: string

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-history-'))
    file = path.join(folder, 'home', 'chat_history')
  })

  afterEach(() => rmSync(folder, {recursive: true, force: true}))

  it('keeps entries of several lines for the next run, in a private file', () => {
    new History(file).add('one\ntwo')
    expect(new History(file).entries).to.deep.equal(['one\ntwo'])
    expect(statSync(file).mode & 0o777).to.equal(0o600)
  })

  it('adds no blank and no repeated entry', () => {
    const history = new History(file)
    for (const text of ['a', 'a', '  ', 'b']) history.add(text)
    expect(history.entries).to.deep.equal(['a', 'b'])
  })

  it('takes entries of two runs at the same time, and survives a torn line', () => {
    const one = new History(file)
    const two = new History(file)
    one.add('from one')
    two.add('from two')
    appendFileSync(file, '"torn')
    expect(new History(file).entries).to.deep.equal(['from one', 'from two'])
  })

  it('keeps the last entries and cuts the file back', () => {
    const lines = Array.from({length: 2 * HISTORY_LIMIT + 1}, (_, index) => JSON.stringify(`entry ${index}`))
    new History(file).add('makes the folder')
    writeFileSync(file, `${lines.join('\n')}\n`)
    const history = new History(file)
    expect(history.entries).to.have.length(HISTORY_LIMIT)
    expect(history.entries.at(-1)).to.equal(`entry ${2 * HISTORY_LIMIT}`)
    expect(readFileSync(file, 'utf8').trim().split('\n')).to.have.length(HISTORY_LIMIT)
  })

  it('does not stop a prompt when the file cannot be written', () => {
    writeFileSync(path.join(folder, 'home'), 'a file where the folder should be')
    const history = new History(file)
    history.add('still here')
    expect(history.entries).to.deep.equal(['still here'])
  })
})

describe('walkHistory', () => {
  it('goes back and forth and brings the draft again', () => {
    const entries = ['one', 'two']
    const steps: string[] = []
    let walk: HistoryWalk = {back: 0, draft: ''}
    let text = 'draft'
    for (const delta of [1, 1, 1, -1, -1, -1] as const) {
      const step = walkHistory(entries, walk, text, delta)
      if (step) ({walk, text} = step)
      steps.push(text)
    }
    expect(steps).to.deep.equal(['two', 'one', 'one', 'two', 'draft', 'draft'])
  })
})
