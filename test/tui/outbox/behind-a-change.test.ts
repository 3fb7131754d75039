import path from 'node:path'
import {expect} from 'chai'
import {ensureBuilt, root} from '../../helpers/build.js'
import {ChatSetup, idle, said, until} from '../chat-setup.js'

describe('a prompt behind a change of how it is answered', () => {
  let setup: ChatSetup

  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })

  beforeEach(() => {
    setup = new ChatSetup([process.execPath, path.join(root, 'dist', 'gateway', 'main.js')])
  })

  afterEach(() => setup.dispose())

  it('is answered by the model that was chosen just before it, and waits for it on screen', async () => {
    const chat = setup.start({HOME: setup.home, HERMES_HOME: path.join(setup.home, 'hermes'), HERMES_MODEL: 'offline'})
    await until(chat, () => chat.state.session.key !== undefined && idle(chat)())
    chat.submit('/model offline/3')
    chat.submit('hello')
    expect(chat.state.prompts.map(({state}) => state)).to.deep.equal(['queued'])
    await until(chat, () => said(chat) !== '' && idle(chat)())
    expect(said(chat)).to.include('word0 word1 word2')
    expect(chat.state.items.some((item) => 'text' in item && /busy/.test(item.text))).to.equal(false)
  })
})
