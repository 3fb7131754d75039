import {expect} from 'chai'
import {createStyle} from '../../../src/tui/text/style.js'
import {boundedRows} from '../../../src/tui/transcript/bounded.js'
import {type Item, toolItem} from '../../../src/tui/transcript/items.js'

describe('boundedRows', () => {
  const options = {width: 60, style: createStyle({TERM: 'dumb'})}
  const fails = (error: unknown) => () => {
    throw error
  }
  const items: Item[] = [
    {id: 0, kind: 'user', text: 'what was said'},
    {id: 0, kind: 'assistant', text: 'what was said', first: true},
    {id: 0, kind: 'reasoning', text: 'what was said'},
    {id: 0, kind: 'notice', tone: 'info', text: 'what was said'},
    {id: 0, kind: 'output', text: 'what was said'},
    {id: 0, kind: 'interrupted'},
    {id: 0, ...toolItem({id: 't', name: 'what was said', context: '', status: 'complete'})},
  ]

  it('shows an item of any kind as plain text where drawing it throws, and says so', () => {
    for (const item of items) {
      for (const error of [
        new TypeError('x is not a function'),
        'a text',
        null,
        new RangeError('Invalid \x1b[31m length'),
      ]) {
        const [note, text] = boundedRows(item, fails(error), options)
        expect(note)
          .to.match(/^· shown as plain text: /)
          .and.not.include('\x1b')
        expect(text).to.equal(item.kind === 'interrupted' ? 'interrupted' : 'what was said')
      }
    }
  })

  it('says how much of a long text and of many rows is not shown', () => {
    const long: Item = {id: 0, kind: 'output', text: 'x'.repeat(100_000)}
    expect(boundedRows(long, (item) => ['text' in item ? String(item.text.length) : ''], options)).to.deep.equal([
      '64000',
      '… 36000 more characters are not shown',
    ])
    const many = boundedRows(long, () => Array<string>(5000).fill('row'), options)
    expect(many).to.have.lengthOf(4002)
    expect(many.at(-2)).to.equal('… 1000 more rows are not shown')
  })
})
