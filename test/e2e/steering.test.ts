import {expect} from 'chai'
import {type OpenAiServer, startOpenAiServer} from '../fixtures/openai-server.js'
import {programPath} from '../helpers/pty/chat.js'
import {PtyScreen} from '../helpers/pty/pty.js'
import {useChats} from '../helpers/pty/suite.js'

if (process.platform !== 'win32')
  describe('steering, end to end', function () {
    this.timeout(60_000)
    const suite = useChats()
    let server: OpenAiServer
    let screens: PtyScreen[] = []
    /** Lets a step of the model end. */
    let step: () => void = () => {}

    beforeEach(async () => {
      const waiting: (() => void)[] = []
      step = () => waiting.shift()?.()
      server = await startOpenAiServer(async ({messages}) => {
        const results = messages.filter(({role}) => role === 'tool').length
        await new Promise<void>((resolve) => waiting.push(resolve))
        const call = {id: `call_${results}`, name: 'session_search', arguments: `{"query":"${results}"}`}
        // It works until it is told to end.
        return messages.some(({role, content}) => role === 'user' && content?.includes('to the end'))
          ? {kind: 'stream', text: ['all is done']}
          : {kind: 'stream', text: [`step${results} `], toolCalls: [call]}
      })
      const provider = `providers:\n  mine:\n    baseUrl: ${server.url}\n    apiKey: k\n`
      suite.home.configure(`discoverLocal: false\nmodel: mine/any\n${provider}`)
    })
    afterEach(async () => {
      for (const screen of screens) screen.dispose()
      screens = []
      await server.close()
    })

    const asked = () => server.requests.filter(({chat}) => chat).length
    const lastSent = () => JSON.stringify(server.requests.filter(({chat}) => chat).at(-1)?.chat?.messages)

    function open(args: readonly string[], env: Record<string, string> = {}): PtyScreen {
      const {cwd} = suite.home
      const options = {file: process.execPath, args: [programPath, ...args], env: suite.home.env(env), cwd}
      const screen = new PtyScreen(options)
      screens.push(screen)
      return screen
    }

    it('by Ctrl+Enter is told at the next step, after kill -9 of the gateway too, and a watcher sees where', async () => {
      const chat = suite.start()
      await chat.ready()
      await chat.submit('go')
      await chat.waitFor(() => asked() === 1, {what: 'the model to be asked'})
      const watcher = open(['attach', '--watch'])
      await watcher.waitFor('watching ')
      chat.type('the first words')
      chat.press('ctrl-enter')
      await chat.waitFor(/at its next step ↳ the first words/)
      await chat.waitFor(() => {
        // What was sent may come a step later. Steps that go on would scroll it away before it is looked at.
        if (!lastSent().includes('the first words')) step()
        return /^↳ the first words/m.test(chat.scrollback())
      })
      await watcher.waitFor(() => /^↳ the first words/m.test(watcher.scrollback()))
      await chat.waitFor(() => lastSent().includes('the first words'), {what: 'the model to be told'})
      chat.type('come to the end')
      chat.press('ctrl-enter')
      await chat.waitFor(/at its next step ↳ come to the end/)
      await chat.killGateway()
      await chat.waitFor('session recovered')
      // With nothing of that turn at work it is a prompt; whichever it is, the model is told it once.
      await chat.waitFor(() => lastSent().includes('come to the end'), {what: 'the model to be told'})
      step()
      step()
      await chat.waitFor(() => {
        step()
        return chat.screen().includes('all is done')
      })
      await chat.ready()
      const text = chat.scrollback()
      expect(text.match(/^[↳›] the first words/gm)).to.have.lengthOf(1)
      expect(text.match(/^[↳›] come to the end/gm)).to.have.lengthOf(1)
      expect(lastSent().split('the first words')).to.have.lengthOf(2)
      expect(lastSent().split('come to the end')).to.have.lengthOf(2)
    })

    it('is told once when the screen is killed with -9 and its gateway works on', async () => {
      for (const meanwhile of [false, true]) {
        const before = asked()
        const chat = suite.start()
        await chat.ready()
        await chat.submit('go')
        await chat.waitFor(() => asked() === before + 1, {what: 'the model to be asked'})
        chat.type('words to the end')
        chat.press('ctrl-enter')
        await chat.waitFor(/at its next step ↳ words to/)
        chat.signal('SIGKILL')
        await chat.waitForExit()
        if (meanwhile) {
          step()
          await chat.waitFor(() => asked() === before + 2, {what: 'the next step, without a screen'})
        }
        const again = suite.start(['-c'])
        await again.waitFor(() => {
          step()
          return again.screen().includes('all is done')
        })
        await again.ready()
        expect(again.scrollback().match(/^[↳›] words to the end/gm)).to.have.lengthOf(1)
        expect(lastSent().split('words to the end')).to.have.lengthOf(2)
        expect(again.screen()).to.not.include('queued')
        await again.quit()
      }
    })

    it('by /steer works where lines are only appended', async () => {
      const chat = open(['chat'], {TERM: 'dumb'})
      await chat.waitFor(/^> ?$/m)
      chat.type('go\r')
      await chat.waitFor(() => asked() === 1, {what: 'the model to be asked'})
      chat.type('/steer some words\r')
      await chat.waitFor('the reply is told it at its next step')
      await chat.waitFor(() => {
        // What was sent may come a step later.
        step()
        return chat.scrollback().includes('you, to the reply: some words')
      })
      await chat.waitFor(() => lastSent().includes('some words'), {what: 'the model to be told'})
    })
  })
