import {expect} from 'chai'
import stringWidth from 'string-width'
import type {ApprovalRequest, GatewayEvent} from '../../../src/protocol/events.js'
import type {SupervisorView} from '../../../src/supervisor/types.js'
import {slashCommands} from '../../../src/tui/commands/registry.js'
import {documentOf, type Fold} from '../../../src/tui/pager/document.js'
import {pagerRows} from '../../../src/tui/pager/draw.js'
import {openDocument} from '../../../src/tui/pager/state.js'
import {liveScreen} from '../../../src/tui/screen/screen.js'
import {openPicker} from '../../../src/tui/state/picker.js'
import {reduce} from '../../../src/tui/state/reduce.js'
import {type ChatAction, type ChatState, initialState} from '../../../src/tui/state/state.js'
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
          'session',
          'Sessions',
          Array.from({length: 40}, (_, index) => ({value: `${index}`, label: `session ${index}`, detail: 'yesterday'})),
          30,
        ),
      },
    ],
    must: ['Sessions (40)', '❯ session 30', '↑↓ choose', '● ready'],
  },
  'a search': {actions: [{type: 'search', search: {query: 'fix', skip: 0}}], must: ['search: fix']},
  'the list of commands': {actions: [edit('/')], must: ['› /', /\/[a-z]+/, 'more · /help', '● ready']},
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
            asideRows(later, width, style, room)
          const found = state.search && 'fix the build'
          const options = {columns, rows, style, commands: slashCommands, crashLog: '/home/me/.hermes/logs/crash.log'}
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
