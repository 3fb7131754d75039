import {expect} from 'chai'
import fc from 'fast-check'
import {correctionFor, fittedAnswer, promptFor} from '../../../../src/chat/print/schema/answer.js'
import {checkSchema} from '../../../../src/chat/print/schema/schema.js'
import {mentionsIn} from '../../../../src/protocol/mention.js'

const any = checkSchema({})
const object = checkSchema({type: 'object'})
const valueIn = (text: string, schema = object) => {
  const fitted = fittedAnswer([text], schema)
  return 'value' in fitted ? JSON.stringify(fitted.value) : undefined
}

describe('a value in an answer', () => {
  it('is the whole, what stands in a fence, or what follows talk', () => {
    const good = [
      '{"a":1}',
      ' \n{"a": 1}\n',
      '```json\n{"a":1}\n```',
      'Here it is:\n```\n{"a":1}\n```\nIs it right?',
      '  ```JSON title\n  {"a":1}\n  ```',
      'Let me look.\n\n{"a":1}',
      '[1] is a footnote.\n{"no": json}\n{"a":1}',
      '```\n[1]\n```\n```\n{"a":1}\n```',
    ]
    for (const text of good) expect(valueIn(text), text).to.equal('{"a":1}')
    const bad = [
      '',
      'a',
      '{"a":1',
      '{"a":1} and so on',
      'It is {"a":1}',
      '{"a":1}\n{"b":2} x',
      "{'a':1}",
      'undefined',
      'NaN',
    ]
    for (const text of bad) expect(valueIn(text), text).to.equal(undefined)
  })

  it('is the same as it was written, numbers too', () => {
    for (const text of [
      '{"a":12345678901234567890}',
      '{"a":1e400}',
      '{"a":1.10,"b":-0}',
      '{"__proto__":{"x":1}}',
      '{"a":"\\u2028"}',
    ]) {
      expect(valueIn(text)?.replace('\u2028', '\\u2028'), text).to.equal(text)
    }
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(valueIn(json, any)).to.equal(JSON.stringify(JSON.parse(json)))
      }),
    )
  })

  it('is looked for quickly in a long answer of no value', () => {
    for (const text of ['{'.repeat(200_000), '{\n'.repeat(100_000), '```\n'.repeat(50_000), '"\n'.repeat(100_000)]) {
      expect(valueIn(text)).to.equal(undefined)
    }
  })

  it('is asked for without a mention of files, whatever the schema and the answer have', () => {
    const schema = JSON.stringify({pattern: '^@/etc/passwd$', enum: ['@README.md']})
    expect(mentionsIn(promptFor('see @a.txt', schema)).map(({path}) => path)).to.deep.equal(['a.txt'])
    expect(mentionsIn(correctionFor(['expected 1, found "@/etc/passwd"', '@b']))).to.deep.equal([])
    const [, told = ''] = promptFor('x', schema).split(/\n(?=\{)/)
    expect(JSON.parse(told)).to.deep.equal(JSON.parse(schema))
  })
})
