import {expect} from 'chai'
import stringWidth from 'string-width'
import type {Death} from '../../src/doctor/deaths/types.js'
import {hang, wrap} from '../../src/doctor/layout.js'
import {type Look, renderCrash, renderCrashes, renderExamination} from '../../src/doctor/report.js'
import {agoText} from '../../src/doctor/text.js'
import type {CheckResult} from '../../src/doctor/types.js'
import {configWith, foundDeaths} from './context.js'

const look = (columns: number | undefined): Look => ({paint: (_, text) => text, unicode: true, columns})
const command = "sqlite3 '/home/me/a home/hermes-chat.db' '.clone \"/home/me/a home/hermes-chat.db.saved\"'"

const check: CheckResult = {
  id: 'database',
  title: 'Database',
  status: 'fail',
  summary: 'damaged: a sentence that is too long for one row of eighty columns, which goes on below itself',
  evidence: ['/a/path/without/any/space/that/is/longer/than/the/terminal/is/wide/and/stays/in/one/piece.db'],
  remedy: [{text: 'Save what can be read', command}, {text: 'See it', command: 'ls -l x'}, 'Or restore a backup.'],
  durationMs: 3,
}

const death: Death = {
  id: '0a1b2c3d-2',
  who: 'gateway',
  time: Date.UTC(2026, 10, 23, 18, 42),
  exact: true,
  instance: '0a1b2c3d',
  generation: 2,
  pid: 17,
  sessionKey: 'key1',
  cause: 'external-sigkill',
  confidence: 'likely',
  summary: 'killed by SIGKILL from outside, and this sentence is made longer than sixty characters',
  witnesses: [{says: 'it was ended by SIGKILL, and nobody here sent it', entry: undefined}],
  lost: [],
  back: {outcome: 'resumed', attempts: 1, downtimeMs: 90},
  advice: ['Look for who sends SIGKILL: a script, a container or session manager, `kill -9` by hand.'],
  timeline: [],
}

const examine = (columns: number | undefined) =>
  renderExamination(
    {
      config: configWith(),
      crashLog: '/log',
      version: '0.1.0',
      time: death.time + 90_000,
      checks: [check],
      found: foundDeaths({deaths: [death], total: 1}),
    },
    look(columns),
    false,
  )

describe('the report of the doctor', () => {
  it('breaks between words, below where the text began', () => {
    expect(wrap('one two three', 8)).to.deep.equal(['one two', 'three'])
    expect(wrap('  indented a b', 10)).to.deep.equal(['  indented', '  a b'])
    expect(hang('> ', 'one two three', {columns: 10})).to.deep.equal(['> one two', '  three'])
    expect(hang('> ', 'one two three', {columns: undefined})).to.deep.equal(['> one two three'])
    expect(wrap('abcdefgh', 3, true)).to.deep.equal(['abc', 'def', 'gh'])
  })

  it('fits into 80 columns, but for what is copied', () => {
    const rows = examine(80)
    const wide = rows.filter((row) => stringWidth(row) > 80)
    expect(wide.map((row) => row.trim())).to.deep.equal([check.evidence[0], command])
    const first = rows.findIndex((row) => row.includes('damaged'))
    expect(rows[first + 1]).to.match(/^ {12}\S/)
  })

  it('leaves a command in one piece, in the row of its words where it fits', () => {
    const rows = examine(80)
    expect(rows).to.include(`    ${command}`)
    expect(rows.some((row) => row.endsWith('→ See it: ls -l x'))).to.equal(true)
    expect(examine(200).some((row) => row.endsWith(`→ Save what can be read: ${command}`))).to.equal(true)
  })

  it('has a row for each death in a pipe and on a wide terminal, and two on a narrow one', () => {
    const list = (columns: number | undefined) =>
      renderCrashes(foundDeaths({deaths: [death], total: 1}), look(columns), death.time)
    expect(list(undefined)).to.have.length(1)
    expect(list(160)).to.have.length(1)
    const narrow = list(80)
    expect(narrow.every((row) => stringWidth(row) <= 80)).to.equal(true)
    expect(narrow.join(' ')).to.contain('longer than sixty').and.contain('external-sigkill (likely), session back')
  })

  it('tells one death within 80 columns', () => {
    const rows = renderCrash(death, look(80))
    expect(rows.every((row) => stringWidth(row) <= 80)).to.equal(true)
    expect(rows).to.include('Way back  session back after 90 ms')
  })

  it('says how long ago, also of a time that is yet to come', () => {
    expect([0, 59_000, 120_000, 7_200_000, 3 * 86_400_000].map(agoText)).to.deep.equal([
      'just now',
      'just now',
      '2 min ago',
      '2 h ago',
      '3 days ago',
    ])
    expect(agoText(-3_600_000)).to.equal('in the future')
  })
})
