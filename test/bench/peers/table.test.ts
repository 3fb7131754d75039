import {expect} from 'chai'
import {shortName} from '../../../bench/peers/processes.js'
import {renderResults} from '../../../bench/peers/table.js'

describe('the table of what each program kept', () => {
  it('has a line for each kill, and one for what could not be measured', () => {
    const outcome = {killed: ['node a'], seen: '', words: {before: 100, after: 100}, draft: true, answers: true}
    const text = renderResults(
      [
        {program: 'one', version: '1.0', outcomes: [{...outcome, end: 'stayed', usableMs: 440, queued: 'asked'}]},
        {
          program: 'two',
          version: '2.0',
          not: 'not measured: "no"',
          outcomes: [{...outcome, end: 'stuck', usableMs: undefined, queued: 'gone', seen: '"Reconnecting"'}],
        },
        {program: 'three', not: 'not on the PATH', outcomes: []},
      ],
      30_000,
    )
    expect(text.replace(/ {2,}/g, ' | ').split('\n')).to.deep.equal([
      'program | killed | its screen | usable after | words kept | draft | queued prompt | answers',
      'one 1.0 | node a | stayed | 0.4 s | 100 of 100 | there | sent by itself | yes',
      'two 2.0 | node a | stayed, not back in 30 s | – | 100 of 100 | there | gone | yes',
      'two 2.0 | not measured: "no"',
      'three | not on the PATH',
      '',
      'two 2.0, stuck: "Reconnecting"',
    ])
  })

  it('names a process by what it runs', () => {
    expect(shortName('/usr/bin/node --inspect=0 /a/dist/gateway/main.js')).to.equal('node gateway/main.js')
    expect(shortName('/x/bin/codex app-server --listen unix://')).to.equal('codex app-server')
    expect(shortName('/bin/sh -c while read x; do kill; done')).to.equal('sh')
    expect(shortName('claude')).to.equal('claude')
  })
})
