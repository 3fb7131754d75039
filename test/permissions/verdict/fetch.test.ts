import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {type PermissionMode, permissionModes} from '../../../src/permissions/types.js'
import {decide} from '../../../src/permissions/verdict/decide.js'
import {offersFor} from '../../../src/permissions/verdict/offers.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {contextOf, rulesFrom} from '../setup.js'

describe('leave to fetch', () => {
  let box: Sandbox
  beforeEach(() => {
    box = createSandbox()
    mkdirSync(path.join(box.project, '.git'))
  })
  afterEach(() => box.remove())

  const verdict = async (url: string, rules: string[] = [], mode: PermissionMode = 'ask', interactive = true) => {
    const context = contextOf(box, {rules: rulesFrom(...rules), mode, interactive})
    const decision = await decide({tool: 'fetch', url: new URL(url).href}, context)
    return 'hint' in decision ? `${decision.verdict} ${decision.hint}` : decision.verdict
  }

  it('is asked for in every mode but bypass, and denied with the rule to add where nobody can be asked', async () => {
    for (const mode of permissionModes) {
      expect(await verdict('https://a.com/x', [], mode), mode).to.equal(mode === 'bypass' ? 'allow' : 'ask')
    }
    expect(await verdict('https://a.com/x', [], 'ask', false)).to.equal('deny fetch(a.com)')
    expect(await verdict('http://a.com:81/x', [], 'plan', false)).to.equal('deny fetch(a.com:81)')
    expect(await verdict('https://a.com/x', ['allow fetch(a.com)'], 'plan', false)).to.equal('allow')
  })

  it('is by host: deny before ask before allow', async () => {
    const rules = ['allow fetch(*)', 'ask fetch(*.b.com)', 'deny fetch(c.com)']
    expect(await verdict('https://a.com/', rules)).to.equal('allow')
    expect(await verdict('https://x.b.com/', rules, 'bypass')).to.equal('ask')
    expect(await verdict('https://b.com/', rules)).to.equal('allow')
    for (const url of ['https://c.com/', 'http://C.com:8/', 'https://c.com./'])
      expect(await verdict(url, rules, 'bypass'), url).to.equal('deny')
    expect(await verdict('https://a.com/', ['allow fetch(a.com)', 'deny fetch'], 'bypass')).to.equal('deny')
    expect(await verdict('https://a.com/', ['allow bash(*)', 'allow read(**)', 'deny edit(**)'])).to.equal('ask')
  })

  it('is offered for the host, each offer allowing what was asked', async () => {
    const offers = await offersFor({tool: 'fetch', url: 'https://xn--80ak6aa92e.com/a?b'}, contextOf(box))
    expect(offers).to.deep.equal(
      (['session', 'always'] as const).map((scope) => ({
        scope,
        rule: 'fetch(xn--80ak6aa92e.com)',
        covers: 'every page of xn--80ak6aa92e.com',
      })),
    )
    expect(
      await offersFor({tool: 'fetch', url: 'https://a.com/'}, contextOf(box, {rules: rulesFrom('ask fetch')})),
    ).to.deep.equal([])
  })
})
