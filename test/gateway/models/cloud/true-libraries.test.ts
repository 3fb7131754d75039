import {existsSync} from 'node:fs'
import {createServer, type IncomingMessage} from 'node:http'
import type {AddressInfo} from 'node:net'
import path from 'node:path'
import {expect} from 'chai'
import type {ProviderConfig} from '../../../../src/config/schema.js'
import {bedrockReply} from '../../../fixtures/bedrock-server.js'
import {wireForms} from '../../../fixtures/provider-server.js'
import {collect, finishOf, registry, request} from '../helpers.js'

/** A home where the libraries of all clouds are installed: they are not a part of what `npm ci` brings. */
const home = process.env.HERMES_TEST_LIBRARIES_HOME ?? ''

const {anthropic, google, openai, 'openai-compatible': chat} = wireForms
const sse = (...events: unknown[]) => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
const reply = (form: typeof google) => sse(...form.open, ...form.text('hello'), ...form.end('stop'))

function answerTo(url: string): {type: string; body: string | Buffer} {
  if (url.includes('computeMetadata')) {
    return url.includes('token')
      ? {type: 'application/json', body: '{"access_token":"TOKEN","expires_in":3600,"token_type":"Bearer"}'}
      : {type: 'text/plain', body: 'x'}
  }
  if (url.includes('converse-stream')) {
    return {type: 'application/vnd.amazon.eventstream', body: Buffer.concat(bedrockReply('hello'))}
  }
  const form = url.includes('Predict')
    ? anthropic
    : url.includes('GenerateContent')
      ? google
      : url.includes('completions')
        ? chat
        : openai
  return {type: 'text/event-stream', body: reply(form)}
}

describe('the true libraries of clouds', () => {
  const asked: {url: string; headers: IncomingMessage['headers']; body: string}[] = []
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const piece of incoming) chunks.push(piece as Buffer)
    const {url = '', headers} = incoming
    if (!url.includes('computeMetadata')) asked.push({url, headers, body: Buffer.concat(chunks).toString('utf8')})
    const {type, body} = answerTo(url)
    response.writeHead(200, {'content-type': type, 'metadata-flavor': 'Google'})
    response.end(body)
  })
  let url = ''

  before(async function () {
    if (!existsSync(path.join(home, 'libraries', 'node_modules', '@ai-sdk', 'amazon-bedrock'))) this.skip()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    process.env.GCE_METADATA_HOST = url.slice('http://'.length)
  })
  after(() => {
    delete process.env.GCE_METADATA_HOST
    server.close()
    server.closeAllConnections()
  })

  async function ask(kind: 'azure' | 'bedrock' | 'vertex', model: string, own: ProviderConfig, env = {}) {
    const models = registry({providers: {[kind]: {kind, baseUrl: url, ...own}}, env: {HERMES_HOME: home, ...env}})
    const got = await collect((await models.resolve(`${kind}/${model}`)).stream(request('go', {effort: 'high'})))
    expect(got.error).to.equal(undefined)
    expect(got.text).to.equal('hello')
    expect(finishOf(got)).to.deep.include({reason: 'stop'})
    const last = asked.at(-1) ?? {url: '', headers: {}, body: '{}'}
    return {...last, body: JSON.parse(last.body) as Record<string, unknown>}
  }

  it('call Bedrock by a key and by a signature, with marks for what Claude is to keep', async () => {
    const claude = 'eu.anthropic.claude-sonnet-5-5'
    const env = {AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't', AWS_REGION: 'eu-west-1'}
    const signed = await ask('bedrock', claude, {}, env)
    expect(signed.url).to.equal(`/model/${claude}/converse-stream`)
    expect(signed.headers.authorization).to.match(/^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/bedrock\//)
    expect(signed.headers['x-amz-security-token']).to.equal('t')
    const point = {cachePoint: {type: 'default'}}
    expect(signed.body.system).to.deep.equal([{text: 'Be brief.'}, point])
    expect(signed.body.messages).to.deep.equal([{role: 'user', content: [{text: 'go'}, point]}])
    expect(JSON.stringify(signed.body)).to.contain('"effort":"high"')
    const keyed = await ask('bedrock', 'amazon.nova-pro-v1:0', {apiKey: 'KEY'}, env)
    expect(keyed.headers.authorization).to.equal('Bearer KEY')
    expect(JSON.stringify(keyed.body)).not.to.contain('cachePoint')
  })

  it('call Azure by its newer and its older API, by a key and by a token', async () => {
    const newer = await ask('azure', 'mine', {apiKey: 'KEY'})
    expect([newer.url, newer.headers['api-key']]).to.deep.equal(['/responses', 'KEY'])
    expect(newer.body).to.deep.include({model: 'mine', store: false, include: ['reasoning.encrypted_content']})
    const older = await ask('azure', 'mine', {apiKey: 'KEY', apiVersion: '2024-10-21'})
    expect(older.url).to.equal('/deployments/mine/chat/completions?api-version=2024-10-21')
    const token = await ask('azure', 'mine', {apiKey: 'eyJh.eyJi.c'})
    expect([token.headers.authorization, token.headers['api-key']]).to.deep.equal(['Bearer eyJh.eyJi.c', undefined])
  })

  it('call Vertex AI by a key, and by a login for Gemini and Claude', async () => {
    const place = {project: 'p', location: 'europe-west4'}
    const keyed = await ask('vertex', 'gemini-3.1-pro-preview', {apiKey: 'KEY'})
    expect(keyed.url).to.equal('/v1/publishers/google/models/gemini-3.1-pro-preview:streamGenerateContent?alt=sse')
    expect(keyed.headers['x-goog-api-key']).to.equal('KEY')
    const gemini = await ask('vertex', 'gemini-3.1-pro-preview', place)
    expect(gemini.url).to.contain('/v1beta1/projects/p/locations/europe-west4/publishers/google/models/gemini-3.1')
    expect(gemini.headers.authorization).to.equal('Bearer TOKEN')
    const claude = await ask('vertex', 'claude-sonnet-5-5', place)
    expect(claude.url).to.equal(
      '/v1/projects/p/locations/europe-west4/publishers/anthropic/models/claude-sonnet-5-5:streamRawPredict',
    )
    expect(claude.headers.authorization).to.equal('Bearer TOKEN')
    expect(JSON.stringify(claude.body).match(/"cache_control"/g)).to.have.length(2)
  })
})
