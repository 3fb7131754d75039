import {expect} from 'chai'
import {type CountingServer, startCountingServer} from '../../fixtures/counting-server.js'
import {ensureBuilt} from '../../helpers/build.js'
import {runHermes} from '../../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {filler} from './counted-gateway.js'

describe('print mode in a conversation that does not fit', () => {
  let sandbox: Sandbox
  let server: CountingServer

  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })

  beforeEach(async () => {
    sandbox = createSandbox()
    server = await startCountingServer({
      kind: 'openai-compatible',
      window: 9000,
      reply: ({summary}) => ({text: summary ? 'THE SUMMARY' : 'the answer'}),
    })
    const provider = `counting: {baseUrl: "${server.url}", apiKey: k}`
    sandbox.write(
      'home/.config/hermes/config.yaml',
      `model: counting/m\ndiscoverLocal: false\nmodels.retries: 0\nproviders:\n  ${provider}\n`,
    )
  })

  afterEach(async () => {
    await server.close()
    sandbox.remove()
  })

  const ask = (prompt: string, ...flags: string[]) =>
    runHermes(['chat', '-p', prompt, ...flags], {cwd: sandbox.project, env: sandbox.env})

  it('answers, and notes on stderr that it was compacted', async () => {
    const said: string[] = []
    for (let turn = 0; turn < 6; turn++) {
      const {code, stdout, stderr} = await ask(`prompt${turn} ${filler(900)}`, ...(turn > 0 ? ['--continue'] : []))
      expect({code, stdout}, stderr).to.deep.equal({code: 0, stdout: 'the answer\n'})
      said.push(stderr)
    }
    expect(said.join('')).to.match(/compacted: [\d.]+k → [\d.]+k tokens, \d+ messages are a summary now\n/)
  })

  it('ends with the code of the provider where it cannot be made smaller', async () => {
    const {code, stderr} = await ask(filler(6000))
    expect(code).to.equal(5)
    expect(stderr).to.match(/too long/)
  })
})
