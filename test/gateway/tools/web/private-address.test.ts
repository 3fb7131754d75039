import {expect} from 'chai'
import fc from 'fast-check'
import {isPrivateAddress} from '../../../../src/gateway/tools/web/private-address.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'

/** First and last address of each range that is not public, in octets. */
const ranges: readonly [string, string][] = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['224.0.0.0', '255.255.255.255'],
]

const numberOf = (address: string) => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
const dotted = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
const privateFour = fc
  .constantFrom(...ranges)
  .chain(([first, last]) => fc.integer({min: numberOf(first), max: numberOf(last)}))
const publicFour = fc
  .constantFrom(['1.0.0.0', '9.255.255.255'], ['11.0.0.0', '100.63.255.255'], ['172.32.0.0', '191.255.255.255'])
  .chain(([first = '', last = '']) => fc.integer({min: numberOf(first), max: numberOf(last)}))

const hex = (value: number) => value.toString(16)
/** Every way in which an address may stand in a URL. */
const spellings: readonly ((value: number) => string)[] = [
  dotted,
  String,
  (value) => `0x${hex(value)}`,
  (value) => `0${value.toString(8)}`,
  (value) => [24, 16, 8, 0].map((shift) => `0x${hex((value >>> shift) & 255)}`).join('.'),
  (value) => [24, 16, 8, 0].map((shift) => `0${((value >>> shift) & 255).toString(8)}`).join('.'),
  (value) => `${value >>> 24}.${value & 0xffffff}`,
  (value) => `${value >>> 24}.${(value >>> 16) & 255}.${value & 0xffff}`,
  (value) => dotted(value).replaceAll('.', '。'),
  (value) => `${dotted(value)}.`,
  (value) => `[::ffff:${dotted(value)}]`,
  (value) => `[::ffff:${hex(value >>> 16)}:${hex(value & 0xffff)}]`,
  (value) => `[0:0:0:0:0:FFFF:${dotted(value)}]`,
  (value) => `[64:ff9b::${dotted(value)}]`,
]

const connectedTo = (host: string) => new URL(`http://${host}/`).hostname.replace(/^\[|\]$/g, '')

describe('private addresses', () => {
  it('are found in every spelling that a URL takes, and public ones are not taken for them', () => {
    let tried = 0
    fc.assert(
      fc.property(privateFour, publicFour, fc.constantFrom(...spellings), (hidden, open, spell) => {
        tried += 2
        expect(isPrivateAddress(connectedTo(spell(hidden))), spell(hidden)).to.equal(true)
        expect(isPrivateAddress(connectedTo(spell(open))), spell(open)).to.equal(false)
      }),
      {numRuns: runs(1000, 200)},
    )
    tellTried(tried, 'addresses')
  })

  it('of IPv6 are all but the global ones', () => {
    const some = ['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12:3456::1', 'ff02::1', '100::1', '::127.0.0.1']
    const tunnels = ['2002:7f00:1::', '2001:0:4136:e378::', '2001:db8::1', 'fec0::1', '3fff::1']
    for (const address of [...some, ...tunnels, '::ffff:0:0', '', 'example.com', '1.2.3']) {
      expect(isPrivateAddress(address), address).to.equal(true)
    }
    for (const address of ['2606:4700:4700::1111', '2a00:1450:4001:80b::200e', '2001:4860:4860::8888']) {
      expect(isPrivateAddress(address), address).to.equal(false)
    }
    const group = fc.integer({min: 0, max: 0xffff}).map(hex)
    fc.assert(
      fc.property(
        fc.integer({min: 0xfc00, max: 0xffff}),
        fc.array(group, {minLength: 7, maxLength: 7}),
        (first, rest) => {
          expect(isPrivateAddress([hex(first), ...rest].join(':'))).to.equal(true)
        },
      ),
    )
  })
})
