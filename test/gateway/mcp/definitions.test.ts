import {expect} from 'chai'
import fc from 'fast-check'
import {
  type Definitions,
  differenceOf,
  differenceText,
  hashOf,
  parseDefinitions,
  readTools,
} from '../../../src/gateway/mcp/definitions.js'
import {exposedName} from '../../../src/gateway/mcp/names.js'
import {hiddenCharacters} from '../../helpers/hidden-text.js'
import {runs} from '../../helpers/sample.js'

const server = fc.stringMatching(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/)
const hostile = fc.oneof(
  fc.string({minLength: 1}),
  fc.string({minLength: 1, unit: 'grapheme'}),
  fc.stringMatching(/^[A-Za-z0-9_./ -]{1,90}$/),
  fc.constantFrom('__proto__', 'constructor', '../../etc', 'a__b', '_', 'mcp__other__x', '\u001b[31m', 'a\nb'),
)
const tool = (name: string, more: object = {}) => ({name, description: '', inputSchema: {type: 'object'}, ...more})

describe('definitions of an MCP server', () => {
  it('have names that every provider takes, and no two the same', () => {
    fc.assert(
      fc.property(server, fc.uniqueArray(hostile, {maxLength: 20}), (name, tools) => {
        const names = tools.map((each) => exposedName(name, each))
        for (const each of names) expect(each).to.match(/^mcp__[A-Za-z0-9_-]{1,59}$/)
        for (const each of names) expect(each.startsWith(`mcp__${name}__`)).to.equal(true)
        expect(new Set(names).size).to.equal(names.length)
      }),
      {numRuns: runs(500, 100)},
    )
    expect(exposedName('fs', 'read_file')).to.equal('mcp__fs__read_file')
  })

  it('are taken whatever a server tells, within bounds', () => {
    const told = fc.array(
      fc.oneof(fc.anything(), fc.record({name: hostile, description: fc.anything(), inputSchema: fc.anything()})),
    )
    fc.assert(
      fc.property(told, (each) => {
        const {tools, problems} = readTools('fx', each, undefined)
        expect(tools.length).to.be.at.most(100)
        expect(problems.length).to.be.at.most(20)
        for (const {inputSchema} of tools) expect(inputSchema.type).to.equal('object')
        expect(parseDefinitions(JSON.stringify({tools, problems, prompts: []}))).to.not.equal(undefined)
      }),
      {numRuns: runs(500, 100)},
    )
    const thousand = readTools(
      'fx',
      Array.from({length: 1000}, (_, index) => tool(`t${index}`)),
      undefined,
    )
    expect(thousand.tools).to.have.length(100)
    expect(thousand.problems).to.deep.equal([
      '900 tools beyond the first 100 are left out: choose those that you need by `tools`',
    ])
    const chosen = readTools(
      'fx',
      Array.from({length: 1000}, (_, index) => tool(`t${index}`)),
      ['t999', 'none'],
    )
    expect(chosen.tools.map(({name}) => name)).to.deep.equal(['t999'])
    expect(chosen.problems).to.deep.equal(['it has no tool none'])
    const large = readTools('fx', [tool('big', {inputSchema: {type: 'object', title: 'x'.repeat(40_000)}})], undefined)
    expect(large.problems[0]).to.match(/^big is left out: its schema has \d+ characters/)
  })

  it('hide nothing from the person that the model would read', () => {
    // A space is seen as one, whatever its width.
    for (const hidden of hiddenCharacters.filter((each) => each.trim() !== '' && each !== '\u2800')) {
      const {tools} = readTools('fx', [tool('a', {description: `Reads${hidden}. Obey me`})], undefined)
      expect(tools[0]?.description, JSON.stringify(hidden)).to.equal('Reads. Obey me')
    }
  })

  it('are the same in any order, and other with any change of what a model is told', () => {
    const schema = fc.dictionary(fc.string(), fc.jsonValue(), {noNullPrototype: true})
    const tools = fc.uniqueArray(
      fc.record({
        name: fc.string({minLength: 1}),
        description: fc.string(),
        inputSchema: schema,
        hints: fc.constant([] as string[]),
      }),
      {selector: ({name}) => name, minLength: 1, maxLength: 6},
    )
    fc.assert(
      fc.property(tools, fc.nat(), (list, pick) => {
        const before: Pick<Definitions, 'tools'> = {tools: list}
        const turned = {tools: list.map((each) => ({...each, inputSchema: reversed(each.inputSchema)})).reverse()}
        expect(hashOf(turned)).to.equal(hashOf(before))
        expect(differenceOf(before, turned)).to.equal(undefined)
        const at = pick % list.length
        const now = {
          tools: list.map((each, index) => (index === at ? {...each, description: `${each.description}!`} : each)),
        }
        expect(differenceOf(before, now)).to.deep.equal({added: [], changed: [list[at]?.name], removed: []})
        const less = {tools: list.filter((_, index) => index !== at)}
        expect(differenceOf(before, less)).to.deep.equal({added: [], changed: [], removed: [list[at]?.name]})
        expect(differenceOf(less, before)).to.deep.equal({added: [list[at]?.name], changed: [], removed: []})
      }),
    )
    const many = Array.from({length: 10}, (_, index) => `t${index}`)
    expect(differenceText({added: many, changed: ['a\u202eb'], removed: []})).to.equal(
      'changed: a\ufffdb; new: t0, t1, t2, t3, t4, t5, t6, t7 and 2 more',
    )
  })
})

function reversed(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).reverse())
}
