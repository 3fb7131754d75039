import {expect} from 'chai'
import {redactSecret, redactValue} from '../../src/redact/index.js'

describe('secrets that are shown', () => {
  it('keep what identifies them', () => {
    expect(redactSecret('sk-proj-1234567890abcdef')).to.equal('sk-…cdef')
    expect(redactSecret('1234567890abcdef')).to.equal('…cdef')
    expect(redactSecret('short')).to.equal('…')
  })

  it('are found by their name, as headers and in addresses', () => {
    const shown = JSON.stringify(
      redactValue({
        providers: {
          mine: {
            apiKey: 'sk-proj-1234567890abcdef',
            baseUrl: 'https://me:hunter2hunter2@example.org/v1',
            headers: {'x-custom': 'abcdefghijklmnopqrstuvwxyz', authorization: 'Bearer abcdefghijklmnop'},
            models: ['m'],
          },
        },
      }),
    )
    expect(shown).to.equal(
      '{"providers":{"mine":{"apiKey":"sk-…cdef","baseUrl":"https://…@example.org/v1","headers":{"x-custom":"…wxyz","authorization":"Bearer …mnop"},"models":["m"]}}}',
    )
  })

  it('are found by their form, in whatever is shown', () => {
    const token = `ghp_${'a1b2c3d4'.repeat(4)}`
    expect(redactValue(`use ${token} for it`, 'systemPrompt')).to.equal('use … for it')
    expect(redactValue(['gw', `--token=${token}`], 'gateway.command')).to.deep.equal(['gw', '--token=…'])
  })

  it('leave everything else as it is', () => {
    expect(redactValue(5, 'maxOutputTokens')).to.equal(5)
    expect(redactValue(['python3', '-m'], 'gateway.command')).to.deep.equal(['python3', '-m'])
  })
})
