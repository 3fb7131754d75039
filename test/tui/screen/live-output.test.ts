import {expect} from 'chai'
import fc from 'fast-check'
import {stripSgr, textWidth} from '../../../src/tui/text/wrap.js'
import {killed, type Told} from '../../helpers/chat-state.js'
import {DrawnChat, harmless, type Libraries, loadLibraries} from '../../helpers/drawn-chat.js'
import {hostileText} from '../../helpers/hidden-text.js'
import {tellTried} from '../../helpers/tried.js'

const begin: Told = {type: 'message.start', payload: undefined}
const start = (id: string, name = 'terminal'): Told => ({
  type: 'tool.start',
  payload: {tool_id: id, name, context: `run ${id}`},
})
const end = (id: string): Told => ({
  type: 'tool.complete',
  payload: {tool_id: id, name: 'terminal', result: {output: `result of ${id}`, exit_code: 0}},
})
const progress = (preview: string, id?: string, name = 'terminal'): Told => ({
  type: 'tool.progress',
  payload: {name, preview, ...(id === undefined ? {} : {tool_id: id})},
})

describe('what a running tool puts out', () => {
  let libraries: Libraries
  before(async () => {
    libraries = await loadLibraries()
  })
  const chat = (columns = 60, height = 24) => new DrawnChat(libraries, {columns, height}).event(begin)
  /** From the row of the first tool on. */
  const live = (drawn: DrawnChat) => {
    const rows = drawn.live.map((row) => stripSgr(row).trimEnd())
    return rows[0] === '' ? rows.slice(1) : rows
  }

  it('stands below its line, the last rows of it, until the next comes in their place', () => {
    const drawn = chat().event(start('a')).event(progress('one\ntwo', 'a'))
    expect(drawn.live[0], 'as it will when it has ended, a row parts it from what is above').to.equal('')
    expect(live(drawn).slice(0, 3)).to.deep.equal(['● Running run a… 0s', '  ⎿ one', '    two'])
    drawn.event(progress(Array.from({length: 9}, (_, line) => `line ${line}`).join('\n'), 'a'))
    expect(live(drawn).slice(0, 6)).to.deep.equal([
      '● Running run a… 0s',
      '  ⎿ line 4',
      '    line 5',
      '    line 6',
      '    line 7',
      '    line 8',
    ])
    expect(drawn.rows).to.deep.equal([])
  })

  it('is of a tool that is named once, though its gateway says what it does with the verb', () => {
    const named = (context: string): Told => ({type: 'tool.start', payload: {tool_id: 'a', name: 'terminal', context}})
    for (const context of ['sleep 4', 'Running sleep 4']) {
      const drawn = chat().event(named(context))
      expect(live(drawn)[0]).to.equal('● Running sleep 4… 0s')
      drawn.act({type: 'death', exit: killed, recovers: true, now: 0})
      expect(stripSgr(drawn.text)).to.include('Run sleep 4\n')
    }
  })

  it('gives way to the line of the tool, and is nowhere printed', () => {
    const drawn = chat().event(start('a')).event(progress('passing by', 'a')).event(end('a'))
    expect(live(drawn).join('\n')).to.not.include('passing by').and.not.include('Running')
    expect(drawn.text).to.include('result of a').and.not.include('passing by')
    drawn.event(progress('too late', 'a'))
    expect(live(drawn).join('\n')).to.not.include('too late')
  })

  it('goes with its gateway, and leaves nothing', () => {
    const drawn = chat().event(start('a')).event(progress('passing by', 'a'))
    drawn.act({type: 'death', exit: killed, recovers: true, now: 2})
    expect(live(drawn).join('\n')).to.not.include('passing by')
    expect(drawn.text).to.include('outcome unknown').and.not.include('passing by')
  })

  it('is that of each of several tools, and of a gateway without ids that of the last by its name, or of the only one', () => {
    const drawn = chat()
      .event(start('a'))
      .event(start('b', 'other'))
      .event(progress('of a', 'a'))
      .event(progress('of b', 'b'))
    expect(live(drawn).slice(0, 4)).to.deep.equal([
      '● Running run a… 0s',
      '  ⎿ of a',
      '● Calling other run b… 0s',
      '  ⎿ of b',
    ])
    drawn.event(progress('foreign', undefined, 'terminal')).event(progress('nobody', undefined, 'unknown'))
    expect(live(drawn)[1]).to.equal('  ⎿ foreign')
    expect(live(drawn).join('\n')).to.not.include('nobody')
    drawn.event(end('a')).event(progress('the only one', undefined, 'unknown'))
    expect(live(drawn)[1]).to.equal('  ⎿ the only one')
  })

  it('of whatever text stays within the screen, drives nothing and hides nothing, in any size', () => {
    const numRuns = 300
    fc.assert(
      fc.property(
        fc.array(fc.oneof(hostileText, fc.constantFrom('\n', '\r', '\t', '日本語'.repeat(40), 'x'.repeat(10_000))), {
          maxLength: 30,
        }),
        fc.integer({min: 20, max: 160}),
        fc.integer({min: 6, max: 60}),
        (parts, columns, height) => {
          const drawn = chat(columns, height)
            .event(start('a'))
            .event(progress(parts.join(''), 'a'))
          harmless(drawn.live)
          const rows = live(drawn)
          for (const row of rows) expect(textWidth(row), row).to.be.at.most(columns)
          expect(rows.filter((row) => /^ {2}(?:⎿| {2})/.test(row)).length).to.be.at.most(5)
          expect(rows.join('')).to.not.match(/[\u200b\u202e\u2066\ufeff]/)
        },
      ),
      {numRuns},
    )
    tellTried(numRuns, 'texts × sizes')
  })

  it('of 8 MB is held in part', () => {
    const drawn = chat()
      .event(start('a'))
      .event(progress(`${'x'.repeat(8_000_000)}\nend`, 'a'))
    expect(live(drawn)[2]).to.equal('    end')
    expect(drawn.state.turn?.open[0]?.progress.length).to.be.below(10_000)
    expect(drawn.longest).to.be.below(1000)
  })
})
