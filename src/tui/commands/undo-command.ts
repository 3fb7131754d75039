import {draftOf} from '../composer/literal.js'
import {takeBack} from '../outbox/take-back.js'
import {isBusy} from '../state/state.js'
import type {Item} from '../transcript/items.js'
import type {CommandContext, SlashCommand} from './types.js'

/** What was said to a turn goes with it. */
function isPromptItem(item: Item): item is Extract<Item, {kind: 'user'}> {
  return item.kind === 'user' && !item.steers
}

/** The last prompt that stands, and whether one that came after it was taken back. */
export function lastPrompt({store}: Pick<CommandContext, 'store'>): {text: string | undefined; takenBack: boolean} {
  const {items, broken} = store.state
  if (broken?.user) return {text: broken.user, takenBack: false}
  const last = items.findLast((item) => isPromptItem(item) || item.kind === 'undone')
  if (last?.kind === 'undone') return {text: undefined, takenBack: true}
  return {text: last?.kind === 'user' ? last.text : undefined, takenBack: false}
}

/** What stands last on the screen of what was not taken back, for a gateway that does not tell what it took back. */
function promptOnScreen({store}: CommandContext): string {
  const {items, broken} = store.state
  let undone = 0
  for (const item of items.toReversed()) {
    if (item.kind === 'undone') undone += 1
    else if (isPromptItem(item) && undone-- === 0) return item.text
  }
  return broken?.user ?? ''
}

async function undo(context: CommandContext): Promise<void> {
  const {store, notice, key} = context
  if (isBusy(store.state)) return notice('warn', 'a turn runs in this session · Esc interrupts it')
  const {capabilities: offered} = store.state.view
  const onScreen = promptOnScreen(context)
  const taken = await context.attempt((request) => takeBack(request, offered))
  if (taken === undefined) return
  if (taken.removed === 0) return notice('info', 'nothing to take back')
  const prompt = taken.text ?? onScreen
  context.echo()
  const kept = store.state.editor.text.trim() !== ''
  store.dispatch({
    type: 'undone',
    taken: {text: prompt, removed: taken.removed},
    draft: draftOf(context.folded(prompt)),
  })
  const up = key('up')
  const back = up === undefined ? '' : `: ${up} brings the prompt back that was taken back`
  if (kept && prompt !== '') notice('info', `your draft stays as it is${back}`)
}

function retry(context: CommandContext) {
  const {text, takenBack} = lastPrompt(context)
  if (takenBack) {
    const up = context.key('up')
    const back = up === undefined ? '' : `, ${up} brings it there`
    return context.notice('warn', `the last prompt was taken back: Enter sends it where it is in the draft${back}`)
  }
  const problem = context.delivery.retryTurn(text)
  if (problem) context.notice('warn', problem)
}

export const undoCommands: SlashCommand[] = [
  {
    name: 'undo',
    aliases: [],
    args: '',
    summary: 'take the last exchange back; its prompt comes into the draft',
    run: undo,
  },
  {name: 'retry', aliases: [], args: '', summary: 'send the last prompt again', run: retry},
]
