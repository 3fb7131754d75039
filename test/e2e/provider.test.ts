import {expect} from 'chai'
import {type OpenAiServer, startOpenAiServer} from '../fixtures/openai-server.js'
import {upTo, useChats} from '../helpers/pty/suite.js'
import {someOf} from '../helpers/sample.js'

describe('providers, end to end', () => {
  const suite = useChats()
  let server: OpenAiServer

  beforeEach(async () => {
    server = await startOpenAiServer(undefined, {key: 'sk-right'})
  })
  afterEach(() => server.close())

  const configure = (model: string, {url = server.url, key = 'sk-right'} = {}) =>
    suite.home.configure(
      `discoverLocal: false\nmodels:\n  retries: 0\nmodel: mine/${model}\nproviders:\n  mine:\n    baseUrl: ${url}\n    apiKey: ${key}\n`,
    )

  it('chats with a server named in the configuration', async () => {
    configure('pace-40-200')
    const chat = suite.start()
    await chat.ready()
    await chat.submit('hello there')
    await chat.waitFor('word39')
    await chat.ready()
    expect(chat.words()).to.deep.equal(upTo(40))
    expect(chat.screen()).to.include('mine/pace-40-200')
    const [asked] = server.requests.flatMap((request) => request.chat ?? [])
    expect(asked?.messages.at(-1)).to.include({role: 'user', content: 'hello there'})
  })

  const failures: [name: string, model: string, says: RegExp, options?: {url?: string; key?: string}][] = [
    ['a wrong key', 'fast', /key/i, {key: 'sk-wrong'}],
    ['an unknown model', 'status-404', /status-404/],
    ['a limit and how long it lasts', 'status-429-20', /20 ?s/],
    ['a stream that drops', 'drop-after-5', /(broke|closed|dropped|ended|lost)/i],
    ['an address where nobody answers', 'fast', /127\.0\.0\.1:9/, {url: 'http://127.0.0.1:9/v1'}],
  ]
  for (const [name, model, says, options] of someOf(failures, 2)) {
    it(`tells of ${name} in one line, keeps the prompt, and lives on`, async () => {
      configure(model, options)
      const chat = suite.start()
      await chat.ready()
      await chat.submit('hello there')
      await chat.waitFor('✖', {timeout: 15_000})
      await chat.ready()
      const lines = chat.scrollback().split('\n')
      expect(lines.filter((line) => line.startsWith('✖'))).to.have.length(1)
      expect(lines.slice(lines.findIndex((line) => line.startsWith('✖'))).join(' ')).to.match(says)
      expect(chat.scrollback()).to.include('› hello there')
      await chat.quit()

      const again = suite.start(['-c'])
      await again.ready()
      expect(again.scrollback()).to.include('› hello there')
    })
  }
})
