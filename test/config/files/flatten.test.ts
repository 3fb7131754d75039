import {expect} from 'chai'
import fc from 'fast-check'
import {flatten} from '../../../src/config/files/flatten.js'
import {configKeys} from '../../../src/config/schema.js'

function valuesOf(data: unknown): Record<string, unknown> {
  return Object.fromEntries(flatten(data).found.map(({key, value}) => [key, value]))
}

function messagesOf(data: unknown): string[] {
  return flatten(data).misplaced.map(({message}) => message)
}

describe('flat keys', () => {
  it('come out the same from nested groups, dotted keys and any mixture', () => {
    const choice = fc.record({key: fc.constantFrom(...configKeys), nested: fc.boolean(), value: fc.integer()})
    fc.assert(
      fc.property(fc.uniqueArray(choice, {selector: ({key}) => key}), (choices) => {
        const data: Record<string, unknown> = {}
        for (const {key, nested, value} of choices) {
          const [group, name] = key.split('.')
          if (!nested || group === undefined || name === undefined) data[key] = value
          else data[group] = {...(data[group] as Record<string, unknown> | undefined), [name]: value}
        }
        expect(valuesOf(data)).to.deep.equal(Object.fromEntries(choices.map(({key, value}) => [key, value])))
        expect(messagesOf(data)).to.deep.equal([])
      }),
    )
  })

  it('tell where in the file they stand', () => {
    expect(flatten({recovery: {limit: 5}}).found[0]?.path).to.deep.equal(['recovery', 'limit'])
    expect(flatten({'recovery.limit': 5}).found[0]?.path).to.deep.equal(['recovery.limit'])
  })

  it('are unset by null and by an empty group', () => {
    expect(valuesOf({model: null, recovery: null})).to.deep.equal({})
    expect(flatten(undefined)).to.deep.equal({found: [], misplaced: []})
  })

  it('are set once', () => {
    expect(messagesOf({recovery: {limit: 5}, 'recovery.limit': 6})).to.deep.equal(['"recovery.limit" is set twice'])
  })

  it('are known', () => {
    expect(messagesOf({recovery: {limt: 5}})).to.deep.equal([
      '"recovery.limt" is not a known key; did you mean "recovery.limit"?',
    ])
    expect(messagesOf({recvery: {limit: 5}})).to.deep.equal(['"recvery" is not a known key; did you mean "recovery"?'])
    // A guess at where something could stand is told what stands there.
    for (const guess of [{models: {'work/x': {context: 1}}}, {models: {whatever: 1}}]) {
      expect(messagesOf(guess).join()).to.match(/is not a known key; "models" takes retries, backoffMs, /)
    }
    expect(messagesOf({$import: './x.js'})).to.deep.equal(['"$import" is not a known key'])
    expect(messagesOf(JSON.parse('{"__proto__": 1, "constructor": 1}'))).to.have.length(2)
  })

  it('need a group where there is one', () => {
    const below = configKeys.flatMap((key) => (key.startsWith('ui.') ? [key.slice('ui.'.length)] : []))
    expect(messagesOf({ui: 5})).to.deep.equal([`"ui" is a group: expected ${below.join(', ')} below it`])
    expect(messagesOf(['model'])).to.deep.equal(['the file does not hold keys with values'])
  })

  it('gather a provider from dotted parts', () => {
    expect(
      valuesOf({
        'providers.local.baseUrl': 'http://x',
        'providers.local.apiKey': 'k',
        'providers.my.server': {kind: 'openai'},
        providers: undefined,
      }),
    ).to.deep.equal({providers: {local: {baseUrl: 'http://x', apiKey: 'k'}, 'my.server': {kind: 'openai'}}})
  })
})
