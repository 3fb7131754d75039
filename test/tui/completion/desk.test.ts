import {expect} from 'chai'
import fc from 'fast-check'
import {fuzzyScore} from '../../../src/fuzzy.js'
import {slashCommands} from '../../../src/tui/commands/registry.js'
import type {SlashCommand} from '../../../src/tui/commands/types.js'
import {CompletionDesk} from '../../../src/tui/completion/desk.js'
import {Store} from '../../../src/tui/state/store.js'
import {freshChat} from '../../helpers/chat-state.js'
import {hostileName} from '../../helpers/hostile/hostile-names.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'

interface Request {
  method: string
  params: Record<string, unknown>
  answer(result: Record<string, unknown>): Promise<void>
  fail(): Promise<void>
}

/** A desk on a real store; the test is the gateway, and the terminal. */
function setup(commands: readonly SlashCommand[] = slashCommands, state = freshChat()) {
  const store = new Store(state)
  const requests: Request[] = []
  const entered: string[] = []
  const settle = async () => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
  const desk = new CompletionDesk({
    store,
    commands: () => commands,
    request: (method, params) =>
      new Promise((resolve, reject) => {
        const answer = async (result: Record<string, unknown>) => {
          resolve(result)
          await settle()
        }
        const fail = async () => {
          reject(new Error('gone'))
          await settle()
        }
        requests.push({method, params, answer, fail})
      }),
    submit(text) {
      entered.push(text)
      store.dispatch({type: 'edit', action: {type: 'load', text: ''}})
    },
  })
  const type = (text: string) => {
    for (const letter of text) store.dispatch({type: 'edit', action: {type: 'insert', text: letter}})
  }
  const press = (name: string, more: {ctrl?: boolean; burst?: boolean} = {}) =>
    desk.press({name, ctrl: false, alt: false, shift: false, ...more})
  const labels = () => store.state.menu?.choices.map(({label}) => label)
  const chosen = () => store.state.menu?.choices[store.state.menu.selected]?.label
  return {store, desk, requests, entered, type, press, labels, chosen, text: () => store.state.editor.text}
}

const models = {
  providers: [
    {slug: 'offline', name: 'offline', models: ['offline'], authenticated: true},
    {slug: 'x', name: 'X', models: ['x/large', 'x/small'], authenticated: false},
  ],
  model: 'offline',
}

describe('the list of commands', () => {
  it('opens by a slash, narrows by letters, and is chosen from with arrows or Ctrl+N and Ctrl+P', () => {
    const {type, press, labels, chosen, text} = setup()
    type('/')
    expect(labels()).to.include.members(['/help', '/quit'])
    expect(chosen(), 'nobody has chosen yet').to.equal(undefined)
    type('mo')
    expect(labels()?.slice(0, 2)).to.deep.equal(['/mode', '/model'])
    expect(chosen()).to.equal('/mode')
    expect(press('down')).to.equal(true)
    expect(chosen()).to.equal('/model')
    press('p', {ctrl: true})
    expect(chosen()).to.equal('/mode')
    press('n', {ctrl: true})
    press('tab')
    expect(text()).to.equal('/model ')
  })

  it('runs what is chosen by Enter, but not for who has not seen it', () => {
    const {type, press, entered, store} = setup()
    type('/stus')
    expect(press('return', {burst: true})).to.equal(false)
    expect(press('return')).to.equal(true)
    expect(entered).to.deep.equal(['/status'])
    expect(store.state.menu).to.equal(undefined)
  })

  it('writes a command first that does nothing without words', () => {
    const {type, press, entered, text} = setup()
    type('/sear')
    press('return')
    expect(text()).to.equal('/search ')
    expect(entered).to.deep.equal([])
  })

  it('runs no command of which the beginning of another name was typed', () => {
    for (const {aliases} of slashCommands) {
      for (const alias of aliases) {
        for (let length = 1; length < alias.length; length++) {
          const {type, chosen} = setup()
          type(`/${alias.slice(0, length)}`)
          const command = slashCommands.find(({name}) => `/${name}` === chosen())
          if (command?.aliases.includes(alias)) {
            expect(fuzzyScore(alias.slice(0, length), command.name), `/${alias.slice(0, length)}`).to.not.equal(
              undefined,
            )
          }
        }
        const {type, chosen} = setup()
        type(`/${alias}`)
        expect(chosen(), 'the whole of it').to.equal(
          `/${slashCommands.find((one) => one.aliases.includes(alias))?.name}`,
        )
      }
    }
  })

  it('is closed by Esc alone, with the draft as it was, and stays closed for that word', () => {
    const {type, press, labels, text} = setup()
    type('/he')
    expect(press('escape')).to.equal(true)
    expect(press('escape'), 'the next Esc is not for it').to.equal(false)
    type('l')
    expect(labels()).to.equal(undefined)
    expect(text()).to.equal('/hel')
    expect(press('tab'), 'Tab opens it again').to.equal(true)
    expect(labels()?.[0]).to.equal('/help')
  })

  it('does not open by a draft that came otherwise', () => {
    const {store, labels} = setup()
    store.dispatch({type: 'edit', action: {type: 'set', text: '/help'}})
    expect(labels()).to.equal(undefined)
    store.dispatch({type: 'edit', action: {type: 'load', text: '/help'}})
    expect(labels()).to.equal(undefined)
    store.dispatch({type: 'edit', action: {type: 'paste', text: '/help'}})
    expect(labels()).to.equal(undefined)
  })
})

describe('the list of arguments', () => {
  it('is asked for when the argument is begun, once, and never before', async () => {
    const {type, requests, labels, press, text} = setup()
    type('/model')
    expect(requests).to.have.lengthOf(0)
    type(' x')
    expect(requests.map(({method}) => method)).to.deep.equal(['model.options'])
    expect(labels(), 'nobody waits').to.equal(undefined)
    type('l')
    await requests[0]?.answer(models)
    expect(labels()).to.deep.equal(['x/large', 'x/small'])
    type('a')
    expect(labels()).to.deep.equal(['x/large'])
    press('tab')
    expect(text()).to.equal('/model x/large ')
    expect(requests).to.have.lengthOf(1)
  })

  it('leaves Enter alone where more may be meant than is listed', async () => {
    const {type, requests, press, entered} = setup()
    type('/model x')
    await requests[0]?.answer(models)
    expect(press('return'), 'x itself').to.equal(false)
    press('down')
    expect(press('return')).to.equal(true)
    expect(entered).to.deep.equal(['/model x/large'])
  })

  it('is none of a slow or dead gateway', async () => {
    const slow = setup()
    slow.type('/resume a')
    slow.type('bc')
    expect(slow.press('return')).to.equal(false)
    slow.store.dispatch({type: 'edit', action: {type: 'load', text: ''}})
    await slow.requests[0]?.answer({sessions: [{id: 'k', title: 'abc'}]})
    expect(slow.store.state.menu).to.equal(undefined)
    const dead = setup()
    dead.type('/resume a')
    await dead.requests[0]?.fail()
    expect(dead.store.state.menu).to.equal(undefined)
    const fresh = freshChat()
    const none = setup(slashCommands, {...fresh, view: {...fresh.view, phase: 'starting'}})
    none.type('/resume a')
    expect(none.requests).to.have.lengthOf(0)
  })

  it('has what a command says of itself', () => {
    const {type, chosen, press, entered} = setup()
    type('/theme li')
    expect(chosen()).to.equal('light')
    press('return')
    expect(entered).to.deep.equal(['/theme light'])
    type('/queue c')
    expect(chosen()).to.equal('clear')
  })

  it('takes a title for a session where it means one, and a key where it does not', async () => {
    const {type, requests, press, text, store} = setup()
    type('/resume same')
    await requests[0]?.answer({
      sessions: [
        {id: 'k1', title: 'same'},
        {id: 'k2', title: 'same'},
        {id: 'k3', title: 'same but other'},
        {id: 'k4', title: 'same\n\x1b[2J'},
      ],
    })
    expect(store.state.menu?.choices.map(({insert}) => insert)).to.have.members(['k1', 'k2', 'same but other', 'k4'])
    press('down')
    press('tab')
    expect(text()).to.match(/^\/resume k[12] $/)
  })
})

describe('the list of paths', () => {
  it('follows what is typed, one request at a time, and goes on in folders', async () => {
    const {type, requests, press, text, labels} = setup()
    type('see @s')
    type('r')
    expect(requests.map(({params}) => params.word)).to.deep.equal(['@'])
    await requests[0]?.answer({
      items: [
        {text: '@src/', display: 'src/', meta: ''},
        {text: '@sun', display: 'sun'},
      ],
    })
    expect(labels(), 'what does not fit any more is gone').to.deep.equal(['src/'])
    expect(requests.map(({params}) => params.word)).to.deep.equal(['@', '@sr'])
    await requests[1]?.answer({items: [{text: '@src/', display: 'src/', meta: ''}]})
    press('tab')
    expect(text()).to.equal('see @src/')
    expect(labels(), 'the folder itself is no choice in it').to.equal(undefined)
    expect(press('tab')).to.equal(true)
    expect(text()).to.equal('see @src/')
    expect(requests[2]?.params.word).to.equal('@src/')
    await requests[2]?.answer({items: [{text: '@"src/a b/"', display: 'src/a b/'}]})
    press('tab')
    expect(text()).to.equal('see @"src/a b/"')
    type('x')
    expect(text(), 'inside of the quotes').to.equal('see @"src/a b/x"')
    await requests[3]?.answer({items: []})
    expect(requests.at(-1)?.params.word).to.equal('@"src/a b/x')
    await requests.at(-1)?.answer({items: [{text: '@"src/a b/x.ts"', display: 'src/a b/x.ts'}]})
    press('return')
    expect(text()).to.equal('see @"src/a b/x.ts" ')
  })

  it('takes nothing that would not stand in the prompt as what it is', async () => {
    let tried = 0
    await fc.assert(
      fc.asyncProperty(fc.array(hostileName, {maxLength: 5}), async (names) => {
        tried++
        const {type, requests, store} = setup()
        type('@')
        await requests[0]?.answer({items: names.map((name) => ({text: name, display: name, meta: name}))})
        for (const {insert} of store.state.menu?.choices ?? []) expect(insert).not.to.match(/\p{C}/u)
      }),
    )
    tellTried(tried, 'lists of hostile names')
  })
})

describe('the list, whatever is pressed', () => {
  it('holds what fits, and leaves the cursor in the draft', async () => {
    const step = fc.oneof(
      fc.constantFrom('/', '@', 'm', 'o', ' ', 's', '"').map((text) => ({text})),
      fc.constantFrom('tab', 'up', 'down', 'escape', 'return', 'backspace', 'left').map((key) => ({key})),
      fc.constant({answer: true}),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, {maxLength: 30}), async (steps) => {
        const {type, press, store, requests} = setup()
        for (const one of steps) {
          if ('text' in one) type(one.text)
          else if ('answer' in one) {
            await requests.shift()?.answer({...models, items: [{text: '@src/', display: 'src/'}], sessions: []})
          } else if (!press(one.key) && (one.key === 'backspace' || one.key === 'left')) {
            store.dispatch({type: 'edit', action: {type: one.key}})
          }
          const {menu, editor} = store.state
          expect(editor.cursor).to.be.within(0, editor.text.length)
          if (!menu) continue
          expect(menu.choices).not.to.have.lengthOf(0)
          expect(menu.selected).to.be.within(-1, menu.choices.length - 1)
          expect(menu.from).to.be.within(0, editor.text.length)
          expect(menu.to).to.be.within(menu.from, editor.text.length)
        }
      }),
      {numRuns: runs(500, 100)},
    )
  })
})
