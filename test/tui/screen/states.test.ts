import {expect} from 'chai'
import stringWidth from 'string-width'
import {bindingsOf, type OwnKeys} from '../../../src/keys/bindings.js'
import {shownKeys} from '../../../src/keys/spelling.js'
import {type KeyContext, type KeyState, keyTable, layers} from '../../../src/keys/table.js'
import {type KeyNames, keyNames} from '../../../src/keys/text.js'
import type {ApprovalRequest, GatewayEvent} from '../../../src/protocol/events.js'
import type {SupervisorView} from '../../../src/supervisor/types.js'
import {slashCommands} from '../../../src/tui/commands/registry.js'
import {documentOf, type Fold} from '../../../src/tui/pager/document.js'
import {pagerRows} from '../../../src/tui/pager/draw.js'
import {openDocument} from '../../../src/tui/pager/state.js'
import {liveScreen} from '../../../src/tui/screen/screen.js'
import {sessionChoices, sessionPicker} from '../../../src/tui/session-list/choices.js'
import {openPicker} from '../../../src/tui/state/picker.js'
import {reduce} from '../../../src/tui/state/reduce.js'
import {type ChatAction, type ChatState, initialState} from '../../../src/tui/state/state.js'
import {keyStateOf} from '../../../src/tui/terminal/key-state.js'
import {type Lexer, loadLexer} from '../../../src/tui/text/lexer.js'
import {Look} from '../../../src/tui/text/theme/look.js'
import {softWrapped, stripSgr} from '../../../src/tui/text/wrap.js'
import {asideRows} from '../../../src/tui/transcript/aside.js'
import {itemRows} from '../../../src/tui/transcript/draw-item.js'
import {type ItemBody, itemsOfMessages, toolItem} from '../../../src/tui/transcript/items.js'
import {tellTried} from '../../helpers/tried.js'

const live: SupervisorView = {
  phase: 'live',
  recovering: false,
  attempt: 0,
  limit: 3,
  generation: 1,
  pid: 7,
  session: {liveId: 'abcdef01', key: '20260101_000000_abcdef'},
  capabilities: new Set(),
  lastExit: undefined,
  problem: undefined,
}
const lastExit = {
  generation: 4,
  pid: 1,
  code: null,
  signal: 'SIGKILL' as const,
  expected: false,
  cause: 'out-of-memory',
  summary: 'killed by the system, for want of memory',
  retriable: true,
  remedy: 'close other programs, or give the container more memory',
  confidence: 'likely' as const,
  stderrTail: [],
}

const NOW = 60_000
const event = (type: string, payload?: object): ChatAction => ({
  type: 'event',
  event: {type, sessionId: undefined, payload} as unknown as GatewayEvent,
  now: NOW - 5000,
})
const edit = (text: string): ChatAction => ({type: 'edit', action: {type: 'insert', text}})
const commandMenu: ChatAction = {
  type: 'menu',
  menu: {
    kind: 'command',
    from: 0,
    to: 1,
    choices: slashCommands.map(({name, summary}) => ({label: `/${name}`, detail: summary, insert: `/${name}`})),
    selected: -1,
  },
}
const says = (text: string, reasoning = ''): ChatAction => ({type: 'deltas', reasoning, text, now: NOW - 5000})
const view = (more: Partial<SupervisorView>): ChatAction => ({type: 'view', view: {...live, ...more}})
const open: ChatAction = {type: 'asking', asking: {id: 0, phase: 'open', typed: false, armed: true}}
const queue = (text: string): ChatAction => ({
  type: 'enqueue',
  prompt: {id: text, text, state: 'queued', shown: false},
})
const approval = (payload: Partial<ApprovalRequest>): ChatAction =>
  event('approval.request', {
    command: 'rm -rf build && npm run build',
    description: 'Run a shell command',
    request_id: 'r',
    dangers: ['deletes files'],
    offers: [
      {scope: 'session', rule: 'a', covers: 'exactly this command'},
      {scope: 'always', rule: 'a', covers: 'exactly this command'},
    ],
    ...payload,
  })
const session: ChatAction = {
  type: 'session',
  session: {
    model: 'openai/gpt-5.2-codex',
    cwd: '/home/me/projects/hermes',
    branch: 'main',
    title: 'A title of a session',
  },
}
const words = Array.from({length: 900}, (_, index) => `w${index}`).join(' ')

/** Every state that the screen has, and what must be seen of it whatever the size. */
const states: Record<string, {actions: ChatAction[]; must: (string | RegExp)[]}> = {
  opening: {
    actions: [view({phase: 'starting', session: undefined})],
    must: ['› Ask anything', 'starting…'],
  },
  empty: {actions: [], must: ['› Ask anything', '● ready', /^─+$/m]},
  'a draft': {actions: [edit('half a thought')], must: ['› half a thought', '● ready']},
  'a long draft': {
    actions: [edit(Array.from({length: 60}, (_, index) => `line ${index}`).join('\n'))],
    must: ['line 59', '[60 lines', '● ready'],
  },
  'waiting for the model': {actions: [event('message.start')], must: ['waiting for the model 5s', '› Type what']},
  thinking: {actions: [event('message.start'), says('', `${words} therefore`)], must: ['therefore', 'thinking']},
  streaming: {
    actions: [event('message.start'), says(`${words} last`)],
    must: ['last', 'writing', '› Type what', /^─+$/m],
  },
  'a command while a reply is written': {
    actions: [
      event('message.start'),
      says(`${words} last`),
      {
        type: 'aside',
        items: [
          {kind: 'command', text: '/usage'},
          {kind: 'output', text: 'input  5'},
        ],
      },
    ],
    must: ['last', '› /usage', 'writing'],
  },
  'a tool': {
    actions: [event('tool.start', {tool_id: 't', name: 'terminal', context: 'npm test -- --watch --and-much-more=1'})],
    must: ['● Running', 'npm test', '5s'],
  },
  'many tools': {
    actions: Array.from({length: 30}, (_, id) =>
      event('tool.start', {tool_id: `t${id}`, name: 'read_file', context: `${id}.ts`}),
    ),
    must: ['29.ts', 'running 30 tools'],
  },
  'a queue': {
    actions: [event('message.start'), says('a word'), ...['one', 'two', 'three', 'four', 'five', 'six'].map(queue)],
    must: ['queued › one', '2 more', 'a word', 'writing'],
  },
  'a retry': {
    actions: [
      event('message.start'),
      event('model.retry', {attempt: 1, limit: 4, wait_ms: 12_000, reason: 'overloaded (529)'}),
    ],
    must: ['overloaded (529)', 'again in 7s'],
  },
  'a silent model': {
    actions: [event('message.start'), event('model.silent', {silent_ms: 20_000})],
    must: ['nothing from the model for 25s'],
  },
  'an approval': {
    actions: [event('message.start'), approval({}), open],
    must: [
      'Run a shell command',
      '▲ deletes files',
      'rm -rf build && npm run build',
      /1 Allow once/,
      /\d Deny/,
      'waiting for your answer',
    ],
  },
  'an approval of an edit': {
    actions: [
      event('message.start'),
      approval({
        command: '/home/me/projects/hermes/src/index.ts',
        description: 'Edit src/index.ts',
        dangers: [],
        diff: '--- a\n+++ b\n@@ -1,2 +1,2 @@\n-one\n+two\n three\n',
      } as Partial<ApprovalRequest>),
      open,
    ],
    must: ['Edit src/index.ts', /1 Allow once/, /\d Deny/, 'waiting for your answer'],
  },
  'an approval that is announced': {
    actions: [event('message.start'), edit('use port 3000'), approval({})],
    must: ['? Run a shell', 'Ctrl+O', '› use port 3000'],
  },
  'a question': {
    actions: [event('clarify.request', {question: 'Which port?', choices: ['3000', '8080'], request_id: 'r'}), open],
    must: ['? Which port?', '1 3000', '2 8080'],
  },
  'a password': {
    actions: [
      event('sudo.request', {request_id: 'r'}),
      open,
      {type: 'question', action: {type: 'edit', action: {type: 'insert', text: 'hunter2'}}},
    ],
    must: ['•••••••', /Esc declines|Enter/],
  },
  'a picker': {
    actions: [
      {
        type: 'pick',
        picker: openPicker(
          'model',
          'Models',
          Array.from({length: 40}, (_, index) => ({value: `${index}`, label: `model ${index}`, detail: 'yesterday'})),
          30,
        ),
      },
    ],
    must: ['Models (40)', '❯ model 30', '↑↓ choose', '● ready'],
  },
  'a list of sessions': {
    actions: [
      {
        type: 'pick',
        picker: {
          ...sessionPicker(
            'Sessions',
            sessionChoices(
              Array.from({length: 40}, (_, index) => ({
                id: `key${index}`,
                title: `session ${index}`,
                last_active: 99 - index,
              })),
              undefined,
            ),
          ),
          selected: 30,
        },
      },
    ],
    must: ['Sessions (40)', '❯ session 30', '^D delete', '● ready'],
  },
  'a search': {
    actions: [{type: 'search', search: {query: 'fix', at: 0, forward: false, failed: false}}],
    must: ['search, older: fix', 'fix the build', 'Ctrl+R older'],
  },
  'a queue that is changed': {
    actions: [
      ...['one', 'two'].map(
        (id): ChatAction => ({type: 'enqueue', prompt: {id, text: `prompt ${id}`, state: 'queued', shown: false}}),
      ),
      {type: 'hold'},
      {type: 'queue-at', id: 'two'},
    ],
    must: ['Queue (2, held)', '  1. prompt one', '❯ 2. prompt two', 'Enter edits'],
  },
  'the list of commands': {actions: [edit('/'), commandMenu], must: ['› /', /\/[a-z]+/, '↑↓ Tab', '● ready']},
  'a hint': {actions: [{type: 'hint', text: 'Ctrl+C again leaves'}], must: ['Ctrl+C again leaves', '● ready']},
  recovering: {
    actions: [edit('my draft'), view({phase: 'starting', recovering: true, attempt: 2, session: undefined})],
    must: ['(2/3)', '› my draft'],
  },
  'a gateway that stays down': {
    actions: [edit('my draft'), view({phase: 'exhausted', session: undefined, lastExit})],
    must: ['✖ The gateway', 'cause', 'remedy', 'gateway is down', '/recover', '› my draft'],
  },
  'no session': {
    actions: [view({session: undefined, problem: {code: 4007, message: 'session not found'}})],
    must: ['✖ No session is open.', 'session not found', '/new'],
  },
  'a session that is open elsewhere': {
    actions: [{type: 'elsewhere', elsewhere: {key: 'k', title: 't', pid: 5, since: 0, taken: false}}],
    must: ['read only', '› Another hermes'],
  },
}

const items: Record<string, {items: ItemBody[]; must: string[]}> = {
  'a prompt': {items: [{kind: 'user', text: `please ${words}`}], must: ['› please', 'w0', 'w120']},
  'a command': {
    items: [{kind: 'command', text: '/title A long title of a session that has to be wrapped'}],
    must: ['› /title'],
  },
  'a reply': {
    items: itemsOfMessages([
      {
        role: 'assistant',
        text: `# Head\n\n${words}\n\n| name | what it is |\n|---|---|\n| a | ${'b '.repeat(60)} |\n\n- one\n  - two`,
      },
    ]),
    must: ['Head', 'w899', 'name', '• one'],
  },
  'a tool': {
    items: [
      toolItem({
        id: 't',
        name: 'terminal',
        context: 'npm test -- --watch=false --reporter=spec',
        status: 'complete',
        seconds: 12,
        result: {output: 'a\nb', exit_code: 0},
      }),
    ],
    must: ['● Ran npm test', '⎿ a'],
  },
  'a failure': {
    items: [
      toolItem({
        id: 't',
        name: 'terminal',
        context: 'make',
        status: 'complete',
        result: {output: 'no rule to make target', exit_code: 2},
      }),
    ],
    must: ['make', 'no rule to make target'],
  },
  notices: {
    items: [
      {kind: 'notice', tone: 'error', text: 'gateway killed by SIGKILL — recovering this session'},
      {kind: 'notice', tone: 'good', text: 'session recovered after 144 ms'},
      {kind: 'interrupted'},
    ],
    must: ['✖ gateway killed', '✔ session recovered', '[interrupted]'],
  },
  'an output': {
    items: [
      {
        kind: 'output',
        text: 'folder   /home/me/projects/with/a/long/name/of/a/folder/in/it\n/permissions [remove N]  what may be done without asking, and why',
      },
    ],
    must: ['folder', '/permissions [remove N]', 'asking'],
  },
}

const looks: Record<string, Look> = {
  dumb: new Look({TERM: 'dumb'}),
  NO_COLOR: new Look({TERM: 'xterm', NO_COLOR: '1'}),
  sixteen: new Look({TERM: 'xterm'}),
  dark: learnt('#16181d'),
  light: learnt('#fdfdfb'),
}

function learnt(background: '#16181d' | '#fdfdfb'): Look {
  const look = new Look({TERM: 'xterm', COLORTERM: 'truecolor'})
  look.learn(background)
  return look
}

const sizes = [
  [40, 12],
  [40, 24],
  [80, 24],
  [160, 45],
  [200, 60],
] as const

/** What a person reads: wrapped words are joined, so that it is found where a window is narrow. */
const read = (rows: readonly string[]) => rows.map(stripSgr).join('\n')
const joined = (text: string) => text.replaceAll(/\s+/g, ' ')

function expectSeen(rows: readonly string[], must: readonly (string | RegExp)[], where: string): void {
  const text = read(rows)
  for (const what of must) {
    const seen = typeof what === 'string' ? joined(text).includes(joined(what)) : what.test(text)
    expect(seen, `${what} is not seen: ${where}\n${text}`).to.equal(true)
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789äöüßéèêàâîïôûçñøåæœ'

/** Each action that can be bound anew has one key, that no other has and no terminal. */
const own: OwnKeys = Object.fromEntries(
  keyTable.filter(({fixed}) => !fixed).map(({action}, index) => [action, [`ctrl+alt+${letters[index]}`]]),
)
const ownKey = keyNames(bindingsOf(own).rows)
const named =
  /(?:(?:Ctrl|Alt|Shift)\+)+(?:[^\s·,:]+)|\^[A-Z]\b|[↑↓]|\b(?:Tab|Enter|Esc|Home|End|Pg(?:Up|Dn)|Page(?:Up|Down)|Space)\b/gu
/** Within a hint a letter is a key too. */
const letter = /(?<=· )[a-z](?= [a-z])/gmu
const short: Readonly<Record<string, string>> = {PgUp: 'PageUp', PgDn: 'PageDown'}

/** Keys that rows name, and nobody may have bound anew. */
function foreignKeys(rows: readonly string[], state: KeyState): string[] {
  const contexts: readonly KeyContext[] = [...layers[state], ...layers.menu, ...layers.sessions]
  const always = keyTable.filter((row) => row.fixed && contexts.includes(row.context)).flatMap(({keys}) => keys)
  const mine = Object.values(own).flat()
  const may = new Set([...always, ...mine].flatMap((keys) => keys.split(' ')).map(shownKeys))
  const text = rows.map(stripSgr).join('\n')
  const keys = [...text.matchAll(named), ...text.matchAll(letter)].map(([key]) => key.replace('^', 'Ctrl+'))
  return keys.filter((key) => !may.has(short[key] ?? key) && !/^Ctrl\+Alt\+/.test(key))
}

describe('hints of every state, where each key is bound anew', () => {
  it('name no key that does nothing there', () => {
    const all = {columns: 200, rows: 60, style: looks.dumb?.style ?? never(), crashLog: '/log', now: NOW, tick: 0}
    let keys = 0
    for (const [name, {actions}] of Object.entries(states)) {
      const start = initialState({view: live, showReasoning: false, cwd: '/home/me/projects/hermes'})
      const state: ChatState = [session, ...actions].reduce(reduce, start)
      const drawn = (key?: KeyNames) => {
        const aside = (later: readonly ItemBody[], width: number, room: number) =>
          asideRows(later, width, {style: all.style, ...(key && {key})}, room)
        const found = state.search && {text: 'fix the build', from: 0, to: 3}
        return liveScreen(state, {...all, found, aside, ...(key && {key})}).rows
      }
      const rows = drawn(ownKey)
      expect(foreignKeys(rows, keyStateOf(state)), `${name}\n${rows.join('\n')}`).to.deep.equal([])
      const none = drawn(() => undefined)
      expect(none.join('\n'), name).to.not.include('undefined')
      expect(foreignKeys(none, keyStateOf(state)), `${name}\n${none.join('\n')}`).to.deep.equal([])
      keys += rows.join('\n').match(/Ctrl\+Alt\+/g)?.length ?? 0
    }
    expect(keys).to.be.above(5)
    for (const [name, {items: bodies}] of Object.entries(items)) {
      if (name === 'an output') continue
      const rows = bodies.flatMap((body, id) =>
        itemRows({...body, id}, undefined, {
          width: 100,
          style: all.style,
          showReasoning: false,
          lexer: undefined,
          key: ownKey,
        }),
      )
      expect(foreignKeys(rows, 'composer'), `${name}\n${rows.join('\n')}`).to.deep.equal([])
    }
    tellTried(Object.keys(states).length + Object.keys(items).length, 'states and items')
  })
})

function never(): never {
  throw new Error('there is a look without colours')
}

describe('screens of every state', () => {
  let lexer: Lexer
  before(async () => {
    lexer = await loadLexer()
  })

  it('fit into 40x12 to 200x60, and show what must be seen', () => {
    let tried = 0
    for (const [name, {actions, must}] of Object.entries(states)) {
      const start = initialState({view: live, showReasoning: false, cwd: '/home/me/projects/hermes'})
      const state: ChatState = [session, ...actions].reduce(reduce, start)
      for (const [columns, rows] of sizes) {
        for (const [lookName, {style}] of Object.entries(looks)) {
          tried++
          const where = `${name} at ${columns}x${rows}, ${lookName}`
          const aside = (later: readonly ItemBody[], width: number, room: number) =>
            asideRows(later, width, {style}, room)
          const found = state.search && {text: 'fix the build', from: 0, to: 3}
          const options = {columns, rows, style, crashLog: '/home/me/.hermes/logs/crash.log'}
          const screen = liveScreen(state, {...options, found, aside, now: NOW, tick: 0})
          expect(screen.rows.length, where).to.be.at.most(rows - 2)
          for (const row of screen.rows) expect(stringWidth(row), `${where}: ${row}`).to.be.at.most(columns)
          expectSeen(screen.rows, must, where)
        }
      }
    }
    tellTried(tried, 'states × sizes × looks')
  })

  it('show what is finished in 40 to 200 columns', () => {
    let tried = 0
    for (const [name, {items: bodies, must}] of Object.entries(items)) {
      for (const [width] of sizes) {
        for (const [lookName, {style}] of Object.entries(looks)) {
          tried++
          const where = `${name} at ${width}, ${lookName}`
          const rows = bodies.flatMap((body, id) =>
            softWrapped(itemRows({...body, id}, undefined, {width, style, showReasoning: false, lexer}), width),
          )
          for (const row of rows) expect(stringWidth(row), `${where}: ${row}`).to.be.at.most(width)
          expectSeen(rows, must, where)
        }
      }
    }
    tellTried(tried, 'items × widths × looks')
  })

  it('show what is folded, with the keys, in 40x12 to 200x60', () => {
    const text = Array.from({length: 80}, (_, index) => `line ${index} of what a command wrote`).join('\n')
    const call = {
      id: 't',
      name: 'terminal',
      context: 'npm test',
      status: 'complete',
      result: {output: text, exit_code: 0},
    } as const
    const fold = {...toolItem(call), id: 1} as Fold
    for (const [width, height] of sizes) {
      for (const [lookName, {style}] of Object.entries(looks)) {
        const state = openDocument(documentOf(fold), {width, height: height - 2})
        const surroundings = {place: {at: 1, of: 2}, notice: undefined, remark: undefined}
        const rows = pagerRows(state, surroundings, style)
        const where = `the pager at ${width}x${height}, ${lookName}`
        expect(rows.length, where).to.equal(height)
        for (const row of rows) expect(stringWidth(row), where).to.be.at.most(width)
        expectSeen(rows, ['npm test', '1 of 2', 'line 0', 'q back'], where)
      }
    }
  })
})
