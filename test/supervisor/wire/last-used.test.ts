import {expect} from 'chai'
import fc from 'fast-check'
import {lastUsed} from '../../../src/supervisor/wire/last-used.js'

const row = fc.record(
  {
    id: fc.stringMatching(/^s\d$/),
    source: fc.constantFrom('tui', 'cli', 'telegram', ''),
    started_at: fc.integer({min: 1, max: 50}),
    last_active: fc.integer({min: 1, max: 99}),
  },
  {requiredKeys: ['id', 'source', 'started_at']},
)
const rows = fc.uniqueArray(row, {selector: ({id}) => id, maxLength: 6})
const used = fc.array(fc.record({key: fc.stringMatching(/^s\d$/), at: fc.integer({min: 1, max: 99_000})}), {
  maxLength: 4,
})

describe('the session that was used last', () => {
  it('is the one with the newest sign of use, whoever gave it', () => {
    fc.assert(
      fc.property(rows, used, (sessions, seen) => {
        const times = sessions.map(({id, started_at, last_active}) => {
          const own = seen.filter(({key}) => key === id).map(({at}) => at)
          return Math.max((last_active ?? started_at) * 1000, ...own)
        })
        const expected = sessions[times.indexOf(Math.max(...times))]?.id
        expect(lastUsed(sessions, seen)).to.equal(expected)
      }),
    )
  })

  it('is none that nobody opened, and none of what is no session', () => {
    const odd = fc.oneof(
      fc.anything(),
      fc.record({
        id: fc.constant('x'),
        source: fc.constantFrom('tool', 'cron', ' Tool '),
        last_active: fc.constant(1e9),
      }),
      fc.record({id: fc.constantFrom('bg_1a2b3c', 'cron_7', ''), started_at: fc.constant(1e9)}),
    )
    fc.assert(
      fc.property(fc.array(odd), (sessions) => {
        const mine = {id: 'mine', source: 'tui', started_at: 1}
        const strange = sessions.filter((each) => typeof (each as {id?: unknown} | null)?.id === 'string')
        if (strange.some((each) => !/^(x|bg_|cron_|$)/.test((each as {id: string}).id))) return
        expect(lastUsed([...sessions, mine], [])).to.equal('mine')
      }),
    )
    for (const answer of [undefined, null, 'sessions', {}, []]) expect(lastUsed(answer, [])).to.equal(undefined)
  })

  it('is the one that was worked in by the runs of this program, though another was begun later', () => {
    const sessions = [
      {id: 'second', source: 'tui', started_at: 200},
      {id: 'first', source: 'tui', started_at: 100},
    ]
    expect(lastUsed(sessions, [])).to.equal('second')
    expect(lastUsed(sessions, [{key: 'first', at: 300_000}])).to.equal('first')
    expect(lastUsed(sessions, [{key: 'gone', at: 900_000}])).to.equal('second')
  })
})
