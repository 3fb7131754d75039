import type {PermissionOption, ToolCallUpdate} from '@agentclientprotocol/sdk'
import type {ApprovalRequest} from '../../protocol/approval.js'
import type {EventPayloads} from '../../protocol/events.js'
import {diffContent} from './diff-content.js'
import type {Editor} from './editor.js'
import {fenced, textContent} from './tool-updates.js'

/** Told to the model where the editor can't ask for a text. */
const ASK_IN_THE_REPLY = 'This editor cannot put questions. Ask in your reply, and end it there.'

/** A call that runs, by which an editor shows what is asked for. */
export interface OpenTool {
  id: string
  name: string
  context: string
}

/** `approval.respond`, without the session. */
export interface ApprovalAnswer {
  choice: 'once' | 'session' | 'always' | 'deny'
  rule?: string
  reason?: string
}

/** How an approval stands in an editor. `tool`: the call that asks, as far as it is known. */
export function permissionOf(
  request: ApprovalRequest,
  tool: OpenTool | undefined,
): {toolCall: ToolCallUpdate; options: PermissionOption[]} {
  const {command, description, kind = 'command', diff, cwd, dangers = [], why} = request
  const notes = [...(why === undefined ? [] : [why]), ...dangers.filter((danger) => danger !== why)]
  const content = [
    ...(kind === 'command' || kind === 'mcp' ? [textContent(fenced(command))] : []),
    ...(diff === undefined ? [] : diffContent(diff, command)),
    ...(cwd !== undefined && kind === 'command' ? [textContent(`in ${cwd}`)] : []),
    ...notes.map((note) => textContent(note)),
  ]
  const isFile = kind === 'edit' || kind === 'read'
  return {
    toolCall: {
      toolCallId: tool?.id ?? `question-${request.request_id ?? ''}`,
      title: kind === 'command' ? command : kind === 'fetch' ? `${description}: ${command}` : description,
      kind: ({command: 'execute', edit: 'edit', read: 'read', fetch: 'fetch', mcp: 'other'} as const)[kind],
      status: 'pending',
      content,
      ...(isFile ? {locations: [{path: command}]} : {}),
    },
    options: optionsOf(request),
  }
}

function optionsOf({offers, choices, allow_permanent: permanent}: ApprovalRequest): PermissionOption[] {
  const once: PermissionOption = {optionId: 'once', name: 'Allow', kind: 'allow_once'}
  const deny: PermissionOption = {optionId: 'deny', name: 'Reject', kind: 'reject_once'}
  if (offers) {
    const longer = offers.map(
      ({scope, covers}, index): PermissionOption => ({
        optionId: `offer-${index}`,
        name: `${scope === 'always' ? 'Always allow' : 'Allow for this session'}: ${covers}`,
        kind: 'allow_always',
      }),
    )
    return [once, ...longer, deny]
  }
  // Another gateway: its own words for how long.
  const may = (choice: string) => !choices || choices.length === 0 || choices.includes(choice)
  return [
    once,
    ...(may('session')
      ? [{optionId: 'session', name: 'Allow for this session', kind: 'allow_always'} satisfies PermissionOption]
      : []),
    ...(may('always') && permanent !== false
      ? [{optionId: 'always', name: 'Always allow', kind: 'allow_always'} satisfies PermissionOption]
      : []),
    deny,
  ]
}

/** What an option means; of one that was not offered, no. */
export function approvalOf({offers}: ApprovalRequest, optionId: string): ApprovalAnswer {
  if (optionId === 'once' || optionId === 'session' || optionId === 'always') return {choice: optionId}
  const [, index] = /^offer-(\d+)$/.exec(optionId) ?? []
  const offer = index === undefined ? undefined : offers?.[Number(index)]
  return offer ? {choice: offer.scope, rule: offer.rule} : {choice: 'deny'}
}

/** Asks. Undefined where the question was withdrawn with its turn; what the editor can't ask is not allowed. */
export async function askApproval(
  editor: Editor,
  request: ApprovalRequest,
  tool: OpenTool | undefined,
  signal: AbortSignal,
): Promise<ApprovalAnswer | undefined> {
  try {
    const {outcome} = await editor.askPermission(permissionOf(request, tool), signal)
    return outcome.outcome === 'selected' ? approvalOf(request, outcome.optionId) : undefined
  } catch {
    return signal.aborted ? undefined : {choice: 'deny', reason: 'the editor could not ask the person'}
  }
}

/** The same of a clarifying question; the answer as the model is told it. */
export async function askClarify(
  editor: Editor,
  {question, choices, request_id}: EventPayloads['clarify.request'],
  tool: OpenTool | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    if (editor.capabilities.elicitation?.form) {
      const answer = await editor.elicit(question, choices, signal)
      if (answer.action !== 'accept') return answer.action === 'cancel' && signal.aborted ? undefined : ''
      const content = 'content' in answer ? (answer.content as Record<string, unknown> | null | undefined) : undefined
      return typeof content?.answer === 'string' ? content.answer : ''
    }
    if (!choices || choices.length === 0) return ASK_IN_THE_REPLY
    const {outcome} = await editor.askPermission(
      {
        toolCall: {
          toolCallId: tool?.id ?? `question-${request_id}`,
          title: question,
          kind: 'other',
          status: 'pending',
        },
        options: [
          ...choices.map((name, index): PermissionOption => ({optionId: `choice-${index}`, name, kind: 'allow_once'})),
          {optionId: 'none', name: 'None of these', kind: 'reject_once'},
        ],
      },
      signal,
    )
    if (outcome.outcome !== 'selected') return undefined
    const [, index] = /^choice-(\d+)$/.exec(outcome.optionId) ?? []
    return index === undefined ? '' : (choices[Number(index)] ?? '')
  } catch {
    return signal.aborted ? undefined : ASK_IN_THE_REPLY
  }
}

/** Which of the calls that run asks. */
export function askingTool(tools: readonly OpenTool[], about: string): OpenTool | undefined {
  const named = tools.findLast(({context}) => context !== '' && about.includes(context.replace(/…$/, '')))
  return named ?? tools.at(-1)
}
