import {edit} from '../composer/editor.js'
import {trimmed} from '../transcript/trim.js'
import {type Prompt, queued} from './prompts.js'
import {nextQuestion, reduceQuestion, withWords, wordsLeft} from './question.js'
import {onDeath, onDeltas, onEvent} from './reduce-events.js'
import {onOpened, onRestored} from './reduce-opened.js'
import {append, type ChatAction, type ChatState, isWriting, notice, withoutTurn} from './state.js'
import {beginTurn, goOn} from './turn.js'

export function reduce(state: ChatState, action: ChatAction): ChatState {
  const changed = change(state, action)
  const next = changed.later.length === 0 || isWriting(changed) ? changed : printLater(changed)
  return state.questions === next.questions || action.type === 'answered' ? next : keepWords(state, next)
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
    case 'enqueue':
      return {
        ...state,
        prompts: action.first ? [action.prompt, ...state.prompts] : [...state.prompts, action.prompt],
        editor: action.fromDraft ? edit(state.editor, {type: 'load', text: ''}) : state.editor,
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
      return {...state, prompts: state.prompts.filter((prompt) => prompt.id !== action.id)}
    case 'clear-queue':
      return {...state, prompts: state.prompts.filter((prompt) => prompt.state !== 'queued'), held: false}
    case 'release':
      return {...state, held: false}
    case 'hold':
      return {...state, held: queued(state.prompts).length > 0}
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
    case 'interrupting':
      return state.turn ? {...state, turn: {...state.turn, interrupting: true}} : state
    case 'edit':
      return {...state, editor: edit(state.editor, action.action), hint: undefined}
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
      return {...state, broken: undefined}
    case 'printed': {
      const items = trimmed(state.items, action.before)
      return items === state.items ? state : {...state, items}
    }
    case 'closing':
      return {...state, closing: true}
  }
}

function onSubmitting(state: ChatState, id: string, now: number): ChatState {
  const prompt = state.prompts.find((candidate) => candidate.id === id)
  if (!prompt) return state
  const prompts = state.prompts.map((other) =>
    other.id === id ? {...other, state: 'submitted' as const, shown: true} : other,
  )
  const idle = withoutTurn(state)
  const shown = prompt.shown ? idle : append(idle, [{kind: 'user', text: prompt.text}])
  return {...shown, prompts, turn: beginTurn({promptId: id, user: prompt.text}, now), hint: undefined}
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

function onRefused(state: ChatState, action: Extract<ChatAction, {type: 'refused'}>): ChatState {
  const prompt = state.prompts.find((candidate) => candidate.id === action.id)
  const stopped = state.turn?.promptId === action.id ? withoutTurn(state) : state
  const base = action.reason ? append(stopped, [notice('error', action.reason)]) : stopped
  if (!prompt) return base
  if (!action.hold || state.editor.text !== '' || state.prompts.some((p) => p.id !== prompt.id)) {
    const prompts = state.prompts.map((other) =>
      other.id === action.id ? {...other, state: 'queued' as const} : other,
    )
    return {...base, prompts, held: state.held || action.hold}
  }
  return {
    ...base,
    prompts: state.prompts.filter((other) => other.id !== action.id),
    editor: edit(state.editor, {type: 'load', text: prompt.text}),
  }
}
