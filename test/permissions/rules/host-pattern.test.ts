import {expect} from 'chai'
import fc from 'fast-check'
import {
  formatHostPattern,
  type HostPattern,
  hostPatternOf,
  matchesHost,
  parseHostPattern,
} from '../../../src/permissions/rules/host-pattern.js'
import {parseRule} from '../../../src/permissions/rules/rule.js'
import {tellTried} from '../../helpers/tried.js'
import {ruleFrom} from '../setup.js'

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/).filter((text) => !/^(\d+|0x.*)$/.test(text))
const host = fc
  .tuple(fc.array(label, {minLength: 1, maxLength: 3}), fc.constantFrom('com', 'org', 'example', 'xn--p1ai'))
  .map(([labels, last]) => [...labels, last].join('.'))
  .filter((name) => URL.canParse(`http://${name}/`))
const scheme = fc.constantFrom('http', 'https')
const port = fc.option(fc.integer({min: 1, max: 65_535}), {nil: undefined})

function pattern(text: string): HostPattern {
  const parsed = parseHostPattern(text)
  if ('problem' in parsed) throw new Error(`${text}: ${parsed.problem}`)
  return parsed
}

describe('patterns of hosts', () => {
  it('have one spelling, whatever they were written as', () => {
    const spellings: Record<string, string> = {
      'example.com': 'example.com',
      ' Example.COM. ': 'example.com',
      'domain:example.com': 'example.com',
      'domain:*.example.com': '*.example.com',
      'bücher.example': 'xn--bcher-kva.example',
      'localhost:3000': 'localhost:3000',
      '127.1': '127.0.0.1',
      '0x7f.0.0.1': '127.0.0.1',
      '2130706433': '127.0.0.1',
      '[::1]:8080': '[::1]:8080',
      '[0:0::1]': '[::1]',
      '*': '*',
    }
    for (const [text, spelling] of Object.entries(spellings)) {
      expect(formatHostPattern(pattern(text)), text).to.equal(spelling)
      expect(ruleFrom(`fetch(${text})`).text).to.equal(`fetch(${spelling})`)
      expect(ruleFrom(`WebFetch(${text})`).text).to.equal(`fetch(${spelling})`)
      expect(ruleFrom(`web_fetch(${spelling})`).text).to.equal(`fetch(${spelling})`)
    }
  })

  it('are refused where they are no host, with what to write', () => {
    for (const text of [
      '',
      'https://a.com',
      'a.com/x',
      'a b',
      'u@a.com',
      'a.com:0',
      'a.com:99999',
      '*.*.com',
      'a?b',
      '::1',
    ])
      expect(parseRule(`fetch(${text})`, 'allow'), text)
        .to.have.nested.property('problem.remedy')
        .that.contains('fetch(')
    expect(parseRule('fetch', 'allow')).to.have.nested.property('problem.remedy').that.contains('fetch(*)')
    for (const effect of ['ask', 'deny'] as const) expect(ruleFrom('WebFetch', effect).text).to.equal('fetch')
  })

  it('match their host in every spelling of an address, and no host that only ends or begins alike', () => {
    let tried = 0
    fc.assert(
      fc.property(host, host, scheme, port, fc.webPath(), (name, other, kind, number, path) => {
        tried++
        const spelled = [name, name.toUpperCase(), `${name}.`]
        for (const each of spelled) {
          const url = new URL(`${kind}://${each}${number === undefined ? '' : `:${number}`}${path}`)
          expect(matchesHost(pattern(name), url)).to.equal(true)
          expect(matchesHost(pattern(`*.${name}`), url)).to.equal(false)
          expect(matchesHost(hostPatternOf(url), url)).to.equal(true)
          const below = new URL(url)
          below.hostname = `a.${each}`
          expect(matchesHost(pattern(name), below)).to.equal(false)
          expect(matchesHost(pattern(`*.${name}`), below)).to.equal(true)
        }
        for (const wrong of [`x${name}`, `${name}.${other}`, `${other}-${name}`]) {
          if (wrong === name) continue
          expect(matchesHost(pattern(name), new URL(`${kind}://${wrong}/`)), wrong).to.equal(false)
        }
        const at = new URL(`${kind}://${name}:81/`)
        expect(matchesHost(pattern(`${name}:82`), at)).to.equal(false)
        expect(matchesHost(pattern(`${name}:81`), at)).to.equal(true)
      }),
    )
    tellTried(tried, 'hosts')
  })

  it('of an IPv4 address match all of its spellings', () => {
    fc.assert(
      fc.property(fc.ipV4Extended(), (address) => {
        const url = new URL(`http://${address}/`)
        expect(matchesHost(pattern(address), url)).to.equal(true)
        expect(matchesHost(pattern(url.hostname), url)).to.equal(true)
      }),
    )
  })
})
