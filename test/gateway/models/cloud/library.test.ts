import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {HermesError} from '../../../../src/errors.js'
import {type CloudKind, clouds} from '../../../../src/gateway/models/cloud/clouds.js'
import {homeFiles} from '../../../../src/platform.js'
import {bedrockException, bedrockReply, piecesOf} from '../../../fixtures/bedrock-server.js'
import {layLibrary} from '../../../fixtures/cloud-library.js'
import {type ProviderServer, type ServedAnswer, startProviderServer} from '../../../fixtures/provider-server.js'
import {collect, finishOf, registry, request, settings} from '../helpers.js'

const own: Record<CloudKind, object> = {
  azure: {resource: 'r', apiKey: 'k'},
  bedrock: {region: 'eu-west-1', apiKey: 'k'},
  vertex: {apiKey: 'k'},
}

describe('the library of a cloud', () => {
  let home = ''
  let folder = ''
  let server: ProviderServer | undefined

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'hermes-cloud-'))
    folder = homeFiles(home).libraries
  })

  afterEach(async () => {
    await server?.close()
    server = undefined
    rmSync(home, {recursive: true, force: true})
  })

  async function refused(kind: CloudKind): Promise<HermesError> {
    const models = registry({providers: {[kind]: own[kind]}, env: {HERMES_HOME: home}})
    const got = await collect((await models.resolve(`${kind}/m`)).stream(request('go')))
    expect(got.error).to.be.instanceOf(HermesError)
    return got.error as HermesError
  }

  it('is named where it is missing, with the line that installs it', async () => {
    for (const kind of Object.keys(clouds) as CloudKind[]) {
      const error = await refused(kind)
      expect(error.code).to.equal('provider/no-library')
      expect(error.message)
        .to.match(/^\w+\/m: /)
        .and.contain(clouds[kind].library)
        .and.contain(clouds[kind].title)
      expect(error.suggestions?.[0]).to.equal(
        `Install it: npm install --prefix ${folder} ${clouds[kind].library}@${clouds[kind].major}`,
      )
    }
  })

  it('is not taken from the working directory', async () => {
    const before = process.cwd()
    layLibrary(home, '@ai-sdk/azure', '4.0.1', 'createAzure')
    const project = path.join(home, 'node_modules')
    process.chdir(project)
    try {
      const elsewhere = mkdtempSync(path.join(tmpdir(), 'hermes-cloud-'))
      const models = registry({providers: {azure: own.azure}, env: {HERMES_HOME: elsewhere}})
      const got = await collect((await models.resolve('azure/m')).stream(request('go')))
      expect((got.error as HermesError).code).to.equal('provider/no-library')
      rmSync(elsewhere, {recursive: true})
    } finally {
      process.chdir(before)
    }
  })

  it('has to be of the version that fits, and to load', async () => {
    layLibrary(folder, '@ai-sdk/azure', '3.2.1', 'createAzure')
    expect((await refused('azure')).message).to.contain('needs version 4 of @ai-sdk/azure, and 3.2.1 is installed')
    layLibrary(folder, '@ai-sdk/azure', '4.2.1', 'createAzure')
    writeFileSync(path.join(folder, 'node_modules/@ai-sdk/azure/index.js'), 'import "not-there-at-all"')
    expect((await refused('azure')).message).to.contain('@ai-sdk/azure 4.2.1 cannot be loaded: ')
    layLibrary(folder, '@ai-sdk/google-vertex', '5.0.0', 'createSomethingElse')
    expect((await refused('vertex')).message).to.contain('has no createGoogleVertex')
  })

  describe('of Bedrock, tiny', () => {
    async function ask(answers: readonly ServedAnswer[], changes = {}, model = 'eu.anthropic.claude-x') {
      await server?.close()
      // Installed while the program runs.
      if (!server) expect((await refused('bedrock')).code).to.equal('provider/no-library')
      layLibrary(folder, '@ai-sdk/amazon-bedrock', '5.0.0', 'createAmazonBedrock')
      server = await startProviderServer(answers)
      const bedrock = {baseUrl: server.url, region: 'eu-west-1', headers: {'x-a': 'b'}}
      const env = {HERMES_HOME: home, AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'the-secret'}
      const patience = {...settings().patience, retries: 2}
      const models = registry({providers: {bedrock}, env, patience, ...changes})
      return collect((await models.resolve(`bedrock/${model}`)).stream(request('go', {effort: 'high'})))
    }
    const bodyOf = () =>
      server?.requests.at(-1)?.body as {handed: object; reasoning: string; prompt: {providerOptions?: object}[]}

    it('is handed all that is set, and asked to keep the prompt of Claude alone', async () => {
      const got = await ask([{pieces: piecesOf(...bedrockReply('hello'))}])
      expect(got.error).to.equal(undefined)
      expect(got.text).to.equal('hello')
      expect(finishOf(got)).to.deep.include({reason: 'stop'})
      expect(finishOf(got)?.usage).to.include({input: 3, output: 2, cacheRead: 1})
      expect(bodyOf().handed).to.deep.equal({
        headers: {'x-a': 'b'},
        baseURL: server?.url,
        region: 'eu-west-1',
        apiKey: ' ',
        accessKeyId: 'AKID',
        secretAccessKey: 'the-secret',
      })
      expect(bodyOf().reasoning).to.equal('high')
      const point = {amazonBedrock: {cachePoint: {type: 'default'}}}
      expect(bodyOf().prompt.map(({providerOptions}) => providerOptions)).to.deep.equal([point, point])
      await ask([{pieces: piecesOf(...bedrockReply('hello'))}], {}, 'amazon.nova-pro-v1:0')
      expect(JSON.stringify(bodyOf())).not.to.contain('cachePoint')
      expect(server?.requests[0]?.path).to.contain('/model/amazon.nova-pro-v1%3A0/converse-stream')
    })

    it('has its reply dropped without the last word', async () => {
      const got = await ask([{pieces: piecesOf(...bedrockReply('hello').slice(0, 3))}])
      expect(got.error).to.include({code: 'provider/dropped'})
      expect(finishOf(got)).to.equal(undefined)
    })

    it('is called again after what passes, and not after what stays', async () => {
      const busy = {status: 503, pieces: [{raw: '{"message":"try later"}'}]} as const
      const inStream = {pieces: piecesOf(bedrockException('throttlingException', 'Too many tokens'))}
      const fine = {pieces: piecesOf(...bedrockReply('hello'))}
      const got = await ask([busy, inStream, fine])
      expect(got.error).to.equal(undefined)
      expect(got.events.filter(({type}) => type === 'retry')).to.have.length(2)
      expect(got.text).to.equal('hello')
      const denied = await ask([{status: 403, pieces: [{raw: '{"message":"no access to the-secret"}'}]}])
      expect(denied.error).to.include({code: 'provider/forbidden'})
      expect((denied.error as Error).message).not.to.contain('the-secret')
      const over = 'The security token included in the request is expired'
      const expired = await ask([{status: 403, pieces: [{raw: JSON.stringify({message: over})}]}])
      expect(expired.error).to.include({code: 'provider/unauthorized'})
      expect((expired.error as HermesError).suggestions?.[0]).to.contain('aws configure export-credentials')
      expect(
        (await ask([{pieces: piecesOf(bedrockException('modelStreamErrorException', 'odd'))}, fine])).text,
      ).to.equal('hello')
      const long = await ask([{status: 400, pieces: [{raw: '{"message":"Input is too long for requested model."}'}]}])
      expect(long.error).to.include({code: 'provider/context-too-long'})
    })

    it('ends as the model said', async () => {
      const ends = {
        max_tokens: 'other',
        model_context_window_exceeded: 'length',
        malformed_tool_use: 'malformed-call',
        refusal: 'refusal',
      }
      for (const [said, reason] of Object.entries(ends)) {
        const got = await ask([{pieces: piecesOf(...bedrockReply('hello', said))}])
        expect(finishOf(got)?.reason, said).to.equal(reason)
      }
    })
  })
})
