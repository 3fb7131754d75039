import {edit} from '../composer/editor.js'
import {draftOf} from '../composer/literal.js'
import {userItem} from '../transcript/items.js'
import {trimmed} from '../transcript/trim.js'
import {afterTurn, enqueued, heldBack, inQueue, moved, type Prompt, queued, shownText, withSteer} from './prompts.js'
import {nextQuestion, reduceQuestion, withWords, wordsLeft} from './question.js'
import {onDeath, onDeltas, onEvent} from './reduce-events.js'
import {onOpened, onRestored} from './reduce-opened.js'
import {append, type ChatAction, type ChatState, isWriting, notice, withoutTurn} from './state.js'
import {beginTurn, goOn} from './turn.js'

export function reduce(state: ChatState, action: ChatAction): ChatState {
  const changed = turnLeft(state, change(state, action), action)
  const next = changed.later.length === 0 || isWriting(changed) ? changed : printLater(changed)
  return state.questions === next.questions || action.type === 'answered' ? next : keepWords(state, next)
}

/** Where its gateway died the turn may go on, and what is for it with it. */
function turnLeft(before: ChatState, state: ChatState, {type}: ChatAction): ChatState {
  if (!before.turn || state.turn || type === 'death') return state
  const prompts = afterTurn(state.prompts)
  return prompts === state.prompts ? state : {...state, prompts}
}

function printLater(state: ChatState): ChatState {
  return {...append(state, state.later), later: []}
}

/** A question that went, with its gateway or its turn, leaves what was typed as its answer in the draft. */
function keepWords(before: ChatState, state: ChatState): ChatState {
  const hint = before.questions[0]?.id === state.questions[0]?.id ? state.hint : undefined
  const [left] = wordsLeft(before.questions, state.questions)
  return left
    ? {...state, hint, editor: withWords(state.editor, left.words), parked: left}
    : state.hint === hint
      ? state
      : {...state, hint}
}

function change(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case 'view':
      return {...state, view: action.view}
    case 'event':
      return onEvent(state, action.event, action.now)
    case 'deltas':
      return onDeltas(state, action)
    case 'death':
      return onDeath(state, action)
    case 'opened':
      return onOpened(state, action)
    case 'restored':
      return onRestored(state, action.draft, action.prompts)
    case 'moved':
      return {...state, prompts: action.prompts, held: false}
    case 'enqueue': {
      const {prompt, fromDraft} = action
      const before = fromDraft ? state.takenBefore : undefined
      return {
        ...state,
        prompts: action.first ? [prompt, ...state.prompts] : enqueued(state.prompts, prompt, before),
        ...(fromDraft ? {editor: edit(state.editor, {type: 'load', text: ''}), takenBefore: undefined} : {}),
      }
    }
    case 'steer': {
      const {prompt, fromDraft} = action
      const emptied = {editor: edit(state.editor, {type: 'load', text: ''}), takenBefore: undefined}
      return {...state, prompts: withSteer(state.prompts, prompt), ...(fromDraft ? emptied : {})}
    }
    case 'steer-answered': {
      const answered = ({steers: _, ...prompt}: Prompt): Prompt =>
        action.taken ? {...prompt, steers: 'taken'} : prompt
      return {...state, prompts: state.prompts.map((each) => (each.id === action.id ? answered(each) : each))}
    }
    case 'submitting':
      return onSubmitting(state, action.id, action.now)
    case 'acknowledged':
      return onAcknowledged(state, action)
    case 'refused':
      return onRefused(state, action)
    case 'reworded': {
      const sentAs = (prompt: Prompt) => (prompt.id === action.id ? {...prompt, sentAs: action.text} : prompt)
      return {...state, prompts: state.prompts.map(sentAs)}
    }
    case 'dequeue':
      return withQueue(state, without(state.prompts, action.id))
    case 'move-queued':
      return {...state, prompts: moved(state.prompts, action.id, action.by)}
    case 'take-queued': {
      const waiting = queued(state.prompts)
      const at = waiting.findIndex(({id}) => id === action.id)
      const taken = waiting[at]
      if (!taken) return state
      const editor = edit(state.editor, {type: 'load', text: draftOf(shownText(taken))})
      const next = withQueue(state, without(state.prompts, taken.id))
      return {...next, editor, takenBefore: waiting[at + 1]?.id ?? null, queueAt: undefined, hint: undefined}
    }
    case 'queue-at':
      return {...state, queueAt: action.id, hint: undefined}
    case 'clear-queue':
      return withQueue(
        state,
        state.prompts.filter((prompt) => prompt.state !== 'queued' || prompt.steers),
      )
    case 'release':
      return {...state, held: false}
    case 'hold':
      return withQueue({...state, held: true}, heldBack(state.prompts))
    case 'elsewhere':
      return {...state, elsewhere: action.elsewhere}
    case 'continuing':
      return {
        ...withoutTurn(state),
        turn: beginTurn({promptId: state.broken?.promptId, user: state.broken?.user}, action.now),
        hint: undefined,
      }
    case 'turn-failed':
      return {...withoutTurn(state), questions: []}
    case 'compacting':
      return {...state, compacting: action.text}
    case 'interrupting':
      return state.turn ? {...state, turn: {...state.turn, interrupting: true}} : state
    case 'edit': {
      const editor = edit(state.editor, action.action)
      // What was taken out and wiped away is nothing that goes back to its place.
      const takenBefore = editor.text === '' ? undefined : state.takenBefore
      return {...state, editor, takenBefore, hint: undefined}
    }
    case 'question': {
      const [first, ...others] = state.questions
      return first ? {...state, questions: [reduceQuestion(first, action.action), ...others], hint: undefined} : state
    }
    case 'answered': {
      const [first, ...others] = state.questions
      const next = first && action.asked && nextQuestion(first, action.asked, state.asked)
      if (next) return {...state, questions: [next, ...others], asked: state.asked + 1, hint: undefined}
      const questions = others
      const turn = state.turn && questions.length === 0 ? goOn(state.turn, action.now) : state.turn
      return {...state, questions, turn, hint: undefined}
    }
    case 'asking':
      return {...state, asking: action.asking}
    case 'keep-words':
      return {...state, editor: withWords(state.editor, action.words)}
    case 'pick':
      return {...state, picker: action.picker, hint: undefined}
    case 'shell':
      return {...state, shell: action.shell}
    case 'menu':
      return {...state, menu: action.menu}
    case 'search':
      return {...state, search: action.search, hint: undefined}
    case 'input-saved':
      return state.inputSaved === action.saved ? state : {...state, inputSaved: action.saved}
    case 'hint':
      return state.hint === action.text ? state : {...state, hint: action.text}
    case 'print':
      return append(state, action.items)
    case 'aside':
      return {...state, later: [...state.later, ...action.items]}
    case 'session':
      return {...state, session: {...state.session, ...action.session}}
    case 'show-reasoning':
      return {...state, showReasoning: action.show}
    case 'undone':
      return onUndone(state, action.taken, action.draft)
    case 'printed': {
      const items = trimmed(state.items, action.before)
      return items === state.items ? state : {...state, items}
    }
    case 'closing':
      return {...state, closing: true}
  }
}

function without(prompts: readonly Prompt[], id: string): Prompt[] {
  return prompts.filter((prompt) => prompt.id !== id)
}

/** An empty queue is not held, and not open. */
function withQueue(state: ChatState, prompts: readonly Prompt[]): ChatState {
  if (queued(prompts).length === 0) return {...state, prompts, held: false, queueAt: undefined}
  const queueAt = state.queueAt && (chosenAfter(state, prompts) ?? inQueue(prompts, undefined)?.id)
  return {...state, prompts, queueAt}
}

/** What stands in the place of the chosen one, where that is gone. */
function chosenAfter({prompts: before, queueAt}: ChatState, prompts: readonly Prompt[]): string | undefined {
  const waiting = queued(prompts)
  if (waiting.some(({id}) => id === queueAt)) return queueAt
  const at = queued(before).findIndex(({id}) => id === queueAt)
  return (waiting[at] ?? waiting.at(-1))?.id
}

function onSubmitting(state: ChatState, id: string, now: number): ChatState {
  const prompt = state.prompts.find((candidate) => candidate.id === id)
  if (!prompt) return state
  const prompts = afterTurn(state.prompts).map((other) =>
    other.id === id ? {...other, state: 'submitted' as const, shown: true} : other,
  )
  const idle = withoutTurn(state)
  const shown = prompt.shown ? idle : append(idle, [userItem(prompt.text, prompt.folded)])
  const turn = beginTurn({promptId: id, user: prompt.text}, now)
  return {...withQueue(shown, prompts), turn, hint: undefined}
}

function onAcknowledged(state: ChatState, action: Extract<ChatAction, {type: 'acknowledged'}>): ChatState {
  // The turn may be over already: responses can come after events.
  const over = state.turn?.promptId !== action.id
  const prompts = state.prompts.flatMap((prompt): Prompt[] => {
    if (prompt.id !== action.id) return [prompt]
    return action.settled || over ? [] : [{...prompt, state: 'acknowledged'}]
  })
  if (action.kept) {
    // The turn that runs is another one; this prompt has its own after it.
    const held = state.prompts.map((prompt) => (prompt.id === action.id ? {...prompt, state: 'kept' as const} : prompt))
    const turn = state.turn && !over ? {...state.turn, promptId: undefined, user: undefined} : state.turn
    return {...state, prompts: held, turn}
  }
  if (over || action.streaming) return {...state, prompts}
  // A repeated prompt that had its turn already: no event will follow.
  return {...withoutTurn(state), prompts}
}

function onUndone(state: ChatState, taken: {text: string; removed: number} | undefined, draft = ''): ChatState {
  const settled = {...state, broken: undefined}
  if (!taken) return settled
  const editor = state.editor.text.trim() === '' ? edit(state.editor, {type: 'load', text: draft}) : state.editor
  return append({...settled, editor}, [{kind: 'undone', ...taken}])
}

function onRefused(state: ChatState, action: Extract<ChatAction, {type: 'refused'}>): ChatState {
  const prompt = state.prompts.find((candidate) => candidate.id === action.id)
  const stopped = state.turn?.promptId === action.id ? withoutTurn(state) : state
  const base = action.reason ? append(stopped, [notice('error', action.reason)]) : stopped
  if (!prompt) return base
  if (!action.hold || state.editor.text !== '' || state.prompts.some((p) => p.id !== prompt.id)) {
    const prompts = state.prompts.map((other) =>
      other.id === action.id ? {...other, state: 'queued' as const} : other,
    )
    return {...base, prompts: action.hold ? heldBack(prompts) : prompts, held: state.held || action.hold}
  }
  return {
    ...base,
    prompts: state.prompts.filter((other) => other.id !== action.id),
    editor: edit(state.editor, {type: 'load', text: draftOf(shownText(prompt))}),
  }
}
