import {existsSync, readFileSync, statSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {login} from '../../../src/gateway/mcp/login.js'
import {type SignInServer, startSignInServer} from '../../fixtures/sign-in-server.js'
import {Lab, textOf} from './lab.js'

describe('signing in to an MCP server', () => {
  let lab: Lab
  let server: SignInServer
  beforeEach(async () => {
    lab = new Lab()
    server = await startSignInServer()
  })
  afterEach(async () => {
    server.close()
    await lab.close()
  })

  const folder = () => path.join(lab.home, 'sign-ins')
  const file = () => path.join(folder(), 'web.json')
  const signIn = (show: (page: URL) => void = (page) => void fetch(page).catch(() => {})) =>
    login({name: 'web', url: server.url, headers: {}, env: {}, folder: folder(), show})
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'it was done',
      (error: Error) => error.message,
    )

  it('is asked for by a command, and nothing is registered before', async () => {
    expect(await lab.tools(lab.gateway({web: {url: server.url}}))).to.deep.equal({})
    expect(lab.told).to.deep.equal(['MCP server web is not used: it wants you to sign in: hermes mcp login web'])
    expect(server.asked).to.not.include('/register')
  })

  it('is kept for the person alone, used, and renewed by itself', async () => {
    expect(await signIn()).to.equal(true)
    expect(statSync(file()).mode & 0o777).to.equal(0o600)
    const servers = lab.gateway({web: {url: server.url}})
    expect(textOf(await lab.call(servers, 'mcp__web__whoami'))).to.equal('you have token-1')
    server.expire()
    expect(textOf(await lab.call(servers, 'mcp__web__whoami'))).to.equal('you have token-2')
    expect(JSON.parse(readFileSync(file(), 'utf8')).tokens.access_token).to.equal('token-2')
    expect(server.asked.filter((at) => at === '/authorize')).to.have.length(1)
  })

  it('is none of a server that has another address', async () => {
    await signIn()
    const other = await startSignInServer()
    expect(await lab.tools(lab.gateway({web: {url: other.url}}))).to.deep.equal({})
    expect(lab.told[0]).to.contain('hermes mcp login web')
    expect(other.asked).to.not.include('/token')
    other.close()
  })

  it('keeps nothing where it is refused, or somebody else comes back', async () => {
    server.refuse = true
    expect(await refusal(signIn())).to.equal('signing in was refused: access_denied')
    server.refuse = false
    const stranger = (page: URL) => {
      const back = new URL(page.searchParams.get('redirect_uri') ?? '')
      back.search = '?code=a-code&state=guessed'
      void fetch(back).catch(() => {})
    }
    expect(await refusal(signIn(stranger))).to.contain('is not who was sent')
    expect(existsSync(file())).to.equal(false)
  })
})
