import {createServer, type IncomingMessage, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {expect} from 'chai'
import {useChats} from '../../helpers/pty/suite.js'

describe('the first screen of a newcomer', () => {
  const suite = useChats()
  let server: Server | undefined
  afterEach(() => server?.close())

  for (const [cols, rows] of [
    [80, 24],
    [40, 15],
  ] as const) {
    it(`tells how there is a model before anything is typed, at ${cols}x${rows}, and is gone once one is configured`, async () => {
      const chat = suite.start([], {cols, rows})
      await chat.waitFor('Welcome')
      await chat.ready()
      // All of it.
      expect(chat.screen()).to.contain('hermes 0').and.contain('Welcome')
      expect(chat.screen().replaceAll(/\s+/g, ' ')).to.contain('ANTHROPIC_API_KEY').and.contain('hermes config path')
      await chat.quit()

      suite.home.configure('discoverLocal: false\nmodel: offline/200@1000\n')
      const again = suite.start([], {cols, rows})
      await again.ready()
      await again.submit('hello')
      await again.waitFor('word199')
      expect(again.scrollback()).to.not.contain('Welcome')
      await again.quit()
    })
  }

  it('names a key that is set, and asks nobody about it', async () => {
    const asked: IncomingMessage[] = []
    server = createServer((request, response) => {
      asked.push(request)
      response.end()
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    const {port} = server.address() as AddressInfo
    const env = {OPENAI_API_KEY: 'sk-none', OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, ANTHROPIC_API_KEY: 'none'}
    const chat = suite.start([], {env})
    await chat.waitFor('Found anthropic (ANTHROPIC_API_KEY is set), openai (OPENAI_API_KEY is set)')
    await chat.ready()
    await chat.quit()
    expect(asked).to.have.length(0)
  })
})
