import {expect} from 'chai'
import fc from 'fast-check'
import {edit, emptyEditor} from '../../../src/tui/composer/editor.js'
import {sessionChoices, sessionPicker, withHits} from '../../../src/tui/session-list/choices.js'
import {sessionListPart} from '../../../src/tui/session-list/draw.js'
import {emptyView} from '../../../src/tui/session-list/view.js'
import {matching, movePicker, type Picker, picked} from '../../../src/tui/state/picker.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {stripSgr, textWidth} from '../../../src/tui/text/wrap.js'
import {harmless} from '../../helpers/drawn-chat.js'
import {hostileText} from '../../helpers/hidden-text.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'

const now = Date.UTC(2026, 10, 29, 12)
const style = createStyle({TERM: 'xterm-256color'})
const sizes = [
  [40, 12],
  [80, 21],
  [160, 47],
  [20, 3],
  [40, 4],
] as const

const wild = fc.oneof(
  hostileText,
  fc.string({unit: 'binary', maxLength: 300}),
  fc.constantFrom('', 'x'.repeat(500), 7, null),
)
const told = fc.record(
  {
    id: fc.oneof(wild, fc.uuid()),
    title: wild,
    preview: wild,
    cwd: wild,
    started_at: fc.oneof(fc.double(), fc.nat(), wild),
    last_active: fc.oneof(fc.integer(), wild),
    message_count: fc.oneof(fc.nat(), wild),
    held: fc.boolean(),
  },
  {requiredKeys: ['id']},
)
const snippet = fc.tuple(hostileText, hostileText, hostileText).map(([a, b, c]) => `${a}\u0002${b}\u0003${c}`)

describe('the list of sessions', () => {
  it('fits any size, whatever sessions are named and hold, and drives no terminal', () => {
    const count = runs(2000, 200)
    fc.assert(
      fc.property(
        fc.array(told, {maxLength: 12}),
        fc.array(snippet, {maxLength: 4}),
        hostileText,
        fc.nat(20),
        fc.boolean(),
        (sessions, snippets, said, moves, renames) => {
          const choices = sessionChoices(sessions, undefined)
          const keys = choices.map(({value}) => value)
          let picker: Picker = sessionPicker('Sessions', choices, snippets.length > 0 ? 'e' : '')
          const hits = snippets.map((text, index) => ({
            session_id: keys[index] ?? `more${index}`,
            snippet: text,
            title: said,
          }))
          if (hits.length > 0) picker = withHits(picker, 'e', hits, undefined)
          picker = movePicker(picker, moves)
          const key = picked(picker)?.value ?? ''
          const messages = [
            {role: 'user' as const, text: said},
            {role: 'assistant' as const, text: said},
          ]
          const editor = edit(emptyEditor, {type: 'load', text: said})
          const view = {
            ...(picker.view ?? emptyView),
            preview: {key, messages},
            marked: keys.slice(0, 2),
            ...(renames ? {renaming: {key, editor}} : {}),
          }
          for (const [columns, height] of sizes) {
            const part = sessionListPart({...picker, view}, {columns, style, now}, height)
            expect(part.rows.length).to.be.at.most(Math.max(3, height))
            harmless(part.rows)
            for (const row of part.rows) expect(textWidth(stripSgr(row))).to.be.at.most(columns)
            expect(part.cursor?.x).to.be.within(0, columns - 1)
          }
        },
      ),
      {numRuns: count},
    )
    tellTried(count, 'lists of sessions, each in 5 sizes')
  })

  it('tells one message as one, folder, time and the last exchange of the chosen one', () => {
    const sessions = [{id: 'k', title: 'T', cwd: '/srv/app', last_active: (now - 7_200_000) / 1000, message_count: 1}]
    const picker = sessionPicker('Sessions', sessionChoices(sessions, 'k'))
    const preview = {
      key: 'k',
      messages: [
        {role: 'user' as const, text: 'What?'},
        {role: 'assistant' as const, text: 'That.'},
      ],
    }
    const {rows} = sessionListPart(
      {...picker, view: {...emptyView, preview}},
      {columns: 160, style: createStyle({TERM: 'dumb'}), now},
      20,
    )
    const text = rows.join('\n')
    expect(text).to.include('1 message ').and.include('/srv/app').and.include('2 h').and.include('here')
    expect(text).to.include('› What?').and.include('That.')
  })

  it('shows those too in which what was typed was said, and keeps the chosen one chosen', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z]{3,8}$/), {minLength: 1, maxLength: 20}),
        fc.nat(19),
        fc.nat(30),
        (names, which, moves) => {
          const sessions = names.map((id, index) => ({id, title: `Title of ${id}`, last_active: 1000 + index}))
          const picker = movePicker(sessionPicker('Sessions', sessionChoices(sessions, undefined), 'title'), moves)
          const before = picked(picker)?.value
          const hit = names[which % names.length] ?? ''
          const found = withHits(
            picker,
            'title',
            [
              {session_id: hit, snippet: 'x'},
              {session_id: 'elsewhere', snippet: 'y'},
            ],
            undefined,
          )
          expect(picked(found)?.value).to.equal(before)
          expect(matching(found).map(({value}) => value))
            .to.include(hit)
            .and.include('elsewhere')
          expect(matching({...found, filter: '~~~'}).map(({value}) => value)).to.have.members([hit, 'elsewhere'])
        },
      ),
    )
  })
})
