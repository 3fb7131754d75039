import {EventEmitter, once} from 'node:events'
import {expect} from 'chai'
import {PagerDesk} from '../../../src/tui/pager/desk.js'
import {Store} from '../../../src/tui/state/store.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {Printer} from '../../../src/tui/transcript/printer.js'
import {freshChat, told} from '../../helpers/chat-state.js'

describe('what opens the pager', () => {
  it('gives the terminal back to the chat where the pager cannot be drawn, and says so', async () => {
    const store = new Store(freshChat())
    const output = 'line\n'.repeat(100)
    store.dispatch(told({type: 'tool.complete', payload: {tool_id: 't', name: 'terminal', result: {output}}}))
    const happened = new EventEmitter()
    const notices: string[] = []
    const style = createStyle({TERM: 'dumb'})
    const printer = new Printer({look: {style}, width: () => 80})
    let taken = 0
    const stdin = Object.assign(new EventEmitter(), {setRawMode: () => {}})
    const stdout = Object.assign(new EventEmitter(), {
      columns: 80,
      rows: 24,
      writable: true,
      write: () => {
        throw new Error('this terminal is broken')
      },
    })
    const desk = new PagerDesk({
      chat: {
        store,
        get state() {
          return store.state
        },
        notice: (_tone: string, text: string) => notices.push(text),
      },
      printer,
      look: {style},
      stdin,
      stdout,
      giveBack: () => () => taken++,
      suspend: () => {},
      drawAgain: () => happened.emit('drawn'),
    } as unknown as ConstructorParameters<typeof PagerDesk>[0])
    desk.open()
    await once(happened, 'drawn')
    expect(taken).to.equal(1)
    expect(printer.held).to.equal(false)
    expect(desk.isOpen).to.equal(false)
    expect(notices).to.deep.equal(["what is folded can't be opened: this terminal is broken"])
  })
})
