import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {History} from '../../../src/tui/composer/history.js'
import {PastedTexts} from '../../../src/tui/composer/pasted.js'
import {SavedInput} from '../../../src/tui/outbox/saved-input.js'
import {initialState} from '../../../src/tui/state/state.js'
import {Store} from '../../../src/tui/state/store.js'

describe('what a person typed', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'hermes-saved-'))
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))

  const pastes = () => new PastedTexts(path.join(home, 'pasted'), path.join(home, 'outbox'))

  it('is called kept only while it can be written, and told once when it cannot', () => {
    const view = {phase: 'live'} as Parameters<typeof initialState>[0]['view']
    const store = new Store(initialState({view, showReasoning: false, cwd: home}))
    const folder = path.join(home, 'outbox')
    new SavedInput(store, new History(path.join(home, 'history')), pastes(), {folder, cwd: '/here'})
    const type = (text: string) => store.dispatch({type: 'edit', action: {type: 'insert', text}})
    type('a')
    expect(store.state.inputSaved).to.equal(true)
    rmSync(folder, {recursive: true})
    writeFileSync(folder, 'in its way')
    for (const letter of 'bcd') type(letter)
    expect(store.state.inputSaved).to.equal(false)
    expect(store.state.items.map((item) => (item.kind === 'notice' ? item.text : ''))).to.have.length(1)
    rmSync(folder)
    type('e')
    expect(store.state.inputSaved).to.equal(true)
    rmSync(home, {recursive: true})
    type('f')
    // The folder is made anew, and what is in it is kept.
    expect(store.state.inputSaved).to.equal(true)
    mkdirSync(home, {recursive: true})
  })

  it('comes back from a run that died, is told of once its session is known, and is seen when it goes out', () => {
    const view = {phase: 'live'} as Parameters<typeof initialState>[0]['view']
    const folder = path.join(home, 'outbox')
    const open = () => {
      const store = new Store(initialState({view, showReasoning: false, cwd: home}))
      const saved = new SavedInput(store, new History(path.join(home, 'history')), pastes(), {folder, cwd: '/here'})
      return {store, saved}
    }
    const died = open()
    const prompt = {id: 'p', text: 'said before', state: 'queued', shown: false} as const
    died.store.dispatch({type: 'enqueue', prompt})
    died.store.dispatch({type: 'submitting', id: 'p', now: 1})
    died.saved.stop()

    const {store, saved} = open()
    const lines = () => store.state.items.map((item) => ('text' in item ? item.text : ''))
    saved.takeOrphans()
    expect(store.state.prompts).to.deep.equal([prompt])
    expect(lines()).to.deep.equal([])
    saved.openSession('k', {leaving: false, blank: true}).announceRestored()
    expect(lines().join()).to.include('a prompt of the last run came back in the queue')
    store.dispatch({type: 'submitting', id: 'p', now: 1})
    expect(lines().at(-1)).to.equal('said before')
  })
})
