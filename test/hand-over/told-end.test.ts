import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {formatRecord} from '../../src/crash-log/record.js'
import {toldEnd} from '../../src/hand-over/told-end.js'

describe('the end of a process that is no child', () => {
  let folder = ''
  const log = () => path.join(folder, 'crash.log')
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-end-'))
  })
  afterEach(() => rmSync(folder, {recursive: true, force: true}))

  const unsaid = {code: null, signal: null, stderrTail: []}
  const kinds = {
    'gateway-exit': {
      fields: {code: 0, reason: 'stdin EOF'},
      end: {code: 0, signal: null},
      says: '[gateway-exit] stdin EOF',
    },
    'signal-received': {
      fields: {signal: 'SIGTERM'},
      end: {code: null, signal: 'SIGTERM'},
      says: '[gateway-signal] SIGTERM',
    },
    uncaught: {
      fields: {name: 'TypeError', message: 'x is "odd"'},
      end: {code: 1, signal: null},
      says: '[gateway-crash] TypeError: x is "odd"',
    },
    detached: {fields: {turns: 1}, end: undefined, says: ''},
  } as const

  it('is what that very process wrote last, whatever others wrote beside it', () => {
    const record = fc.record({
      event: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])),
      pid: fc.constantFrom(41, 42, 142),
      late: fc.boolean(),
      ours: fc.boolean(),
      noise: fc.string(),
    })
    fc.assert(
      fc.property(fc.array(record, {maxLength: 12}), (records) => {
        const lines = records.map(({event, pid, late, ours, noise}) => {
          const fields = Object.entries({pid, ...kinds[event].fields})
          const text = {time: late ? 2000 : 1000, event, fields}
          return `${noise.replace(/[\r\n[]/g, '')}\n${formatRecord(ours ? 'gateway' : 'tui-parent', text, (each) => each)}`
        })
        writeFileSync(log(), lines.join(''))
        const last = records.findLast(
          ({event, pid, late, ours}) => kinds[event].end && pid === 42 && late && ours,
        )?.event
        const kind = last && kinds[last]
        const expected = kind?.end ? {...kind.end, stderrTail: [kind.says]} : unsaid
        expect(toldEnd(log(), {pid: 42, since: 1500})).to.deep.equal(expected)
      }),
    )
  })

  it('is not known where there is no log', () => {
    expect(toldEnd(log(), {pid: 42, since: 0})).to.deep.equal(unsaid)
  })
})
