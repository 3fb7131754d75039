import {expect} from 'chai'
import fc from 'fast-check'
import {BoundedOutput} from '../../../../src/gateway/tools/command/bounded-output.js'

describe('bounded output', () => {
  it('is the output itself while it is short, and its two ends when it is not', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{0,9}$/), {maxLength: 30}), (chunks) => {
        const output = new BoundedOutput(20, 30)
        for (const chunk of chunks) output.push(Buffer.from(chunk))
        const whole = chunks.join('')
        expect(output.total).to.equal(whole.length)
        if (whole.length <= 50) expect(output.toString()).to.equal(whole)
        else {
          expect(output.truncated).to.equal(true)
          expect(output.toString().startsWith(`${whole.slice(0, 20)}\n`)).to.equal(true)
          expect(output.toString().endsWith(`\n${whole.slice(-30)}`)).to.equal(true)
          expect(output.toString()).to.contain(`[${whole.length - 50} of ${whole.length} bytes left out]`)
        }
      }),
    )
  })

  it('does not cut characters', () => {
    const output = new BoundedOutput(10, 10)
    output.push(Buffer.from('€'.repeat(100)))
    expect(output.toString()).not.to.contain('\ufffd')
  })
})
