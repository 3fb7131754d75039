import {expect} from 'chai'
import fc from 'fast-check'
import {BoundedOutput} from '../../src/gateway/tools/command/bounded-output.js'
import {LineWindow} from '../../src/gateway/tools/files/line-window.js'
import {createCutMask, createMask} from '../../src/redact/index.js'

describe('the values of secrets', () => {
  it('are gone wherever they stand, the longest first', () => {
    const mask = createMask(['hunter2hunter2', 'hunter2hunter2-and-more', 'hunter2hunter2'])
    expect(mask('a hunter2hunter2-and-more b(hunter2hunter2)hunter2hunter2')).to.equal(
      'a [redacted] b([redacted])[redacted]',
    )
  })

  it('leave words alone that are as short as words', () => {
    expect(createMask(['on', '', 'verbose'])('verbose is on')).to.equal('verbose is on')
  })

  it('are gone line by line, but for lines that are in other texts too', () => {
    const line = fc.stringMatching(/^[A-Za-z0-9+/]{16,64}$/)
    fc.assert(
      fc.property(fc.array(line, {minLength: 1, maxLength: 5}), fc.constantFrom('\n', '\r\n'), (lines, end) => {
        const key = ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----'].join(end)
        const mask = createMask([key])
        for (const each of lines) expect(mask(`  12: +${each}`)).to.equal('  12: +[redacted]')
        expect(mask('-----BEGIN PRIVATE KEY-----')).to.equal('-----BEGIN PRIVATE KEY-----')
      }),
    )
  })

  it('are not looked for in what replaces them', () => {
    expect(createMask(['redacted', 'hunter2hunter2'])('hunter2hunter2')).to.equal('[redacted]')
  })

  it('are in no text afterwards', () => {
    const secret = fc.string({minLength: 8, maxLength: 12}).filter((text) => !/[[\]]|redacted/.test(text))
    fc.assert(
      fc.property(fc.array(secret), fc.array(fc.string()), (secrets, others) => {
        const text = secrets.flatMap((each, index) => [others[index] ?? '', each]).join('')
        const masked = createMask(secrets)(text)
        for (const each of secrets) expect(masked).not.to.include(each)
      }),
    )
  })

  it('leave no part where an output or a line was cut', () => {
    const secret = fc.stringMatching(/^[A-Z]{12,40}$/)
    let tried = 0
    fc.assert(
      fc.property(
        secret,
        fc.integer({min: -45, max: 5}),
        fc.constantFrom('head', 'tail', 'line'),
        (key, shift, place) => {
          const cutText = {
            head: () => bounded(`${'.'.repeat(200 + shift)}${key}${'.'.repeat(900)}`),
            tail: () => bounded(`${'.'.repeat(900)}${key}${'.'.repeat(200 + shift)}`),
            line: () => lineOf(`${'.'.repeat(4000 + shift)}${key}${'.'.repeat(90)}`),
          }[place]()
          const masked = createCutMask([key])(cutText)
          for (let at = 0; at + 4 <= key.length; at++) expect(masked).to.not.include(key.slice(at, at + 4))
          const other = createCutMask(['another-secret'])(cutText)
          expect(other).to.equal(cutText)
          tried += 1
        },
      ),
    )
    console.log(`        ${tried} cuts`)
  })
})

function bounded(text: string): string {
  const output = new BoundedOutput(200, 200)
  output.push(Buffer.from(text))
  return output.toString()
}

function lineOf(text: string): string {
  const window = new LineWindow(1, 1)
  window.push(text)
  window.end()
  return window.taken.join('\n')
}
