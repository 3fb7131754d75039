import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {bindingsOf, collide, findAction} from '../../src/keys/bindings.js'
import {parseKeys, shownKeys, spellingsOf} from '../../src/keys/spelling.js'
import {type KeyContext, type KeyState, keyTable, layers} from '../../src/keys/table.js'
import {keySections} from '../../src/keys/text.js'
import {pressed} from './press.js'

const states = Object.keys(layers) as KeyState[]

describe('the table of keys', () => {
  it('names each action once, and each key once in a context', () => {
    const actions = keyTable.map(({action}) => action)
    expect(new Set(actions).size).to.equal(actions.length)
    for (const state of states) {
      for (const context of layers[state] as readonly KeyContext[]) {
        const keys = keyTable.filter((row) => row.context === context).flatMap((row) => row.keys)
        for (const [index, one] of keys.entries()) {
          for (const other of keys.slice(0, index))
            expect(collide(one, other), `${context}: ${one}, ${other}`).to.equal(false)
        }
      }
    }
  })

  it('is spelled as it is read, and reads what it shows but for arrows', () => {
    for (const {keys} of keyTable) {
      for (const one of keys) {
        expect(parseKeys(one), one).to.deep.equal({keys: one})
        const shown = shownKeys(one)
        if (!/[←→↑↓]/.test(shown)) expect(parseKeys(shown), shown).to.deep.equal({keys: one})
      }
    }
  })

  it('is obeyed in each state, the topmost layer first', () => {
    const bindings = bindingsOf({})
    let tried = 0
    for (const state of states) {
      const contexts: readonly KeyContext[] = layers[state]
      for (const row of keyTable.filter(({context}) => contexts.includes(context))) {
        for (const keys of row.keys) {
          const parts = keys.split(' ').map(pressed)
          let begun = ''
          let found: ReturnType<typeof findAction>
          for (const press of parts) {
            found = findAction(bindings, state, press, begun)
            begun = found && 'begun' in found ? found.begun : ''
          }
          const owners = keyTable.filter(
            (other) => contexts.includes(other.context) && other.keys.some((key) => collide(key, keys)),
          )
          const first = owners.sort((a, b) => contexts.indexOf(a.context) - contexts.indexOf(b.context))[0]
          expect(found, `${state}: ${keys}`).to.deep.equal({action: first?.action})
          tried++
        }
      }
    }
    console.log(`      ${tried} keys in ${states.length} states`)
  })

  it('gives Esc one meaning at most in each state, and none while something is typed and nothing runs', () => {
    const bindings = bindingsOf({})
    const meanings = Object.fromEntries(states.map((state) => [state, findAction(bindings, state, pressed('escape'))]))
    expect(meanings).to.deep.equal({
      question: {action: 'question-decline'},
      answer: {action: 'answer-close'},
      list: {action: 'list-close'},
      queue: {action: 'queue-close'},
      search: {action: 'search-close'},
      announced: {action: 'decline-announced'},
      turn: {action: 'interrupt'},
      down: undefined,
      empty: {begun: 'escape'},
      composer: undefined,
      menu: {action: 'menu-close'},
      sessions: undefined,
      pager: {action: 'pager-close'},
    })
  })

  it('is what the README and the documentation say', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    const keys = readFileSync(new URL('../../docs/keys.md', import.meta.url), 'utf8')
    const plain = (text: string) => text.replaceAll('\\', '').replaceAll('&lt;', '<')
    for (const {context, title, rows} of keySections(bindingsOf({}).rows)) {
      expect(keys).to.include(`## ${title}`)
      for (const row of rows) {
        expect(plain(keys), row.action).to.include(plain(`| ${row.keys} | ${row.doc} |`))
        if (context === 'composer' || context === 'turn')
          expect(plain(readme)).to.include(plain(`| ${row.keys} | ${row.doc} |`))
      }
    }
  })

  it('knows a key by all that terminals call it', () => {
    const key = (name: string, more = {}) => ({name, ctrl: false, alt: false, shift: false, ...more})
    expect(spellingsOf(key('_', {ctrl: true}))).to.include('ctrl+_')
    expect(spellingsOf(key('-', {ctrl: true, shift: true}))).to.include('ctrl+-')
    expect(spellingsOf(key('[', {ctrl: true}))).to.include('escape')
    expect(spellingsOf(key('return', {shift: true}))).to.deep.equal(['shift+enter', 'enter'])
    expect(spellingsOf(key('text', {text: 'K', shift: true}))).to.deep.equal(['K'])
    expect(spellingsOf(key('newline'))).to.deep.equal(['ctrl+j'])
  })
})
