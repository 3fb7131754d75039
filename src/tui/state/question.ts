import type {ApprovalRequest, GatewayEvent} from '../../protocol/events.js'
import type {ServerRequest} from '../../protocol/requests.js'
import {type Editor, type EditorAction, edit, editorOf, emptyEditor} from '../composer/editor.js'
import {oneLine} from '../text/sanitize.js'
import {visible} from '../text/visible.js'
import {type Asked, type AskedPart, type Choice, partsOf} from './asked.js'

export type {Choice}

/** Something that the gateway asks and waits for. */
export interface Question {
  /** Of this screen: counts up. */
  id: number
  kind: 'approval' | 'clarify' | 'sudo' | 'secret'
  requestId: string | undefined
  /** It came as a request of the gateway: what is answered under its id, and the questions of it that follow. */
  asked: Asked | undefined
  title: string
  /** What an approval decides about. */
  subject: Subject | undefined
  choices: readonly Choice[]
  /** Enter alone approves nothing. */
  careful: boolean
  /** What the person picked with the arrows. */
  selected: number | undefined
  /** The keys go into the field. */
  writing: boolean
  /** An answer in words; of an approval why not, and what instead. */
  editor: Editor
  masked: boolean
  /** Several choices may be picked: their numbers are written, divided by commas. */
  several: boolean
  /** First row of the subject that is shown; a larger one than there is shows the end. */
  top: number
}

/** As the gateway told it, checked: what isn't text is left out. */
export interface Subject {
  kind: 'command' | 'edit' | 'read' | 'fetch' | 'mcp'
  /** The command, the path, the address, or what a tool is given. */
  command: string
  diff: string | undefined
  cwd: string | undefined
  dangers: readonly string[]
  why: string | undefined
  /** Names of the hidden characters in all of it. */
  hidden: readonly string[]
}

export type QuestionAction =
  | {type: 'select'; index: number}
  | {type: 'edit'; action: EditorAction}
  /** The keys go into the field from now on. */
  | {type: 'write'}
  /** The field is empty and closed. */
  | {type: 'discard'}
  | {type: 'scroll'; top: number}

export type QuestionRequest = Extract<
  GatewayEvent,
  {type: 'approval.request' | 'clarify.request' | 'sudo.request' | 'secret.request' | 'gateway.request'}
>

/** Undefined where nothing of it is left to be asked. */
export function questionOf(event: QuestionRequest, id: number): Question | undefined {
  const base = {
    id,
    asked: undefined,
    several: false,
    selected: undefined,
    editor: emptyEditor,
    masked: false,
    choices: [],
    subject: undefined,
    careful: false,
    writing: false,
    top: 0,
  }
  if (event.type === 'gateway.request') return requestedQuestion(event.payload, id, base)
  const requestId = textOf(event.payload.request_id)
  switch (event.type) {
    case 'approval.request':
      return named({...base, kind: 'approval', requestId, ...approvalOf(event.payload)}, event.payload.agent)
    case 'clarify.request': {
      const {question, choices} = event.payload
      const listed = textsOf(choices).map((choice) => ({label: choice, short: choice, value: choice}))
      return named({...base, kind: 'clarify', requestId, title: question, choices: listed}, event.payload.agent)
    }
    case 'sudo.request':
      return {...base, kind: 'sudo', requestId, title: 'Password for sudo', masked: true}
    case 'secret.request': {
      return {...base, kind: 'secret', requestId, title: secretTitle(event.payload), masked: true}
    }
  }
}

/** Who asks stands before what is asked. */
function named(question: Question, agent: unknown): Question {
  const who = textOf(agent)
  return who === undefined || who === ''
    ? question
    : {...question, title: `${oneLine(who, 60)} asks: ${question.title}`}
}

type Blank = Omit<Question, 'kind' | 'requestId' | 'title'>

function requestedQuestion(request: ServerRequest, id: number, base: Blank): Question | undefined {
  const {method} = request
  if (method === 'approval') {
    const requestId = textOf(request.params.request_id) ?? String(request.id)
    const asked = {id: request.id, method, parts: [], given: {}, total: 1}
    return {...base, kind: 'approval', requestId, asked, ...approvalOf(request.params)}
  }
  const asked = partsOf(request)
  const [part] = asked.parts
  return part && {...base, ...askedNow(asked, part), id}
}

function askedNow(
  asked: Asked,
  part: AskedPart,
): Pick<Question, 'kind' | 'requestId' | 'asked' | 'title' | 'choices' | 'masked' | 'several'> {
  const count = asked.total > 1 ? `${asked.total - asked.parts.length + 1}/${asked.total}: ` : ''
  const {choices, masked, several} = part
  const kind = masked ? (asked.method === 'sudo' ? 'sudo' : 'secret') : 'clarify'
  return {kind, requestId: String(asked.id), asked, title: count + part.title, choices, masked, several}
}

/** The question that follows in the same request, in the place of this one. */
export function nextQuestion(before: Question, asked: Asked, id: number): Question | undefined {
  const [part] = asked.parts
  const fresh = {selected: undefined, editor: emptyEditor, writing: false, top: 0}
  return part && {...before, ...fresh, ...askedNow(asked, part), id}
}

function approvalOf(request: ApprovalRequest): Pick<Question, 'title' | 'subject' | 'choices' | 'careful'> {
  const {kind} = request
  const subject = {
    kind: typeof kind === 'string' && Object.hasOwn(titles, kind) ? kind : ('command' as const),
    command: request.command,
    diff: textOf(request.diff),
    cwd: textOf(request.cwd),
    dangers: textsOf(request.dangers),
    why: textOf(request.why) ?? (request.smart_denied ? 'the judge of the gateway would deny it' : undefined),
  }
  const hidden = new Set([
    ...visible(subject.command).found,
    ...visible(subject.diff ?? '', {crlf: true}).found,
    ...visible(subject.cwd ?? '').found,
  ])
  return {
    title: textOf(request.description) ?? titles[subject.kind],
    subject: {...subject, hidden: [...hidden]},
    choices: choicesOf(request),
    // The reference asks about nothing but what is dangerous, and says no more.
    careful:
      !Array.isArray(request.offers) || request.destructive === true || subject.dangers.length > 0 || hidden.size > 0,
  }
}

const titles = {
  command: 'Run a shell command',
  edit: 'Write a file',
  read: 'Read a file',
  fetch: 'Fetch a page',
  mcp: 'Call a tool of a server',
}

/** A gateway that offers nothing in words is the reference: what its `session` covers is not known here. */
function choicesOf(request: ApprovalRequest): Choice[] {
  const pattern = textOf(request.pattern_key)
  const said = textsOf(request.choices)
  const may = (value: string) => said.length === 0 || said.includes(value)
  const same = pattern === undefined ? {} : {covers: `all that the gateway takes for “${pattern}”`}
  const offers: Choice[] = Array.isArray(request.offers)
    ? request.offers.flatMap(offered)
    : [
        ...(request.allow_session === false || !may('session')
          ? []
          : [{label: 'Allow for this session', short: 'This session', ...same, value: 'session'}]),
        ...(request.allow_permanent === false || !may('always')
          ? []
          : [{label: 'Always allow', short: 'Always', ...same, value: 'always'}]),
      ]
  return [
    ...(may('once') ? [{label: 'Allow once', short: 'Allow once', value: 'once'}] : []),
    ...offers,
    {label: 'Deny (Esc)', short: 'Deny (Esc)', value: 'deny'},
  ]
}

/** An offer that is not wholly understood is none. */
function offered(offer: {scope?: unknown; rule?: unknown; covers?: unknown} | null | undefined): Choice[] {
  const rule = textOf(offer?.rule)
  const scope = offer?.scope
  if (rule === undefined || (scope !== 'session' && scope !== 'always')) return []
  const [label, short] =
    scope === 'always' ? ['Always in this project', 'Always here'] : ['Allow for this session', 'This session']
  return [{label, short, covers: textOf(offer?.covers) ?? rule, value: scope, rule}]
}

/** `Value (NAME)`, and where to get it. */
function secretTitle({
  prompt,
  env_var,
  metadata,
}: {
  prompt: string
  env_var: string
  metadata?: {help?: string}
}): string {
  const title = `${textOf(prompt) ?? 'Value'} (${textOf(env_var) ?? '?'})`
  const help = textOf(metadata?.help)
  return help === undefined ? title : `${title}\n${help}`
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : []
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/**
 * The question is asked: behind those that wait, or in the place of the same one, which was asked again. What was
 * typed as its answer stays.
 */
export function askedAlso(questions: readonly Question[], question: Question): readonly Question[] {
  const same = questions.findIndex((other) => other.requestId !== undefined && other.requestId === question.requestId)
  if (same === -1) return [...questions, question]
  return questions.map((other, index) => {
    if (index !== same) return other
    const {editor, writing} = other
    return isAsBefore(other, question) ? other : {...question, editor, writing}
  })
}

/** Looks the same: the person may go on reading. */
function isAsBefore(before: Question, now: Question): boolean {
  const look = ({title, subject, choices}: Question) => JSON.stringify([title, subject, choices])
  return look(before) === look(now)
}

/** Is answered in words: everything but an approval. */
export function answerable(question: Question): boolean {
  return question.kind !== 'approval'
}

export function reduceQuestion(question: Question, action: QuestionAction): Question {
  switch (action.type) {
    case 'select': {
      const count = question.choices.length
      return count === 0 ? question : {...question, selected: (action.index + count) % count}
    }
    case 'edit':
      return {...question, editor: edit(question.editor, action.action)}
    case 'write':
      return {...question, writing: true}
    case 'discard':
      return {...question, writing: false, editor: emptyEditor}
    case 'scroll':
      return {...question, top: Math.max(0, action.top)}
  }
}

/** Words that were typed as an answer and not sent; never those of a masked field. */
export function unsentWords(question: Question): string {
  return question.masked ? '' : question.editor.text
}

/** The draft with these words behind it. */
export function withWords(draft: Editor, words: string): Editor {
  if (words === '') return draft
  const gap = draft.text === '' || /\s$/.test(draft.text) ? '' : ' '
  return edit(draft, {type: 'set', text: `${draft.text}${gap}${words}`})
}

/** Words that went into the draft when their question was gone, for when it comes back. */
export interface Parked {
  requestId: string
  words: string
}

/** A question that is back gets its words from the draft into its field, if they still stand at the end of it. */
export function takeParked(
  question: Question,
  parked: Parked | undefined,
  draft: Editor,
): {question: Question; draft: Editor} {
  if (!parked || question.requestId !== parked.requestId || !draft.text.endsWith(parked.words)) {
    return {question, draft}
  }
  const rest = draft.text.slice(0, -parked.words.length).trimEnd()
  return {
    question: {...question, writing: true, editor: editorOf(parked.words)},
    draft: edit(draft, {type: 'set', text: rest}),
  }
}

/** What was typed as an answer to questions that are gone, and not sent. */
export function wordsLeft(before: readonly Question[], now: readonly Question[]): Parked[] {
  return before
    .filter(
      ({id, requestId}) => !now.some((q) => q.id === id || (requestId !== undefined && q.requestId === requestId)),
    )
    .map((question) => ({requestId: question.requestId ?? '', words: unsentWords(question)}))
    .filter(({words}) => words !== '')
}
