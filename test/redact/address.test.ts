import {expect} from 'chai'
import fc from 'fast-check'
import {maskAddresses, safeAddress} from '../../src/redact/index.js'

describe('an address that is shown', () => {
  it('is taken apart only as far as it is one', () => {
    expect(safeAddress('http://u:p@h:1/v1/?q=1#f')).to.equal('http://h:1/v1')
    expect(safeAddress('//u:p@nowhere?x=1')).to.equal('//nowhere')
  })
})

describe('addresses that a command printed', () => {
  it('have no token, wherever it stands in them', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9_~.-]{1,40}$/)
    const form = fc.constantFrom(
      (key: string) => `https://${key}@host/x.git`,
      (key: string) => `http://me:${key}@host:80/x`,
      (key: string) => `postgres://:${key}@host/db`,
      (key: string) => `https://x-access-token:${key}@host/x.git`,
      (key: string) => `https://me:${key}k\n… [9 of 99 bytes left out] …\n`,
    )
    let tried = 0
    fc.assert(
      fc.property(form, token, (make, key) => {
        const text = `origin\t${make(`CANARY${key}`)} (fetch)\n`
        expect(maskAddresses(text)).to.not.include('CANARY')
        expect(maskAddresses(text)).to.match(/^origin\t[a-z]+:\/\/\[redacted\]/)
        tried += 1
      }),
    )
    console.log(`        ${tried} addresses`)
  })

  it('are left alone without one', () => {
    for (const text of [
      'ssh://git@host/x',
      'git@host:a/b',
      'http://host:80\n… [9 of 99 bytes left out] …\n',
      'https://a.b/@c/d',
    ]) {
      expect(maskAddresses(text)).to.equal(text)
    }
  })
})
