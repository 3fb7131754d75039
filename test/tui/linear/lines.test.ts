import {expect} from 'chai'
import fc from 'fast-check'
import {bindingsOf} from '../../../src/keys/bindings.js'
import {keyTable} from '../../../src/keys/table.js'
import {keyNames, keySections} from '../../../src/keys/text.js'
import {helpSections} from '../../../src/tui/commands/help.js'
import {slashCommands} from '../../../src/tui/commands/registry.js'
import {itemLines} from '../../../src/tui/linear/item-lines.js'
import {lineKeys, noKeys} from '../../../src/tui/linear/line-keys.js'
import {pickerAnswer, pickerLines} from '../../../src/tui/linear/picker-lines.js'
import {answerOf, questionLines} from '../../../src/tui/linear/question-lines.js'
import {tidings} from '../../../src/tui/linear/tidings.js'
import {wantsLines} from '../../../src/tui/linear/wanted.js'
import {here} from '../../../src/tui/linear/words.js'
import {openPicker} from '../../../src/tui/state/picker.js'
import {questionOf} from '../../../src/tui/state/question.js'
import {loadLexer} from '../../../src/tui/text/lexer.js'
import {type ItemBody, replyItems, toolItem} from '../../../src/tui/transcript/items.js'
import {freshChat} from '../../helpers/chat-state.js'
import {hostileText} from '../../helpers/hidden-text.js'

// biome-ignore lint/suspicious/noControlCharactersInRegex: what no line may hold.
const control = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/

const approval = (command: string) => {
  const question = questionOf(
    {
      type: 'approval.request',
      session_id: 's',
      payload: {command, description: 'Run a shell command', request_id: 'r', offers: []},
    } as unknown as Parameters<typeof questionOf>[0],
    1,
  )
  if (!question) throw new Error('no question')
  return question
}

describe('lines in place of a screen', () => {
  it('are free of controls whatever an item holds', async () => {
    const lexer = await loadLexer()
    const bodies = hostileText.map((text): ItemBody[] => [
      {kind: 'user', text},
      {kind: 'notice', tone: 'warn', text},
      {kind: 'output', text},
      {kind: 'reasoning', text},
      ...replyItems(text),
      toolItem({id: 't', name: 'terminal', context: text, status: 'complete', result: text}),
    ])
    fc.assert(
      fc.property(bodies, fc.integer({min: 20, max: 200}), fc.boolean(), (items, width, showReasoning) => {
        for (const body of items) {
          for (const line of itemLines({...body, id: 1}, undefined, {width, lexer, showReasoning})) {
            expect(line).to.not.match(control)
          }
        }
      }),
    )
  })

  it('show an approval whole, and without controls', () => {
    fc.assert(
      fc.property(hostileText, (command) => {
        for (const line of questionLines(approval(command), {cwd: '/', waiting: 1, width: 80})) {
          expect(line).to.not.match(control)
        }
      }),
    )
  })

  it('name no key that a line of a terminal has not, and leave other words as they are', () => {
    for (const [text, told] of [
      ['Enter sends it where it is in the draft', 'an empty line sends it where it is in the draft'],
      ['2 came back · Enter sends, /queue clear drops', '2 came back; an empty line sends them, /queue clear drops'],
      ['a turn runs in this session · Esc interrupts it', 'a turn runs in this session; Ctrl+C interrupts it'],
      ['↶ an exchange back · the whole of it: /resume k', 'an exchange back; the whole of it: /resume k'],
      ['before "press ↑ twice, then ↓"', 'before "press ↑ twice, then ↓"'],
    ] as const)
      expect(here(text)).to.equal(told)
    const {rows} = bindingsOf(noKeys)
    for (const {action, fixed} of keyTable) if (!fixed) expect(keyNames(rows)(action), action).to.equal(undefined)
    expect(keyNames(rows)('cancel')).to.equal('Ctrl+C')
  })

  it('tell in /help and /keys what works in a line, and in each group what belongs there', () => {
    const own = [...slashCommands, ...['full', 'decline'].map((name) => ({name, aliases: [], args: '', summary: name}))]
    const sections = helpSections(own, keySections(bindingsOf({}).rows), '', lineKeys)
    expect(sections.map(({title}) => title)).to.not.include('Of plugins and of the gateway')
    const text = sections.flatMap(({rows}) => rows.map((row) => row.join(' '))).join('\n')
    expect(text).to.match(/^Ctrl\+D leaves/m)
    expect(text).to.match(/^!COMMAND runs/m)
    expect(text).to.not.match(/[↑↓]|Tab|Esc|Ctrl\+[^CD]/)
  })

  it('tell a list that is asked for again once', () => {
    const picker = openPicker('session', 'Sessions', [{value: 'a', label: 'one', detail: 'now'}])
    const before = freshChat()
    const [shown, again] = [picker, {...picker}].map((one) => ({...before, picker: one}))
    if (!shown || !again) throw new Error('no list')
    expect(tidings(before, shown, {now: 0, width: 80}).join('\n')).to.include('1. one')
    expect(tidings(shown, again, {now: 0, width: 80})).to.deep.equal([])
    const other = {...before, picker: {...picker, title: 'Others'}}
    expect(tidings(again, other, {now: 0, width: 80}).join('\n')).to.include('Others')
  })

  it('allow by a number of a choice or a plain yes, and by nothing else that is typed', () => {
    const question = approval('rm -rf build')
    const allowing = question.choices.flatMap(({value}, index) => (value === 'deny' ? [] : [String(index + 1)]))
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          hostileText,
          fc.constantFrom('1', ' 1 ', 'y', 'YES', 'yes please', '01', '11', 'no', 'n, 1'),
        ),
        (line) => {
          const answer = answerOf(line, question)
          const allows = answer.kind === 'answer' && answer.allows
          const text = line.trim().toLowerCase()
          expect(allows).to.equal(
            allowing.includes(String(Number(text))) && /^\d{1,2}$/.test(text) ? true : text === 'y' || text === 'yes',
          )
        },
      ),
    )
  })

  it('hand the words behind a no to the model', () => {
    const question = approval('cp a b')
    expect(answerOf('no, use rsync', question)).to.deep.equal({kind: 'denied', reason: 'use rsync'})
    expect(answerOf('n', question)).to.deep.equal({kind: 'denied', reason: ''})
    expect(answerOf('nobody knows', question)).to.deep.equal({kind: 'unclear'})
    expect(answerOf('', question)).to.deep.equal({kind: 'unclear'})
  })

  it('number a list, and take a number, words that narrow it, or nothing', () => {
    fc.assert(
      fc.property(fc.array(hostileText, {minLength: 1, maxLength: 40}), (labels) => {
        const picker = openPicker(
          'session',
          'Sessions',
          labels.map((label, at) => ({value: `k${at}`, label, detail: label})),
        )
        for (const line of pickerLines(picker)) expect(line).to.not.match(control)
        expect(pickerAnswer('1', picker)).to.deep.equal({kind: 'pick', choice: picker.choices[0]})
        expect(pickerAnswer(String(labels.length + 1), picker).kind).to.equal('filter')
        expect(pickerAnswer(' ', picker)).to.deep.equal({kind: 'close'})
      }),
    )
  })

  it('give a number to each model in the order of what is typed, and take that one', () => {
    const name = fc.constantFrom('gpt-5', 'gpt-5-mini', 'claude-opus', 'qwen3', 'mini', 'x').map((one) => `p/${one}`)
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, fc.nat({max: 9})), {maxLength: 30, selector: String}),
        fc.constantFrom('', 'mini', 'g5', 'p/', 'opus 3', 'zz'),
        (models, filter) => {
          const ids = models.map(([id, version]) => `${id}-${version}`)
          const choices = ids.map((id) => ({value: id, label: id, detail: ''}))
          const picker = {...openPicker('model', 'Models', choices), filter}
          const told = pickerLines(picker).flatMap((line) => /^(\d+)\. (.*)$/.exec(line)?.slice(1) ?? [])
          for (let at = 0; at < told.length; at += 2) {
            const answer = pickerAnswer(told[at] ?? '', picker)
            expect(answer.kind === 'pick' && answer.choice.value).to.equal(told[at + 1])
          }
          if (filter === '') expect(told).to.have.length(2 * Math.min(20, ids.length))
        },
      ),
    )
  })

  it('are there for a terminal that is dumb or has no name, for a flag, and for the environment', () => {
    const linux = {platform: 'linux'} as const
    expect(wantsLines({TERM: 'dumb'}, linux)).to.equal(true)
    expect(wantsLines({}, linux)).to.equal(true)
    expect(wantsLines({}, {platform: 'win32'})).to.equal(false)
    expect(wantsLines({TERM: 'xterm'}, linux)).to.equal(false)
    expect(wantsLines({TERM: 'xterm'}, {...linux, flag: true})).to.equal(true)
    expect(wantsLines({TERM: 'dumb'}, {...linux, flag: false})).to.equal(false)
    expect(wantsLines({TERM: 'xterm', HERMES_SCREEN_READER: 'yes'}, linux)).to.equal(true)
    expect(wantsLines({TERM: 'dumb', HERMES_SCREEN_READER: '0'}, linux)).to.equal(false)
  })
})
