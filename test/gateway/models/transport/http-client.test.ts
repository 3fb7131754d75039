import {execFileSync} from 'node:child_process'
import {expect} from 'chai'

const client = new URL('../../../../src/gateway/models/transport/http-client.ts', import.meta.url).href

describe('the client for requests', () => {
  // In a process of its own: what this one has loaded can't be told from it.
  it('speaks http and https without what fetch needs', () => {
    const program = `
      const {httpClient} = await import(${JSON.stringify(client)})
      const [plain, safe] = ['http://a', 'https://a'].map((address) => httpClient(new URL(address)))
      console.log(JSON.stringify([plain.globalAgent.protocol, safe.globalAgent.protocol, process.moduleLoadList]))`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], {encoding: 'utf8'})
    const [plain, safe, loaded] = JSON.parse(said) as [string, string, string[]]
    expect([plain, safe]).to.deep.equal(['http:', 'https:'])
    expect(loaded.filter((name) => name.includes('undici'))).to.deep.equal([])
  })
})
