import {wireMessages} from '../../protocol/shapes/answers.js'
import type {Supervisor} from '../../supervisor/types.js'
import {type AgentLine, workedOf} from '../state/agents.js'
import {elapsed} from '../text/amounts.js'
import {itemsOfMessages, type ShownTool} from '../transcript/items.js'
import type {ToolLine} from '../transcript/tool-lines/index.js'
import {SUBAGENT} from '../transcript/tool-lines/words.js'
import type {Fold} from './document.js'

/** So much of what a sub-agent said and did is paged, characters. */
const PAGED_CHARACTERS = 2_000_000

const KEY = /^\d{8}_\d{6}_[0-9a-f]{6}$/

/** What a sub-agent said and did until now, from its own session; undefined where it has none that can be read. */
export function wholeAgent(supervisor: Supervisor, {id, name, line}: ShownTool): Promise<ToolLine> | undefined {
  if (name !== SUBAGENT || !KEY.test(id) || !supervisor.view.session) return undefined
  return supervisor.request('session.history', {session_id: id}).then(({messages}) => {
    const text = transcriptText(wireMessages(messages))
    if (text === '') throw new Error('nothing is stored of it')
    return {...line, body: {kind: 'text', text: text.slice(-PAGED_CHARACTERS), shows: 'nothing'}}
  })
}

/** A stored transcript as plain lines. */
export function transcriptText(messages: ReturnType<typeof wireMessages>): string {
  const parts = itemsOfMessages(messages, {limit: Number.POSITIVE_INFINITY}).flatMap((item): string[] => {
    switch (item.kind) {
      case 'user':
        return [`› ${item.text}`]
      case 'assistant':
        return [item.text.trim()]
      case 'tool': {
        const {verb, subject, facts, counts = '', body} = item.tool.line
        const told = facts.length > 0 ? ` (${facts.join(', ')})` : ''
        const head = `● ${[verb, subject, counts].filter(Boolean).join(' ')}${told}`
        const note = item.tool.note === undefined ? [] : [`  ${item.tool.note}`]
        const below = body && 'text' in body && body.kind !== 'text' ? [indented(body.text)] : []
        return [[head, ...note, ...below].join('\n')]
      }
      case 'notice':
      case 'output':
        return [item.text]
      case 'interrupted':
        return ['(interrupted)']
      default:
        return []
    }
  })
  return parts.filter((part) => part !== '').join('\n\n')
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '  ')
}

/** Those at work can be opened as what they brought can, behind all else. Their ids are none of an item. */
export function agentFolds(agents: readonly AgentLine[], now: number): Fold[] {
  return agents.flatMap((agent): Fold[] => {
    const {session, number, name, steps, does} = agent
    if (session === undefined) return []
    const line: ToolLine = {
      verb: 'Sub-agent at work:',
      subject: name,
      facts: [`${steps} ${steps === 1 ? 'step' : 'steps'}`, elapsed(workedOf(agent, now))],
      failed: false,
      body: {kind: 'text', text: does === '' ? 'It has not said anything yet.' : does, shows: 'nothing'},
      cut: 0,
    }
    return [{kind: 'tool', id: -number, tool: {id: session, name: SUBAGENT, context: name, status: 'complete', line}}]
  })
}
