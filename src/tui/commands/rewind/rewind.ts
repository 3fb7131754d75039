import {capabilities} from '../../../protocol/capabilities.js'
import {isPrompt} from '../../../protocol/prompt-message.js'
import {wireMessages} from '../../../protocol/shapes/answers.js'
import {wordSource} from '../../completion/source.js'
import {draftOf} from '../../composer/literal.js'
import {takeBack} from '../../outbox/take-back.js'
import {openPicker} from '../../state/picker.js'
import {isBusy} from '../../state/state.js'
import {oneLine} from '../../text/sanitize.js'
import type {CommandContext, SlashCommand} from '../types.js'
import {offerFiles, offerUndo, putFilesBack, readChoice} from './rewind-files.js'

/** A session without end is asked for its end alone; a list of more is not read. */
const MOST_PROMPTS = 500

/** Shows the prompts of this session, the newest first. */
export async function offerPrompts(context: CommandContext): Promise<void> {
  const {store, notice, ask} = context
  if (isBusy(store.state)) return notice('warn', 'a turn runs in this session · Esc interrupts it')
  if (store.state.elsewhere) return notice('warn', 'the session is open elsewhere · Enter shows what can be done')
  const prompts = promptsOf(await ask('session.history'))
  if (!prompts) return
  if (prompts.length === 0) return notice('info', 'nothing was asked in this session yet')
  const choices = prompts.map(({text}, index) => ({
    value: String(index),
    label: oneLine(text, 400),
    detail: index === prompts.length - 1 ? 'the last' : `${prompts.length - index} back`,
  }))
  const title = 'Back to before which prompt?'
  store.dispatch({type: 'pick', picker: openPicker('rewind', title, choices.reverse().slice(0, MOST_PROMPTS))})
}

/** Offers the files that changed since the prompt with this index; without any the conversation alone goes back. */
export async function choosePrompt(context: CommandContext, index: number): Promise<void> {
  const id = context.store.state.view.capabilities.has(capabilities.rewindFiles)
    ? promptsOf(await context.ask('session.history'))?.[index]?.id
    : undefined
  if (id !== undefined && (await offerFiles(context, {prompt_id: id}, index))) return
  await rewindTo(context, index)
}

/** Does what was chosen of files and conversation. */
export async function chooseFiles(context: CommandContext, value: string): Promise<void> {
  const choice = readChoice(value)
  if (!choice) return
  if (isBusy(context.store.state)) return context.notice('warn', 'a turn runs in this session · Esc interrupts it')
  if (choice.files && !(await putFilesBack(context, choice))) return
  if (choice.prompt !== undefined) await rewindTo(context, choice.prompt)
}

/**
 * The prompt with this index comes into the input, and the conversation goes on from before it: in a copy, since what is
 * taken back can't be brought again. Where nothing is before it that is a new session.
 */
export async function rewindTo(context: CommandContext, index: number): Promise<void> {
  const {store, notice} = context
  const {key, title} = store.state.session
  const prompts = promptsOf(await context.ask('session.history'))
  const text = prompts?.[index]?.text
  if (!prompts || text === undefined || key === undefined) return
  if (isBusy(store.state)) return notice('warn', 'a turn runs in this session · Esc interrupts it')
  const whole = `the whole of it: /resume ${key}`
  if (index === 0) {
    context.open({kind: 'new'})
    prefill(context, text)
    return notice('info', `↶ back to the beginning, in a new session · ${whole}`)
  }
  const copy = await shortCopy(context, key, index)
  if (copy === undefined) return
  context.open({kind: 'stored', key: copy})
  prefill(context, text)
  const back = prompts.length - index === 1 ? 'an exchange' : `${prompts.length - index} exchanges`
  notice('info', `↶ ${back} back, before "${oneLine(text, 60)}", in a copy of ${title || 'the session'} · ${whole}`)
}

/** It is typed for the session that comes. */
function prefill({store, folded}: CommandContext, text: string): void {
  store.dispatch({type: 'edit', action: {type: 'load', text: draftOf(folded(text))}})
}

/** Key of a copy that has as many prompts; undefined where there is none, which is told. */
async function shortCopy(context: CommandContext, key: string, length: number): Promise<string | undefined> {
  const {capabilities: offered} = context.store.state.view
  return context.attempt(async (request) => {
    // The Python gateway copies what is open, and knows no other name for it.
    const made = await request('session.branch', offered.has(capabilities.branch) ? {session_id: key, limit: 1} : {})
    const liveId = text(made.session_id)
    const inCopy: typeof request = (method, params, timeoutMs) =>
      request(method, {...params, session_id: liveId}, timeoutMs)
    const left = async () => promptsOf(await inCopy('session.history'))?.length ?? 0
    let now = await left()
    for (; now > length; now = await left()) {
      const {removed} = await takeBack(inCopy, offered)
      if (removed === 0) throw new Error('the gateway takes nothing back: this session is as it was')
    }
    if (now < length) throw new Error('the gateway takes back more than it is asked for: this session is as it was')
    const copied = text(made.session_key) || text(made.stored_session_id) || (await keyOf(liveId, request))
    if (!copied) throw new Error('the copy is made, but its key is not told: /sessions shows it')
    return copied
  })
}

async function keyOf(liveId: string, request: (method: string) => Promise<Record<string, unknown>>): Promise<string> {
  const {sessions} = await request('session.active_list')
  const all = Array.isArray(sessions) ? sessions : []
  return text(all.find((entry) => entry?.id === liveId)?.session_key)
}

interface Prompt {
  text: string
  /** Undefined of a gateway that tells none. */
  id: string | undefined
}

function promptsOf(history: Record<string, unknown> | undefined): Prompt[] | undefined {
  if (!history) return undefined
  return wireMessages(history.messages).flatMap((message) =>
    isPrompt(message) && message.text?.trim() ? [{text: message.text, id: message.prompt_id}] : [],
  )
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export const rewindCommands: SlashCommand[] = [
  {
    name: 'rewind',
    aliases: [],
    args: '[undo]',
    summary: 'back to before a prompt: files, conversation or both',
    argument: wordSource({undo: 'what was put back of files last'}),
    run: (context, args) => (args.trim() === 'undo' ? offerUndo(context) : offerPrompts(context)),
  },
]
