import {expect} from 'chai'
import {openStore} from '../../src/gateway/store/index.js'
import {upTo, useChats} from '../helpers/pty/suite.js'

describe('chat, end to end', () => {
  const suite = useChats()

  /** Texts of the prompts that are stored, in order. */
  function storedPrompts(): string[] {
    const store = openStore(suite.home.database)
    try {
      const key = store.mostRecent()?.key ?? ''
      return store.messages(key).flatMap((message) => (message.role === 'user' ? [message.text] : []))
    } finally {
      store.close()
    }
  }

  it('answers, quits and leaves the terminal and no process behind', async () => {
    const chat = suite.start()
    await chat.ready()
    await chat.submit('count to 30')
    await chat.waitFor('word29')
    await chat.ready()
    expect(chat.words()).to.deep.equal(upTo(30))
    expect(await chat.quit()).to.deep.equal({code: 0, signal: undefined})
    expect(chat.modesLeft).to.deep.equal([])
    expect(await chat.outlived()).to.deep.equal([])
    expect(chat.scrollback()).to.match(/hermes chat (-c|--continue|-r|--resume)/)
  })

  it('sends the prompt of the command line', async () => {
    const chat = suite.start(['count to 5'])
    await chat.waitFor('word4')
    expect(chat.scrollback()).to.include('› count to 5')
  })

  it('takes what is typed at the very first frame, and is drawn once', async () => {
    const chat = suite.start()
    await chat.waitFor('Ask anything', {poll: false})
    for (const key of 'count') chat.type(key)
    chat.paste(' to')
    chat.type(' 5x\x7f\r')
    await chat.waitFor('word4')
    await chat.ready()
    expect(chat.words()).to.deep.equal(upTo(5))
    expect(chat.scrollback()).to.include('› count to 5\n')
    expect(chat.scrollback().match(/^hermes /gm)).to.have.length(1)
    expect(chat.scrollback().match(/^› /gm)).to.have.length(2)
  })

  it('sends what is typed before the first frame', async () => {
    const chat = suite.start()
    chat.type('count to 5\r')
    await chat.waitFor('word4')
    await chat.ready()
    expect(chat.words()).to.deep.equal(upTo(5))
    expect(storedPrompts()).to.deep.equal(['count to 5'])
  })

  it('leaves by two Ctrl+C at the very first frame', async () => {
    const chat = suite.start()
    await chat.waitFor('Ask anything', {poll: false})
    chat.press('ctrl-c', 'ctrl-c')
    expect(await chat.waitForExit()).to.include({code: 0})
    expect(chat.modesLeft).to.deep.equal([])
    expect(chat.screen()).to.not.match(/›|starting/)
  })

  it('draws the screen anew in a window that is made smaller at the very first frame', async () => {
    const chat = suite.start()
    await chat.waitFor('Ask anything', {poll: false})
    chat.resize(40, 20)
    await chat.ready()
    expect(chat.screen().match(/^hermes /gm)).to.have.length(1)
    expect(chat.screen().match(/^› /gm)).to.have.length(1)
  })

  for (const key of ['escape', 'ctrl-c'] as const) {
    it(`interrupts a reply with ${key} and goes on`, async () => {
      const chat = suite.start()
      await chat.ready()
      await chat.submit('stream 5000 tokens at 100')
      await chat.waitFor('word20')
      chat.press(key)
      await chat.waitFor('[interrupted]')
      await chat.ready()
      await chat.submit('count to 3')
      await chat.waitFor(/› count to 3\s+word0 word1 word2/)
    })
  }

  it('sends three queued prompts in order, each once', async () => {
    const chat = suite.start()
    await chat.ready()
    await chat.submit('stream 60 tokens at 50')
    await chat.waitFor('word5')
    for (const prompt of ['count to 11', 'count to 12', 'count to 13']) await chat.submit(prompt)
    await chat.waitFor('3 queued')
    await chat.waitFor('word12', {timeout: 20_000})
    await chat.ready()
    expect(chat.words()).to.deep.equal([60, 11, 12, 13].flatMap(upTo))
    expect(storedPrompts()).to.deep.equal(['stream 60 tokens at 50', 'count to 11', 'count to 12', 'count to 13'])
  })

  it('brings yesterday’s session back with -c, and one by its title with -r', async () => {
    const first = suite.start(['--title', 'Counting for beginners', 'count to 12'])
    await first.waitFor('word11')
    await first.ready()
    await first.quit()

    const second = suite.start(['count to 2'])
    await second.waitFor('word1')
    await second.ready()
    await second.quit()

    const latest = suite.start(['-c'])
    await latest.ready()
    expect(latest.words()).to.deep.equal(upTo(2))
    await latest.quit()

    const titled = suite.start(['-r', 'Counting for beginners'])
    await titled.ready()
    expect(titled.scrollback()).to.include('› count to 12')
    expect(titled.words()).to.deep.equal(upTo(12))
    await titled.submit('count to 3')
    await titled.waitFor(/› count to 3\s+word0 word1 word2/)
    await titled.ready()
    expect(storedPrompts()).to.deep.equal(['count to 12', 'count to 3'])
  })

  it('takes a paste of 200 lines as one prompt', async () => {
    const lines = upTo(200).map((index) => `line ${index} — grüße 👋`)
    const chat = suite.start()
    await chat.ready()
    chat.paste(lines.join('\n'))
    await chat.waitFor('200 lines')
    chat.press('enter')
    await chat.waitFor('offline model')
    await chat.ready()
    expect(storedPrompts()).to.deep.equal([lines.join('\n')])
  })

  it('survives a resize while it streams', async () => {
    const chat = suite.start([], {cols: 100, rows: 30})
    await chat.ready()
    await chat.submit('stream 150 tokens at 100')
    await chat.waitFor('word30')
    chat.resize(61, 18)
    await chat.waitFor('word70')
    chat.resize(120, 40)
    await chat.waitFor('word149')
    await chat.ready()
    expect([...new Set(chat.words())]).to.deep.equal(upTo(150))
    expect(await chat.quit()).to.include({code: 0})
    expect(chat.modesLeft).to.deep.equal([])
  })
})
