import {expect} from 'chai'
import fc from 'fast-check'
import {collect} from '../../../../src/gateway/models/error-evidence.js'
import {nextTry, type RetryPolicy} from '../../../../src/gateway/models/retry/policy.js'
import {NoReply, ReplyCut, ReplySilent} from '../../../../src/gateway/models/transport/reply-watch.js'
import {ProviderSaid} from '../../../../src/gateway/models/wire/types.js'

const policy: RetryPolicy = {retries: 4, backoffMs: 2000, windowMs: 120_000}
const middle = {random: () => 0.5, now: 0}
const untried = {attempts: 0, waitedMs: 0}

const system = (code: string) => Object.assign(new Error(code), {code})
const http = (statusCode: number, message = '', responseHeaders: Record<string, string> = {}) =>
  Object.assign(new Error('failed'), {statusCode, responseHeaders, responseBody: JSON.stringify({error: {message}})})
const next = (error: unknown, tried = untried) => nextTry(collect(error), tried, policy, middle)

describe('when a failed call is tried again', () => {
  const curable: [what: string, error: unknown][] = [
    ...[408, 409, 425, 429, 500, 502, 503, 504, 529].map(
      (status) => [String(status), http(status)] as [string, unknown],
    ),
    ...['ECONNRESET', 'EPIPE', 'EAI_AGAIN', 'ECONNREFUSED', 'ETIMEDOUT', 'ENETUNREACH'].map(
      (code) => [code, system(code)] as [string, unknown],
    ),
    ['a cut', new ReplyCut()],
    ['overloaded, inside a 200', new ProviderSaid({error: {message: 'x'}}, 529)],
    ['a status that the provider calls curable', http(400, '', {'x-should-retry': 'true'})],
    ['a quota that is free again', http(429, 'quota exceeded', {'retry-after': '3'})],
  ]
  for (const [what, error] of curable) it(`is: ${what}`, () => expect(next(error)).to.include({counts: true}))

  const final: [what: string, error: unknown][] = [
    ...[400, 401, 402, 403, 404, 413, 422, 501, 505].map(
      (status) => [String(status), http(status)] as [string, unknown],
    ),
    ...['ENOTFOUND', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_INVALID_URL'].map(
      (code) => [code, system(code)] as [string, unknown],
    ),
    ['a silence that was waited for', new ReplySilent(300_000)],
    ['something else than a model', new NoReply()],
    ["the provider's own refusal", new ProviderSaid({error: 'needs more memory'})],
    ['a used-up quota', http(429, 'You exceeded your current quota, check your plan and billing')],
    ['a status that the provider calls final', http(500, '', {'x-should-retry': 'false'})],
    ['nothing', undefined],
  ]
  for (const [what, error] of final) it(`is not: ${what}`, () => expect(next(error)).to.equal(undefined))

  it('is after twice the pause each time, sooner after a lost connection, after the named wait where one is named', () => {
    const waits = (error: unknown) => [0, 1, 2, 3].map((attempts) => next(error, {attempts, waitedMs: 0})?.waitMs)
    expect(waits(http(529))).to.deep.equal([2000, 4000, 8000, 16_000])
    expect(waits(system('ECONNRESET'))).to.deep.equal([250, 500, 1000, 2000])
    expect(waits(http(429, '', {'retry-after': '7'}))).to.deep.equal([7000, 7000, 7000, 7000])
  })

  it('is not beyond the retries and the window, whatever fails', () => {
    const error = fc.constantFrom(...curable.map(([, one]) => one))
    fc.assert(
      fc.property(
        error,
        fc.nat(6),
        fc.nat(200_000),
        fc.double({min: 0, max: 1, noNaN: true}),
        (one, attempts, waitedMs, random) => {
          const again = nextTry(collect(one), {attempts, waitedMs}, policy, {random: () => random, now: 0})
          if (!again) return
          expect(attempts).to.be.below(policy.retries)
          expect(waitedMs + again.waitMs).to.be.at.most(policy.windowMs)
        },
      ),
    )
    expect(next(http(429, '', {'retry-after': '121'}))).to.equal(undefined)
  })

  it('does not count while llama.cpp loads its model, until the window is over', () => {
    const loading = http(503, 'Loading model')
    expect(next(loading, {attempts: 4, waitedMs: 100_000})).to.deep.equal({waitMs: 2000, counts: false})
    expect(next(loading, {attempts: 0, waitedMs: 119_000})).to.equal(undefined)
  })
})
