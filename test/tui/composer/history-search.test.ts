import {expect} from 'chai'
import fc from 'fast-check'
import {
  beginSearch,
  type HistorySearch,
  matchOf,
  searchFor,
  searchOn,
} from '../../../src/tui/composer/history-search.js'

const word = fc.string({unit: fc.constantFrom('a', 'b', 'A', '.', '*', 'é', '😀', ' ', 'İ'), maxLength: 5})

const contains = (text: string, query: string) => text.toLowerCase().includes(query.toLowerCase())

describe('the search in earlier prompts', () => {
  const entries = ['git status', 'ls', 'GIT push', 'git push', 'GIT push', 'make']
  const shown = (search: HistorySearch) => matchOf(entries, search)?.text

  it('goes to older ones and back to newer ones', () => {
    let search = searchFor(entries, beginSearch(false), 'git')
    const seen = [shown(search)]
    for (const forward of [false, false, false, true, true, true]) {
      search = searchOn(entries, search, forward)
      seen.push(`${shown(search)}${search.failed ? '!' : ''}`)
    }
    expect(seen).to.deep.equal(['GIT push', 'git push', 'GIT push', 'git status', 'GIT push', 'git push', 'GIT push'])
    expect(searchOn(entries, search, true)).to.include({failed: true})
  })

  it('begins at the oldest where it goes forward, and keeps its place while a query grows', () => {
    let search = searchFor(entries, beginSearch(true), 'g')
    expect(shown(search)).to.equal('git status')
    search = searchFor(entries, search, 'gi')
    expect(shown(search)).to.equal('git status')
    search = searchFor(entries, search, 'git p')
    expect(shown(search)).to.equal('GIT push')
    search = searchFor(entries, search, 'git px')
    expect(search).to.include({failed: true, at: undefined})
    expect(shown(searchFor(entries, search, 'git p'))).to.equal('GIT push')
  })

  it('finds what contains the query, and marks it where it stands', () => {
    fc.assert(
      fc.property(fc.array(word, {maxLength: 8}), word, fc.boolean(), (all, query, forward) => {
        let search = searchFor(all, beginSearch(forward), query)
        fc.pre(query !== '')
        const matching = all.filter((text) => matchOf(all, {...search, at: all.indexOf(text)}) !== undefined)
        const found: string[] = []
        for (let turn = 0; turn <= all.length; turn++) {
          const match = matchOf(all, search)
          if (!match || search.failed) break
          expect(
            contains(match.text.slice(match.from, match.to), query) || match.to - match.from === query.length,
          ).to.equal(true)
          found.push(match.text)
          search = searchOn(all, search, forward)
        }
        // Neighbours that are the same are one.
        const expected = (forward ? matching : matching.toReversed()).filter((text, at, list) => text !== list[at - 1])
        expect(found).to.deep.equal(expected)
        for (const text of matching)
          expect(contains(text, query) || query.includes('İ') || text.includes('İ')).to.equal(true)
      }),
    )
  })
})
