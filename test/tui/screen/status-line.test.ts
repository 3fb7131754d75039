import {expect} from 'chai'
import fc from 'fast-check'
import type {Usage} from '../../../src/protocol/methods.js'
import {statusLine} from '../../../src/tui/screen/status-line.js'
import type {ChatState} from '../../../src/tui/state/state.js'
import {dollars, shortTokens} from '../../../src/tui/text/money.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {stripSgr, textWidth} from '../../../src/tui/text/wrap.js'
import {freshChat} from '../../helpers/chat-state.js'

const usage: Usage = {
  model: 'm',
  input: 9000,
  output: 1000,
  cache_read: 0,
  cache_write: 0,
  reasoning: 0,
  prompt: 9000,
  completion: 1000,
  total: 10_000,
  calls: 3,
  context_used: 120_000,
  context_max: 1_000_000,
  context_percent: 12,
  cost_usd: 0.1234,
}

function drawn(columns: number, session: Partial<ChatState['session']> = {}): string {
  const state = freshChat()
  const full = {
    model: 'anthropic/claude-sonnet-5-5',
    title: 'A title',
    cwd: '/w/project',
    branch: 'main',
    usage,
    ...session,
  }
  const options = {columns, rows: 24, style: createStyle({}), now: 0, tick: 0, commands: []}
  return stripSgr(statusLine({...state, session: {...state.session, ...full}}, options as never))
}

describe('the status line', () => {
  it('tells how full the context is and what the session has cost', () => {
    expect(drawn(120)).to.equal(
      '● ready · anthropic/claude-sonnet-5-5 · /w/project (main) · A title · 12% of context · $0.12',
    )
    expect(drawn(120, {usage: {...usage, unpriced_calls: 1}})).to.match(/ · ≥ \$0\.12$/)
  })

  it('keeps context and cost at 40 columns; folder and title give way first, then the long name', () => {
    expect(drawn(60)).to.equal('● ready · claude-sonnet-5-5 · /w/project · 12% · $0.12')
    expect(drawn(45)).to.equal('● ready · claude-sonnet-5-5 · 12% · $0.12')
    expect(drawn(40)).to.equal('● ready · /w/project · 12% · $0.12')
    expect(drawn(24)).to.equal('● ready · 12% · $0.12')
    expect(drawn(40, {model: 'openai/gpt-6-astra'})).to.equal('● ready · gpt-6-astra · 12% · $0.12')
  })

  it('says nothing of what is not known', () => {
    const {context_percent: _, context_max: __, cost_usd: ___, ...unknown} = usage
    const line = drawn(120, {usage: {...unknown, unpriced_calls: 3}})
    expect(line).to.not.match(/%|\$/)
    expect(line).to.match(/10k tokens$/)
    expect(drawn(120, {usage: {...usage, cost_usd: 0}})).to.not.contain('$')
  })

  it('fits in any width, whatever is to be told', () => {
    const text = fc.string({unit: 'grapheme', maxLength: 50})
    const session = fc.record({
      model: text,
      title: text,
      cwd: text,
      branch: text,
      usage: fc.record({
        context_percent: fc.double({min: 0, max: 100, noNaN: true}),
        cost_usd: fc.double({min: 0, max: 1e9, noNaN: true}),
        unpriced_calls: fc.nat(),
      }),
    })
    fc.assert(
      fc.property(fc.integer({min: 10, max: 200}), session, (columns, {usage: part, ...rest}) => {
        expect(textWidth(drawn(columns, {...rest, usage: {...usage, ...part}}))).to.be.at.most(columns)
      }),
    )
  })
})

describe('money and tokens', () => {
  it('are short and never wrong by more than a tenth', () => {
    const cases: [number, string][] = [
      [0, '$0'],
      [0.000012, '$0.000012'],
      [0.0042, '$0.0042'],
      [0.05, '$0.05'],
      [0.1234, '$0.12'],
      [12, '$12.00'],
      [1234.5, '$1,235'],
      [-0.5, '-$0.50'],
    ]
    for (const [usd, text] of cases) expect(dollars(usd)).to.equal(text)
    fc.assert(
      fc.property(fc.double({min: 1e-6, max: 1e6, noNaN: true}), (usd) => {
        expect(Number(dollars(usd).replaceAll(/[$,]/g, ''))).to.be.closeTo(usd, usd / 10)
      }),
    )
    const tokens: [number, string][] = [
      [999, '999'],
      [128_000, '128k'],
      [1_047_576, '1.05M'],
      [999_999, '1M'],
    ]
    for (const [count, text] of tokens) expect(shortTokens(count)).to.equal(text)
  })
})
