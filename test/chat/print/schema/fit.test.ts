import {expect} from 'chai'
import fc from 'fast-check'
import {z} from 'zod'
import type {SchemaObject} from '../../../../src/chat/print/schema/draft.js'
import {misfitsOf} from '../../../../src/chat/print/schema/fit.js'
import {checkSchema, WrongSchema} from '../../../../src/chat/print/schema/schema.js'
import {runs, someOf} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'

const misfits = (schema: unknown, value: unknown) => misfitsOf(checkSchema(schema), value)

const draft07 = 'http://json-schema.org/draft-07/schema#'

/** Each: a schema, values that fit, values that don't. */
const cases: [schema: unknown, good: unknown[], bad: unknown[]][] = [
  [true, [1, null], []],
  [false, [], [1, null]],
  [{}, [1, 'a', null, []], []],
  [{type: 'integer'}, [1, 1.0, -0, 1e20], [1.5, '1', null, true]],
  [{type: ['string', 'null'], minLength: 2}, ['ab', null], ['a', 1]],
  [{minLength: 2}, ['ab', 1, null, []], ['a']],
  [{maxLength: 1}, ['😀', ''], ['ab']],
  [{required: ['a']}, [{a: 1}, 'text', []], [{}, {b: 1}]],
  [{required: ['toString', '__proto__']}, [JSON.parse('{"toString":1,"__proto__":1}')], [{}]],
  [{properties: {a: {type: 'string'}}}, [{}, {a: 'x'}, {b: 1}, 7], [{a: 1}]],
  [{properties: {a: true}, additionalProperties: false}, [{a: 1}, {}], [{b: 1}, JSON.parse('{"__proto__":1}')]],
  [{additionalProperties: {type: 'number'}}, [{a: 1}], [{a: 'x'}]],
  [{patternProperties: {'^a': {type: 'number'}}, additionalProperties: false}, [{ab: 1}], [{ab: 'x'}, {b: 1}]],
  [{propertyNames: {maxLength: 1}}, [{a: 1}], [{ab: 1}]],
  [{minProperties: 1, maxProperties: 2}, [{a: 1}, 3], [{}, {a: 1, b: 1, c: 1}]],
  [{enum: [{a: 1, b: [2]}, 'x', null]}, [{b: [2], a: 1}, 'x', null], [{a: 1}, 'y', 0]],
  [{type: 'string', enum: ['a', 'bcd'], minLength: 2}, ['bcd'], ['a']],
  [{const: [1, {a: null}]}, [[1, {a: null}]], [[1], [1, {}]]],
  [{const: 0}, [0, -0], [false, '0', null]],
  [{allOf: [{required: ['a']}, {required: ['b']}]}, [{a: 1, b: 1}], [{a: 1}]],
  [{type: 'object', anyOf: [{required: ['a']}, {required: ['b']}]}, [{b: 1}], [{}, []]],
  [{oneOf: [{type: 'number'}, {type: 'integer'}]}, [1.5], [1, 'a']],
  [{not: {type: 'string'}}, [1], ['a']],
  [{not: {}}, [], [1]],
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  [{if: {type: 'string'}, then: {minLength: 2}, else: {minimum: 2}}, ['ab', 3, null], ['a', 1]],
  [{dependentRequired: {a: ['b']}}, [{}, {b: 1}, {a: 1, b: 1}], [{a: 1}]],
  [{dependentSchemas: {a: {required: ['b']}}}, [{}, {a: 1, b: 1}], [{a: 1}]],
  [{dependencies: {a: ['b'], c: {minProperties: 2}}}, [{}, {a: 1, b: 1}], [{a: 1}, {c: 1}]],
  [{items: {type: 'number'}}, [[], [1], 'x'], [['a']]],
  [{prefixItems: [{type: 'number'}], items: false}, [[], [1]], [[1, 2], ['a']]],
  [{$schema: draft07, items: [{type: 'number'}], additionalItems: {type: 'string'}}, [[1, 'a'], [1]], [[1, 2], ['a']]],
  [{minItems: 1, maxItems: 2}, [[1]], [[], [1, 2, 3]]],
  [
    {uniqueItems: true},
    [
      [1, '1', [1]],
      [{a: 1}, {a: 2}],
    ],
    [
      [1, 1],
      [
        {a: 1, b: 2},
        {b: 2, a: 1},
      ],
    ],
  ],
  [{contains: {type: 'number'}, maxContains: 1}, [['a', 1]], [['a'], [], [1, 2]]],
  [{contains: {type: 'number'}, minContains: 0}, [[], ['a']], []],
  [{multipleOf: 0.1}, [0.3, 1, 0], [0.35]],
  [{multipleOf: 3}, [9, 0, -3], [10]],
  [{exclusiveMinimum: 0, maximum: 2}, [1, 2], [0, 3]],
  [{pattern: '^a.$'}, ['a😀', 7], ['b', 'xab']],
  [{pattern: '\\-'}, ['-'], ['a']],
  [{$ref: '#/$defs/x', $defs: {x: {type: 'string'}}}, ['a'], [1]],
  [{$ref: '#/definitions/x', minLength: 2, definitions: {x: {type: 'string'}}}, ['ab'], ['a', 1]],
  [{$ref: '#/$defs/a~1b%20c', $defs: {'a/b c': {type: 'null'}}}, [null], [1]],
  [{$ref: '#here', $defs: {x: {$anchor: 'here', type: 'null'}}}, [null], [1]],
  [
    {type: 'object', properties: {next: {$ref: '#'}, n: {type: 'number'}}, required: ['n']},
    [{n: 1}, {n: 1, next: {n: 2}}],
    [{n: 1, next: {}}],
  ],
  [{allOf: [{properties: {a: true}}], unevaluatedProperties: false}, [{a: 1}, {}], [{a: 1, b: 1}]],
  [{prefixItems: [true], unevaluatedItems: false}, [[1]], [[1, 2]]],
  [{type: 'number'}, [JSON.parse('1e400'), 2 ** 60], ['1']],
  [{multipleOf: 0.01}, [123_456.78, 99.99, 1e18], [0.005]],
  [
    {$id: 'https://example.com/a', items: {$ref: 'https://example.com/a#/$defs/x'}, $defs: {x: {type: 'null'}}},
    [[null]],
    [[1]],
  ],
  [{$schema: 'https://json-schema.org/draft/2019-09/schema', items: [{type: 'null'}]}, [[null, 1]], [[1]]],
  [
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    {if: {minProperties: 9}, then: {properties: {a: true}}, patternProperties: {'^a': {type: 'number'}}},
    [{a: 1}],
    [{a: 'x'}],
  ],
  [{format: 'date', title: 'x', default: 7, 'x-own': {type: 1}}, ['not a date'], []],
]

describe('a value against a JSON Schema', () => {
  for (const [schema, good, bad] of cases) {
    it(JSON.stringify(schema), () => {
      for (const value of good) expect(misfits(schema, value), JSON.stringify(value)).to.deep.equal([])
      for (const value of bad) expect(misfits(schema, value), JSON.stringify(value)).to.not.deep.equal([])
    })
  }

  it('is told with the place, what is expected and what was found', () => {
    const schema = {
      type: 'object',
      properties: {
        'a/b': {type: 'array', items: {type: ['string', 'null']}},
        pet: {anyOf: [{type: 'object', required: ['name']}, {type: 'null'}]},
      },
      required: ['id'],
      additionalProperties: false,
    }
    expect(misfits(schema, {'a/b': ['x', 3], pet: {}, extra: 1})).to.deep.equal([
      {place: '', problem: 'the member "id" is missing'},
      {place: '', problem: 'the member "extra" is not allowed'},
      {place: '/a~1b/1', problem: 'expected a string or null, found 3'},
      {place: '/pet', problem: 'fits none of anyOf: the member "name" is missing'},
    ])
  })

  it('is told of the first ten misfits, each in a short line', () => {
    const found = misfits(
      {items: {const: 1}},
      Array.from({length: 1000}, () => 'x'.repeat(10_000)),
    )
    expect(found).to.have.lengthOf(10)
    for (const {problem} of found) expect(problem.length).to.be.below(200)
  })

  it('is refused where it is nested too deeply, and not looked at', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    for (const schema of [{}, {enum: [1]}, {uniqueItems: true}, {items: {$ref: '#'}}]) {
      expect(misfits(schema, deep)).to.deep.equal([{place: '', problem: 'it is nested deeper than 300 levels'}])
    }
    const ok = JSON.parse(`${'['.repeat(290)}${']'.repeat(290)}`)
    expect(misfits({type: 'array', items: {$ref: '#'}}, ok)).to.deep.equal([])
  })

  it('is refused, and no stack ends, where each level is a long chain of references', () => {
    const names = Array.from({length: 150}, (_, index) => `d${index}`)
    const $defs = Object.fromEntries(names.map((name, index) => [name, {$ref: `#/$defs/${names[index + 1] ?? 'end'}`}]))
    const schema = {$ref: '#/$defs/d0', $defs: {...$defs, end: {items: {$ref: '#'}}}}
    const deep = JSON.parse(`${'['.repeat(290)}${']'.repeat(290)}`)
    expect(misfits(schema, [[1]])).to.deep.equal([])
    expect(() => misfits(schema, deep)).to.not.throw()
  })

  it('is told in bounds, whatever a choice has', () => {
    const anyOf = Array.from({length: 100}, (_, index) => ({properties: {kind: {const: `${index}`.repeat(100)}}}))
    const found = misfits(
      {items: {anyOf}},
      Array.from({length: 1000}, () => ({kind: 'x'})),
    )
    expect(found).to.have.lengthOf(10)
    for (const {problem} of found) expect(problem.length).to.be.below(500)
    expect(found[0]?.problem).to.match(/^fits none of anyOf: \/kind expected "0/)
  })

  it('is told of the part of a choice that was meant, behind a reference too', () => {
    const schema = {
      items: {anyOf: [{$ref: '#/$defs/pet'}, {type: 'null'}]},
      contains: {$ref: '#/$defs/pet'},
      minItems: 3,
      $defs: {pet: {type: 'object', required: ['name']}},
    }
    expect(misfits(schema, [{}])).to.deep.equal([
      {place: '', problem: 'expected at least 3 entries, found [{}]'},
      {place: '/0', problem: 'fits none of anyOf: the member "name" is missing'},
      {
        place: '',
        problem: 'expected at least 1 entries as {"$ref":"#/$defs/pet"}, found [{}]: /0 the member "name" is missing',
      },
    ])
  })

  it('fits where zod says so, and not where it does not', () => {
    let tried = 0
    fc.assert(
      fc.property(typed, fc.jsonValue({maxDepth: 3}), (schema, any) => {
        // Of integers above 2^53 zod says that they are none.
        const value = JSON.parse(JSON.stringify(any), (_, each) =>
          typeof each === 'number' && Math.abs(each) > 2 ** 53 - 1 ? 2 ** 31 : each,
        )
        const checked = checkSchema(schema)
        for (const each of [value, sampleOf(schema, value)]) {
          tried++
          expect(misfitsOf(checked, each).length === 0, JSON.stringify({schema, each})).to.equal(
            z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(each).success,
          )
        }
      }),
      {numRuns: runs(5000, 40)},
    )
    tellTried(tried, 'values that are near to a schema')
  })

  it('is refused with its place where it is nested deeper than can be read, in whatever keyword', () => {
    const wraps: ((part: unknown) => unknown)[] = [
      (not) => ({not}),
      (items) => ({items}),
      (a) => ({properties: {a}}),
      (part) => ({anyOf: [part]}),
      (additionalProperties) => ({additionalProperties}),
      (propertyNames) => ({propertyNames}),
    ]
    // Ajv makes megabytes of code of what is only just not too deep.
    const costly = someOf(wraps, 2)
    for (const wrap of wraps) {
      for (const depth of costly.includes(wrap) ? [10, 150, 399, 5000] : [10, 5000]) {
        let schema: unknown = {type: 'string'}
        for (let level = 0; level < depth; level++) schema = wrap(schema)
        if (depth < 200) expect(() => misfits(schema, {a: [1]})).to.not.throw()
        else if (depth > 400) expect(() => misfits(schema, {a: [1]})).to.throw(WrongSchema, 'nested deeper than 400')
        else {
          try {
            misfits(schema, {a: [1]})
          } catch (error) {
            expect(error).to.be.instanceOf(WrongSchema)
          }
        }
      }
    }
  })

  it('is refused where Ajv would pass over a part of it, or throw', () => {
    const wrong: [schema: unknown, place: string, ...words: string[]][] = [
      [JSON.parse('{"items":{"properties":{"__proto__":{"type":"string"}}}}'), '/items/properties/__proto__', 'name'],
      [{not: {$async: true}}, '/not/$async', 'leave it out'],
      [{not: {enum: []}}, '/not/enum', 'at least 1'],
      [{$schema: draft07, not: {prefixItems: []}}, '/not/prefixItems', '2020-12'],
      [{not: {items: [true]}}, '/not/items', 'prefixItems', draft07],
      [{not: {$ref: '#/%'}}, '/not/$ref', 'reference'],
      [{not: {$ref: 'b.json'}, $id: 'https://example.com/a.json'}, '/not/$ref', 'nothing is fetched'],
      [{not: {patternProperties: {'(': true}}}, '/not/patternProperties/(', 'regular expression'],
      [{$schema: 'x'}, '/$schema', draft07],
      [3, '', 'an object or a boolean'],
      [{$ref: '#/$defs/a', $defs: {a: {allOf: [{$ref: '#'}]}}}, '', 'refers to itself'],
      [{type: 'string', if: {minLength: 0}, else: {$ref: '#'}}, 'right'],
    ]
    for (const [schema, place, ...words] of wrong) {
      let found: unknown
      try {
        checkSchema(schema)
        found = new WrongSchema('right', '')
      } catch (error) {
        found = error
      }
      expect(found, JSON.stringify(schema)).to.be.instanceOf(WrongSchema)
      const {place: at, message} = found as WrongSchema
      expect(at, JSON.stringify(schema)).to.equal(place)
      for (const word of words) expect(message).to.include(word)
    }
  })

  it('says of any JSON either that it is a schema, or what is wrong with it', () => {
    const hostileSchemas = runs(5000, 40)
    let schemas = 0
    fc.assert(
      fc.property(hostile, fc.jsonValue(), (schema, value) => {
        try {
          misfits(schema, value)
          schemas++
        } catch (error) {
          expect(error).to.be.instanceOf(WrongSchema)
          expect((error as Error).message).to.match(/\S/)
        }
      }),
      {numRuns: hostileSchemas},
    )
    tellTried(hostileSchemas, `schemas, ${schemas} of them right`)
  })
})

/** Of what zod understands as the specification does: with a type, and names that are required among the properties. */
const typed: fc.Arbitrary<SchemaObject> = fc.letrec<{schema: SchemaObject}>((tie) => ({
  schema: fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    fc.record(
      {type: fc.constant('string'), minLength: fc.nat(3), maxLength: fc.nat(5), pattern: fc.constant('^[a-z]*$')},
      {requiredKeys: ['type']},
    ),
    fc.record(
      {type: fc.constantFrom('number', 'integer'), minimum: fc.integer({min: -5, max: 5}), exclusiveMaximum: fc.nat(9)},
      {requiredKeys: ['type']},
    ),
    fc.constantFrom({type: 'boolean'}, {type: 'null'}),
    fc.record({enum: fc.array(fc.constantFrom('a', 1, null, true), {minLength: 1})}),
    fc.record({anyOf: fc.array(tie('schema'), {minLength: 1, maxLength: 3})}),
    fc.record(
      {type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(2), maxItems: fc.nat(3)},
      {requiredKeys: ['type', 'items']},
    ),
    fc
      .tuple(fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('schema')), fc.boolean(), fc.boolean())
      .map(([properties, all, closed]) => ({
        type: 'object',
        properties,
        required: all ? Object.keys(properties) : [],
        ...(closed && {additionalProperties: false}),
      })),
  ) as fc.Arbitrary<SchemaObject>,
})).schema

/** A value that is near to what the schema wants. */
function sampleOf(schema: SchemaObject, other: unknown): unknown {
  if (Array.isArray(schema.enum)) return schema.enum[0]
  if (Array.isArray(schema.anyOf)) return sampleOf(schema.anyOf.at(-1), other)
  switch (schema.type) {
    case 'string':
      return 'abcd'.slice(0, Number(schema.minLength ?? 1))
    case 'array':
      return schema.items ? [sampleOf(schema.items as SchemaObject, other)] : [other]
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties as object).map(([name, part]) => [name, sampleOf(part, other)]),
      )
    case 'null':
      return null
    case 'boolean':
      return true
    default:
      return 4
  }
}

const keyword = fc.constantFrom(
  '$ref',
  '$defs',
  'type',
  'enum',
  'allOf',
  'not',
  'if',
  'properties',
  'required',
  'items',
  'pattern',
  'minLength',
  'patternProperties',
  'dependencies',
  '__proto__',
  'constructor',
  'typ',
  '',
)
const hostile = fc.letrec((tie) => ({
  schema: fc.oneof(
    {depthSize: 'medium', withCrossShrink: true},
    fc.jsonValue(),
    fc.constantFrom('#', '#/$defs/a', '#/properties', '#/%', 'string', '('),
    fc.array(tie('schema'), {maxLength: 3}),
    fc.dictionary(keyword, tie('schema'), {maxKeys: 4}),
  ),
})).schema
