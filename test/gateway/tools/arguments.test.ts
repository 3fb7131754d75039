import {expect} from 'chai'
import fc from 'fast-check'
import {argumentCheck} from '../../../src/gateway/tools/argument-schema.js'
import {coerced} from '../../../src/gateway/tools/coerce.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'

const specs = {
  text: {type: 'string', description: 'A text', required: true},
  count: {type: 'integer', description: 'A number', minimum: -1000, maximum: 1000},
  flag: {type: 'boolean', description: 'A truth value'},
  names: {type: 'array', description: 'Texts', items: 'string', maxItems: 9},
  rows: {
    type: 'array',
    description: 'Entries',
    maxItems: 9,
    items: {
      name: {type: 'string', description: 'A name'},
      all: {type: 'boolean', description: 'A truth value', optional: true},
    },
  },
} as const

describe('arguments of a tool', () => {
  it('are the same in whatever form a model writes them', () => {
    const check = argumentCheck(specs)
    const name = fc.string({minLength: 1})
    // What reads as JSON is another thing than what it says, where a list of texts is asked for.
    const plain = name.filter((text) => !/^\s*[[{"\d-]|^\s*(?:true|false|null)\s*$/.test(text))
    const meant = fc.record(
      {
        text: fc.string(),
        count: fc.integer({min: -1000, max: 1000}),
        flag: fc.boolean(),
        names: fc.array(plain, {maxLength: 3}),
        rows: fc.array(fc.record({name, all: fc.boolean()}, {requiredKeys: ['name']}), {maxLength: 3}),
      },
      {requiredKeys: ['text']},
    )
    let tried = 0
    const property = fc.property(meant, fc.infiniteStream(fc.nat(3)), (args, choices) => {
      const choose = () => choices.next().value ?? 0
      const written = (value: unknown): unknown => {
        const form = choose()
        if (typeof value === 'number') return [value, String(value), ` ${value} `, `${value}.0`][form]
        if (typeof value === 'boolean') return [value, String(value), String(value).toUpperCase(), ` ${value}`][form]
        if (Array.isArray(value)) {
          if (value.length === 1 && form === 1) return typeof value[0] === 'object' ? writtenRow(value[0]) : value[0]
          if (form === 2) return JSON.stringify(value.map((one) => (typeof one === 'object' ? writtenRow(one) : one)))
          return value.map((one) => (typeof one === 'object' ? writtenRow(one) : one))
        }
        return value
      }
      const writtenRow = (row: {name: string; all?: boolean}): unknown => {
        const all = row.all === undefined ? (choose() > 1 ? {all: null} : {}) : {all: written(row.all)}
        const whole = {...row, ...all}
        return choose() === 3 ? JSON.stringify(whole) : whole
      }
      const sent: Record<string, unknown> = {}
      for (const key of Object.keys(specs) as (keyof typeof specs)[]) {
        if (args[key] !== undefined) sent[key] = written(args[key])
        else if (choose() > 1) sent[key] = null
      }
      const got = check(coerced(sent, specs))
      expect(got, JSON.stringify(sent)).to.deep.equal({value: args})
      tried++
    })
    fc.assert(property, {numRuns: runs(2000, 400)})
    tellTried(tried, 'arguments in other forms')
  })

  it('of any kind are taken, or told what is wrong with them', () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(undefined, Number.NaN, Number.POSITIVE_INFINITY, '[', '{"a":'),
    )
    let tried = 0
    const names = Object.keys(specs)
    const check = argumentCheck(specs)
    const property = fc.property(fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), anything), (given) => {
      tried++
      const got = check(coerced(given, specs))
      if ('problem' in got) expect(got.problem).to.match(/^the argument|^there is no argument/)
      else expect(Object.keys(got.value).every((key) => names.includes(key))).to.equal(true)
    })
    fc.assert(property, {numRuns: runs(2000, 400)})
    tellTried(tried, 'arguments of any kind')
  })
})
