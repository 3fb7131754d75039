import {expect} from 'chai'
import {exitCodes, HermesError} from '../../../src/errors.js'
import {type CallPlace, noKeyError, providerError} from '../../../src/gateway/models/errors.js'
import {tellTried} from '../../helpers/tried.js'

const place: CallPlace = {
  provider: 'openai',
  model: 'gpt-x',
  baseUrl: 'https://api.openai.com/v1',
  keyVariables: ['OPENAI_API_KEY'],
  secrets: ['topsecretvalue'],
  local: false,
  started: false,
}

function system(code: string, message = code): Error {
  return Object.assign(new TypeError('fetch failed'), {cause: Object.assign(new Error(message), {code})})
}

function http(statusCode: number, body?: unknown, responseHeaders?: Record<string, string>): Error {
  const responseBody = typeof body === 'string' ? body : JSON.stringify(body)
  return Object.assign(new Error('AI_APICallError'), {
    name: 'AI_APICallError',
    statusCode,
    responseBody,
    responseHeaders,
  })
}

/** As OpenSSL and Node call them. */
const certificateErrors = [
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_CRL',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'CRL_HAS_EXPIRED',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'INVALID_CA',
  'PATH_LENGTH_EXCEEDED',
  'INVALID_PURPOSE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]

describe('provider errors', () => {
  const rows: [
    what: string,
    error: unknown,
    code: string,
    message: RegExp,
    remedy: RegExp,
    changes?: Partial<CallPlace>,
  ][] = [
    ['401', http(401), 'unauthorized', /answered 401/, /OPENAI_API_KEY/],
    ['402', http(402), 'forbidden', /payment/, /balance/],
    ['403', http(403), 'forbidden', /403/, /region/],
    ['404', http(404), 'not-found', /no model gpt-x there/, /address/],
    ['408', http(408), 'timeout', /408/, /retry/],
    ['429 without a wait', http(429), 'rate-limited', /rate limited/, /Wait a little/],
    ['429 with seconds', http(429, {}, {'Retry-After': '90'}), 'rate-limited', /free again in 90 s/, /Wait 90 s/],
    ['429 with milliseconds', http(429, {}, {'retry-after-ms': '750'}), 'rate-limited', /in 750 ms/, /750 ms/],
    ['429 with minutes', http(429, {}, {'retry-after': '3000'}), 'rate-limited', /in 50 min/, /50 min/],
    [
      'a used-up quota',
      http(429, {error: {code: 'q', message: 'You exceeded your current quota'}}),
      'rate-limited',
      /quota used up/,
      /plan/,
    ],
    ['500', http(500), 'failed', /server error/, /retry/],
    ['503', http(503), 'overloaded', /overloaded/, /retry/],
    ['529', http(529), 'overloaded', /529/, /retry/],
    ['504', http(504), 'timeout', /timeout/, /retry/],
    ['400', http(400, {error: {message: 'bad field'}}), 'bad-request', /bad field/, /another model/],
    [
      'too long a conversation',
      http(400, {error: {message: 'prompt is too long: 9 > 8'}}),
      'context-too-long',
      /too long/,
      /undo/,
    ],
    ['a refused connection', system('ECONNREFUSED'), 'bad-address', /ECONNREFUSED/, /address/],
    [
      'a refused local connection',
      system('ECONNREFUSED'),
      'bad-address',
      /ECONNREFUSED/,
      /Start openai/,
      {local: true},
    ],
    ['an unknown host', system('ENOTFOUND'), 'bad-address', /ENOTFOUND/, /address/],
    ['a bad URL', system('ERR_INVALID_URL'), 'bad-address', /not a URL/, /address/],
    ['a bad certificate', system('DEPTH_ZERO_SELF_SIGNED_CERT'), 'bad-address', /certificate/, /NODE_EXTRA_CA_CERTS/],
    [
      'two refused addresses',
      Object.assign(new TypeError('fetch failed'), {cause: new AggregateError([system('ECONNREFUSED').cause])}),
      'bad-address',
      /ECONNREFUSED/,
      /address/,
    ],
    ['a slow connection', system('UND_ERR_CONNECT_TIMEOUT'), 'timeout', /in time/, /retry/],
    ['a silent server', system('UND_ERR_HEADERS_TIMEOUT'), 'timeout', /in time/, /retry/, {started: false}],
    ['a reset before the reply', system('ECONNRESET'), 'dropped', /before a reply came/, /retry/],
    ['a reset in mid-reply', system('ECONNRESET'), 'dropped', /mid-reply/, /continue/, {started: true}],
    ['a stream that ends early', new TypeError('terminated'), 'dropped', /mid-reply/, /continue/, {started: true}],
    [
      'an error inside the stream',
      {type: 'overloaded_error', message: 'Overloaded'},
      'overloaded',
      /overloaded/,
      /retry/,
    ],
    ['a string', 'it broke', 'failed', /it broke/, /retry/],
    ['nothing', undefined, 'failed', /failed/, /retry/],
    [
      'a library that finds no key',
      Object.assign(new Error('x'), {name: 'AI_LoadAPIKeyError'}),
      'no-key',
      /no API key/,
      /OPENAI_API_KEY/,
    ],
    [
      'the last of several tries',
      {name: 'AI_RetryError', message: 'tried 3 times', lastError: http(503)},
      'overloaded',
      /503/,
      /retry/,
    ],
  ]
  for (const [what, error, code, message, remedy, changes] of rows) {
    it(`tells of ${what}`, () => {
      const shown = providerError(error, {...place, ...changes})
      expect(shown.code).to.equal(`provider/${code}`)
      expect(shown.exit).to.equal(exitCodes.provider)
      expect(shown.message).to.match(message)
      expect(shown.message).to.match(/^openai\/gpt-x/)
      expect(shown.suggestions.join('\n')).to.match(remedy)
    })
  }

  it('leaves an error that is one already as it is', () => {
    const already = noKeyError(place)
    expect(providerError(already, place)).to.equal(already)
    expect(already).to.be.instanceOf(HermesError)
  })

  it('stays one line without control characters, of bounded length', () => {
    const shown = providerError(http(400, {error: {message: `a\n\u001b[2Jb\u0007${'x'.repeat(5000)}`}}), place)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(shown.message).not.to.match(/[\u0000-\u001f\u007f]/)
    expect(shown.message.length).to.be.lessThan(400)
  })

  it('names the authorities that are accepted for whatever is wrong with a certificate', () => {
    for (const code of certificateErrors) {
      const shown = providerError(system(code), place)
      expect(shown.message, code).to.contain(`the certificate of openai was not accepted (${code})`)
      expect(shown.suggestions[0], code).to.contain('NODE_EXTRA_CA_CERTS')
    }
    tellTried(certificateErrors.length, 'faults of certificates')
  })

  it('names the proxy of a connection that failed through it, and how to go without', () => {
    const proxy = {address: 'http://proxy.corp:3128', variable: 'HTTPS_PROXY'}
    const tunnel = (statusCode?: number) =>
      Object.assign(system('ERR_PROXY_TUNNEL'), {code: 'ERR_PROXY_TUNNEL', statusCode})
    for (const error of [
      ...['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'ETIMEDOUT', 'SELF_SIGNED_CERT_IN_CHAIN'].map((code) =>
        system(code),
      ),
      ...[403, 407, 502, 503, undefined].map(tunnel),
      http(407),
    ]) {
      const shown = providerError(error, {...place, proxy})
      expect(shown.message).to.contain('through the proxy http://proxy.corp:3128')
      expect(shown.message).to.not.match(/answered|overloaded|forbidden/)
      expect(shown.suggestions.join('\n')).to.contain('HTTPS_PROXY; NO_PROXY=api.openai.com')
    }
    expect(providerError(tunnel(407), {...place, proxy}).suggestions[0]).to.contain('before the host in HTTPS_PROXY')
    for (const error of [http(500), http(401), http(404)]) {
      expect(providerError(error, {...place, proxy}).message).to.not.contain('proxy')
    }
  })

  it('names the setting that does without what a server refuses', () => {
    const refusals: [status: number, words: string, option: string][] = [
      [400, 'registry.ollama.ai/library/gemma3:4b does not support tools', 'tools'],
      [400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', 'tools'],
      [404, 'No endpoints found that support tool use. To learn more about provider routing', 'tools'],
      [500, 'tools param requires --jinja flag', 'tools'],
      [422, 'tool calling is not supported by this model', 'tools'],
      [400, 'Unrecognized request argument supplied: stream_options', 'streamUsage'],
      [422, 'body.stream_options: Extra inputs are not permitted', 'streamUsage'],
      [400, 'system.0.cache_control: Extra inputs are not permitted', 'promptCaching'],
      [400, 'Invalid content type. image_url is only supported by certain models.', 'images'],
      [404, 'No endpoints found that support image input', 'images'],
      [500, 'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj', 'images'],
      [400, 'llama-3 is not a multimodal model', 'images'],
      [400, 'Failed to deserialize: messages[1]: unknown variant `image_url`, expected `text`', 'images'],
      [400, "'messages.1' : for 'role:user' content must be a string", 'images'],
      [400, 'This model does not support images', 'images'],
    ]
    for (const [status, message, option] of refusals) {
      const shown = providerError(http(status, {error: {message}}), {...place, model: 'gemma3:4b'})
      expect(shown.code, message).to.equal('provider/bad-request')
      expect(shown.suggestions[0], message).to.contain(`providers.openai.modelOptions."gemma3:4b".${option} to false`)
      expect(shown.suggestions.join().includes('tools.enabled: false'), message).to.equal(option === 'tools')
    }
    const other = providerError(http(400, {error: {message: 'temperature is not supported'}}), place)
    expect(other.suggestions.join()).to.not.contain('modelOptions')
  })

  it("leaves a proxy's web page out", () => {
    expect(providerError(http(502, '<html><body>Bad gateway</body></html>'), place).message).not.to.contain('<')
  })

  it('shows neither key nor credentials, also in the cause', () => {
    const error = http(401, {error: {message: 'key topsecretvalue and sk-proj-abcdefghij123 are wrong'}})
    error.message = 'topsecretvalue'
    const shown = providerError(error, {...place, baseUrl: 'https://me:pass-word@host/v1?key=abc'})
    const all = JSON.stringify([shown.message, shown.suggestions, String(shown.cause), (shown.cause as Error).stack])
    for (const secret of ['topsecretvalue', 'abcdefghij123', 'pass-word', 'key=abc']) expect(all).not.to.contain(secret)
    expect(shown.message).to.contain('https://host/v1')
  })
})
