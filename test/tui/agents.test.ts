import {expect} from 'chai'
import type {SubagentNews} from '../../src/protocol/events.js'
import {agentCommands} from '../../src/tui/commands/agents/agents-command.js'
import type {CommandContext} from '../../src/tui/commands/types.js'
import {tidings} from '../../src/tui/linear/tidings.js'
import {agentFolds, transcriptText, wholeAgent} from '../../src/tui/pager/whole-agent.js'
import {agentRows} from '../../src/tui/screen/agents.js'
import {reduce} from '../../src/tui/state/reduce.js'
import type {ChatState} from '../../src/tui/state/state.js'
import {statusOf} from '../../src/tui/state/status/status.js'
import {createStyle} from '../../src/tui/text/style.js'
import {stripSgr, textWidth} from '../../src/tui/text/wrap.js'
import {toolLine} from '../../src/tui/transcript/tool-lines/index.js'
import {freshChat, liveView, type Told, told} from '../helpers/chat-state.js'

const key = (index: number) => `20260101_000000_00000${index}`
const news = (index: number, more: Partial<SubagentNews> = {}): SubagentNews => ({
  goal: `look at part ${index}`,
  name: `part ${index}`,
  task_index: index,
  task_count: 3,
  subagent_id: key(index),
  child_session_id: key(index),
  ...more,
})
const following = (state: ChatState, now: number, ...events: Told[]) =>
  events.reduce((before, event) => reduce(before, told(event, now)), state)
const rows = ({agents}: ChatState, columns: number, now: number) =>
  agentRows(agents, {columns, style: createStyle({}), now}).map(stripSgr)

describe('sub-agents on the screen', () => {
  const begun = following(
    freshChat(),
    0,
    {type: 'message.start', payload: undefined},
    {type: 'tool.start', payload: {tool_id: 'c1', name: 'delegate_task', context: '3 tasks'}},
    {type: 'subagent.start', payload: news(0)},
    {type: 'subagent.start', payload: news(1)},
    {type: 'subagent.spawn_requested', payload: news(2)},
  )
  const working = following(
    begun,
    2000,
    {
      type: 'subagent.tool',
      payload: news(0, {tool_name: 'read_file', tool_preview: 'src/x.ts', api_calls: 3, duration_seconds: 2}),
    },
    {type: 'subagent.progress', payload: news(1, {asks: true, duration_seconds: 2})},
  )

  it('are a line each while they work, in any width', () => {
    expect(rows(working, 80, 12_000)).to.deep.equal([
      '▸ 1 part 0 · 3 steps · Reading src/x.ts · 12s',
      '? 2 part 1 · asks you · 2s',
      '· 3 part 2 · waits for its turn',
    ])
    for (let columns = 20; columns <= 60; columns++) {
      for (const row of rows(working, columns, 12_000)) expect(textWidth(row)).to.be.at.most(columns)
    }
    expect(rows(working, 40, 12_000)[0]).to.match(/^▸ 1 part 0 · 3 steps · Reading .*… · 12s$/)
    expect(statusOf(working, 12_000).text).to.equal('3 sub-agents at work')
  })

  it('are counted where there are too many', () => {
    const many = Array.from(
      {length: 12},
      (_, index): Told => ({
        type: 'subagent.start',
        payload: news(index, {subagent_id: `s${index}`}),
      }),
    )
    const shown = rows(following(freshChat(), 0, ...many), 80, 0)
    expect(shown).to.have.length(8)
    expect(shown.at(-1)).to.equal('  … 5 more · /agents lists them')
  })

  it('leave a line that opens, and are gone with the turn or the gateway', () => {
    const ended = following(working, 3000, {
      type: 'subagent.complete',
      payload: news(0, {status: 'completed', summary: 'all is well', duration_seconds: 3}),
    })
    expect(ended.agents.map(({name}) => name)).to.deep.equal(['part 1', 'part 2'])
    const [item] = ended.items.filter(({kind}) => kind === 'tool')
    expect(item).to.have.nested.property('tool.id', key(0))
    const over = following(ended, 4000, {type: 'message.complete', payload: {text: 'done', status: 'complete'}})
    expect(over.agents).to.deep.equal([])
  })

  it('are told of in lines', () => {
    expect(tidings(freshChat(), begun, {now: 0, width: 80})).to.deep.equal([
      'sub-agent begins: part 0',
      'sub-agent begins: part 1',
    ])
  })

  it('ask with their name', () => {
    const state = following(working, 2000, {
      type: 'approval.request',
      payload: {command: 'npm test', description: 'Run a shell command', request_id: 'r', agent: 'part 1'},
    })
    expect(state.questions[0]?.title).to.equal('part 1 asks: Run a shell command')
  })

  it('open with what their session holds', async () => {
    const [fold] = agentFolds(working.agents, 12_000)
    expect(fold).to.include({kind: 'tool', id: -1})
    if (fold?.kind !== 'tool') throw new Error('no tool')
    const asked: unknown[] = []
    const supervisor = {
      view: liveView,
      async request(method: string, params: unknown) {
        asked.push([method, params])
        return {
          messages: [
            {role: 'user', text: 'look'},
            {role: 'assistant', text: 'I see'},
          ],
        }
      },
    }
    const line = await wholeAgent(supervisor as never, fold.tool)
    expect(asked).to.deep.equal([['session.history', {session_id: key(0)}]])
    expect(line?.body).to.include({text: '› look\n\nI see'})
    expect(wholeAgent(supervisor as never, {...fold.tool, id: 'subagent-0'})).to.equal(undefined)
    expect(transcriptText([{role: 'tool', name: 'read_file', context: 'a.ts', result: {error: 'gone'}}])).to.equal(
      '● Could not read a.ts\n  gone',
    )
  })

  it('are counted in the line of the call', () => {
    const tasks = ['complete', 'complete', 'interrupted'].map((state, at) => ({task: `t${at}`, state, text: 'x'}))
    const call = {id: 'c', name: 'delegate_task', context: '3 tasks: …', status: 'complete' as const, result: {tasks}}
    expect(toolLine(call)).to.deep.include({
      verb: 'Delegated',
      subject: '3 tasks',
      facts: ['2 done', '1 interrupted'],
    })
    expect(toolLine({...call, result: {output: 'of another gateway'}}).body).to.include({text: 'of another gateway'})
  })

  it('are listed, shown and stopped by /agents', async () => {
    const said: string[] = []
    const asked: [string, unknown][] = []
    const answers: Record<string, unknown> = {
      'subagent.list': {
        subagents: [news(0, {status: 'running', api_calls: 3, total_tokens: 1200})],
        background: [{subagent_id: key(8), name: 'count', started_at: Date.now() / 1000 - 5}],
        ended: [{subagent_id: key(9), name: 'earlier', status: 'complete', api_calls: 1}],
      },
      'subagent.interrupt': {found: true},
      'session.history': {messages: [{role: 'assistant', text: 'I see'}]},
      'prompt.background': {task_id: 'bg_1', session_key: key(8)},
    }
    const context = {
      store: {state: {...working, view: {...liveView, capabilities: new Set(['agents'])}}},
      notice: (tone: string, text: string) => said.push(`${tone}: ${text}`),
      output: (text: string) => said.push(text),
      ask: async (method: string, params?: unknown) => {
        asked.push([method, params])
        return answers[method]
      },
    } as unknown as CommandContext
    const [agents, background] = agentCommands
    await agents?.run(context, '')
    expect(said[0]).to.match(/^1 {2}part 0 · works · .*Reading src\/x.ts · 3 steps · 1.2k tokens\n2 {2}count · in the/)
    expect(said[0]).to.include('3  earlier · complete · 1 step')
    await agents?.run(context, 'stop all')
    expect(asked.filter(([method]) => method === 'subagent.interrupt')).to.deep.equal([
      ['subagent.interrupt', {subagent_id: key(0)}],
      ['subagent.interrupt', {subagent_id: key(8)}],
    ])
    await agents?.run(context, '3')
    expect(said.at(-1)).to.equal('earlier · complete · 1 step\nI see')
    await agents?.run(context, 'stop 3')
    expect(said.at(-1)).to.equal('info: it does not work any more')
    await agents?.run(context, 'stop 9')
    expect(said.at(-1)).to.include('takes a number of the list')
    await background?.run(context, 'count')
    expect(said.at(-1)).to.include(`/resume ${key(8)} opens it`)
  })

  it('beside the session end with a line that says how they are opened', () => {
    const state = following(freshChat(), 0, {
      type: 'background.complete',
      payload: {task_id: 'bg_1', text: 'seven', question: 'count', session_key: key(8), status: 'complete'},
    })
    const lines = state.items.flatMap((item) => ('text' in item ? [item.text] : []))
    expect(lines).to.deep.equal(['the task in the background is done: count', 'seven', `/resume ${key(8)} opens it`])
  })
})
