import {expect} from 'chai'
import fc from 'fast-check'
import {namedWindow} from '../../../src/gateway/compaction/named-window.js'

/** As providers and servers write it; `used` is what was sent. */
const sentences: readonly ((window: string, used: string) => string)[] = [
  (window, used) =>
    `This model's maximum context length is ${window} tokens. However, your messages resulted in ${used} tokens.`,
  (window, used) =>
    `This endpoint's maximum context length is ${window} tokens. However, you requested about ${used} tokens`,
  (window, used) => `prompt is too long: ${used} tokens > ${window} maximum`,
  (window, used) =>
    `input length and \`max_tokens\` exceed context limit: ${used} + 8192 > ${window}, decrease input length`,
  (window, used) => `The input token count (${used}) exceeds the maximum number of tokens allowed (${window}).`,
  (window, used) => `Prompt contains ${used} tokens, too large for model with ${window} maximum context length`,
  (window, used) =>
    `the request (${used} tokens) exceeds the available context size (${window} tokens), try increasing it`,
  (window, used) => `The number of tokens to keep is greater than the context length of ${window}: ${used}`,
]

describe('the window that a refusal names', () => {
  it('is read out of what providers say, however they write numbers', () => {
    const size = fc.integer({min: 1024, max: 10_000_000})
    fc.assert(
      fc.property(fc.constantFrom(...sentences), size, size, fc.boolean(), (say, window, more, commas) => {
        const write = (count: number) => (commas ? count.toLocaleString('en') : String(count))
        const said = `counting/m at http://127.0.0.1:8080/v1: too long: ${say(write(window), write(window + more))}`
        expect(namedWindow(said), said).to.equal(window)
      }),
    )
  })

  it('is not made up where there is none', () => {
    for (const said of ['context_length_exceeded', 'prompt is too long', 'too many tokens: 300000', 'a > b']) {
      expect(namedWindow(said), said).to.equal(undefined)
    }
  })
})
