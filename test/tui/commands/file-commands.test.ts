import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {trustProject} from '../../../src/config/trust-project.js'
import type {Chat} from '../../../src/tui/chat.js'
import {ensureBuilt, root} from '../../helpers/build.js'
import {ChatSetup, until} from '../chat-setup.js'

describe('commands of files in a chat', () => {
  let setup: ChatSetup

  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })

  beforeEach(() => {
    setup = new ChatSetup([process.execPath, path.join(root, 'dist', 'gateway', 'main.js')])
  })

  afterEach(() => setup.dispose())

  const env = () => ({HOME: path.join(setup.home, 'me'), HERMES_HOME: path.join(setup.home, 'hermes')})
  const said = (chat: Chat) => chat.state.items.flatMap((item) => ('text' in item ? [item.text] : [])).join('\n')

  it('of a project are told to be not trusted, and are there in the same chat once they are', async () => {
    const folder = path.join(setup.home, '.hermes', 'commands')
    mkdirSync(folder, {recursive: true})
    writeFileSync(path.join(folder, 'deploy.md'), 'Deploy all of it: $ARGUMENTS')
    const chat = setup.start({...env(), HERMES_MODEL: 'offline'})
    const untrusted = /1 command or skill of this project is not used until you trust it: hermes config trust/g
    await until(chat, () => untrusted.test(said(chat)))
    chat.submit('/deploy now')
    await until(chat, () => said(chat).match(untrusted)?.length === 2)
    expect(said(chat)).to.include('no command /deploy: /help lists the commands (//deploy sends it as text)')
    await trustProject({cwd: setup.home, env: env(), file: undefined})
    chat.submit('/deploy now')
    await until(chat, () => said(chat).includes('Deploy all of it: now'))
  })
})
