import {expect} from 'chai'
import {changedKeys, changeText} from '../../src/config/changes.js'
import {defaultConfig} from '../../src/config/index.js'

describe('config changes', () => {
  const before = defaultConfig()

  it('are the keys whose values differ, however deep', () => {
    const after = {...before, 'recovery.backoffMs': [0, 250, 999], 'recovery.limit': 5}
    expect(changedKeys(before, after)).to.deep.equal(['recovery.limit', 'recovery.backoffMs'])
    expect(changedKeys(before, {...before, 'recovery.backoffMs': [...before['recovery.backoffMs']]})).to.deep.equal([])
  })

  it('are told with short values only, and never with a secret', () => {
    expect(changeText('recovery.limit', before, {...before, 'recovery.limit': 5})).to.equal('recovery.limit 3 → 5')
    expect(changeText('model', before, {...before, model: 'offline'})).to.equal('model – → offline')
    expect(changeText('systemPrompt', before, {...before, systemPrompt: 'x'})).to.equal('systemPrompt')
    const after = {...before, providers: {p: {apiKey: 'sk-12345678901234567890'}}}
    expect(changeText('providers', before, after)).to.not.include('1234567890')
  })
})
