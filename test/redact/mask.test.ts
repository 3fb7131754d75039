import {expect} from 'chai'
import fc from 'fast-check'
import {createMask} from '../../src/redact/index.js'

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
})
