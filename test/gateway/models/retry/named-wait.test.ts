import {expect} from 'chai'
import fc from 'fast-check'
import {namedWaitMs} from '../../../../src/gateway/models/retry/named-wait.js'
import {runs} from '../../../helpers/sample.js'

const now = Date.parse('2026-10-21T07:28:00Z')
const waitIn = ({
  headers = {},
  body = '',
  detail = '',
}: {
  headers?: Record<string, string>
  body?: unknown
  detail?: string
}) => namedWaitMs({headers, body: typeof body === 'string' ? body : JSON.stringify(body), detail}, now)

describe('the wait that a provider names', () => {
  const date = 'Wed, 21 Oct 2026 07:28:00 GMT'
  const rows: [what: string, given: Parameters<typeof waitIn>[0], ms: number | undefined][] = [
    ['seconds', {headers: {'retry-after': '90'}}, 90_000],
    ['milliseconds, before seconds', {headers: {'retry-after-ms': '750', 'retry-after': '1'}}, 750],
    [
      'a date, counted from that of the answer',
      {headers: {'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT', date}},
      30_000,
    ],
    ['a date that is over', {headers: {'retry-after': 'Wed, 21 Oct 2026 07:27:30 GMT'}}, 0],
    ['no date', {headers: {'retry-after': 'soon'}}, undefined],
    ['nothing', {}, undefined],
    [
      'OpenAI: of used-up limits the longest',
      {
        headers: {
          'x-ratelimit-remaining-requests': '0',
          'x-ratelimit-reset-requests': '6m0s',
          'x-ratelimit-remaining-tokens': '0',
          'x-ratelimit-reset-tokens': '20ms',
        },
      },
      360_000,
    ],
    [
      'OpenAI: not of one that is not used up',
      {headers: {'x-ratelimit-remaining-tokens': '10', 'x-ratelimit-reset-tokens': '6m0s'}},
      undefined,
    ],
    ...['unlimited', '', '-1'].map((left): [string, Parameters<typeof waitIn>[0], undefined] => [
      `OpenAI: not of one of which "${left}" is left`,
      {headers: {'x-ratelimit-remaining-tokens': left, 'x-ratelimit-reset-tokens': '6m0s'}},
      undefined,
    ]),
    [
      'Anthropic',
      {
        headers: {
          'anthropic-ratelimit-tokens-remaining': '0',
          'anthropic-ratelimit-tokens-reset': '2026-10-21T07:28:12Z',
          'anthropic-ratelimit-requests-remaining': '5',
          'anthropic-ratelimit-requests-reset': '2026-10-21T08:28:12Z',
        },
      },
      12_000,
    ],
    [
      "Google's RetryInfo",
      {
        body: {
          error: {
            code: 429,
            details: [{'@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.07s'}],
          },
        },
      },
      34_070,
    ],
    [
      'OpenRouter: a moment',
      {body: {error: {code: 429, metadata: {headers: {'X-RateLimit-Reset': String(now + 5000)}}}}},
      5000,
    ],
    ['OpenRouter: seconds', {body: {error: {metadata: {retry_after_seconds: 3}}}}, 3000],
    ['a sentence', {detail: 'Rate limit reached. Please try again in 6m0s. Visit us'}, 360_000],
    ['a sentence with milliseconds', {detail: 'Please try again in 350ms'}, 350],
    ['a sentence in seconds', {detail: 'try again in 12 seconds'}, 12_000],
    ['another sentence', {detail: 'Please retry in 34.07s.'}, 34_070],
    ['no wait in a sentence', {detail: 'Please try again in a while'}, undefined],
  ]
  for (const [what, given, ms] of rows) it(`is read: ${what}`, () => expect(waitIn(given)).to.equal(ms))

  it('is a time or nothing, whatever comes', () => {
    const name = fc.constantFrom(
      'retry-after',
      'retry-after-ms',
      'date',
      'x-ratelimit-remaining-tokens',
      'x-ratelimit-reset-tokens',
      'anthropic-ratelimit-input-tokens-remaining',
    )
    const value = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.date().map(String),
      fc.constantFrom('-1', '1e999', '0', '6m0s'),
    )
    fc.assert(
      fc.property(
        fc.dictionary(name, value),
        fc.oneof(fc.json(), fc.string()),
        fc.string(),
        (headers, body, detail) => {
          const ms = waitIn({headers, body, detail})
          if (ms !== undefined) expect(ms).to.satisfy((one: number) => Number.isFinite(one) && one >= 0)
        },
      ),
      {numRuns: runs(500, 100)},
    )
  })
})
