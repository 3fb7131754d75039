import fc from 'fast-check'
import type {JournalEntry, NewImage, Store} from '../../../../src/gateway/store/types.js'
import {imageTypes} from '../../../../src/images/header.js'
import {hostileText} from '../../../helpers/hidden-text.js'
import {images} from '../../../helpers/images/files.js'

/** Any text that a person, a model or a tool could have written. */
export const anyText = fc.oneof(
  fc.string({unit: 'binary', maxLength: 60}),
  hostileText,
  fc.constantFrom('', ' ', '\n]}\n', '"entries":[', '```', '\u0000', '{"turn":1},\n', '\ud800', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'),
)

const value = fc.oneof(fc.jsonValue({maxDepth: 3}), anyText, fc.constantFrom('x'.repeat(40_000), null, undefined))

/** What happens in a turn: steps with calls, and how far it comes. */
export const steps = fc.array(
  fc.record({
    text: anyText,
    reasoning: anyText,
    signed: fc.option(fc.constant('{"provider":"p","parts":[]}')),
    calls: fc.array(fc.record({name: anyText, context: anyText, args: value, result: value, denied: fc.boolean()}), {
      maxLength: 3,
    }),
    ends: fc.boolean(),
    /** Said to the turn then. */
    steer: fc.option(anyText),
    /** Read by the first of its calls. */
    read: fc.option(fc.record({label: anyText, name: anyText, made: images})),
  }),
  {maxLength: 3},
)

export const turns = fc.array(
  fc.record({
    prompt: anyText,
    images: fc.array(fc.record({label: anyText, name: anyText, made: images}), {maxLength: 2}),
    steps,
    status: fc.constantFrom('complete' as const, 'interrupted' as const, 'error' as const, 'running' as const),
    error: fc.option(anyText, {nil: undefined}),
    undone: fc.boolean(),
    output: fc.nat(100_000),
  }),
  {minLength: 1, maxLength: 5},
)

export const sessions = fc.record({
  title: fc.option(anyText),
  model: fc.option(anyText),
  cwd: fc.option(anyText),
  turns,
})

export type GeneratedSession = typeof sessions extends fc.Arbitrary<infer T> ? T : never

/** Stores it as a gateway does. */
export function storeSession(store: Store, key: string, session: GeneratedSession): void {
  const clean = (text: string | null) => text?.toWellFormed() ?? null
  const row = {
    key,
    title: clean(session.title),
    model: clean(session.model),
    cwd: clean(session.cwd),
    source: 'tui',
  }
  for (const [index, turn] of session.turns.entries()) {
    const {turn: begun} = store.beginTurn({
      session: row,
      promptId: `p${index}`,
      prompt: turn.prompt.toWellFormed(),
      images: turn.images.map(newImage),
    })
    for (const [number, step] of turn.steps.entries()) {
      const id = `${index}-${number}`
      if (step.read && step.calls.length > 0) store.addResultImage(begun.id, `${id}-0`, newImage(step.read))
      store.journal(begun.id, entriesOf(step, id))
    }
    // One that runs goes on only where none follows.
    const runs = turn.status === 'running'
    if (runs && index === session.turns.length - 1) return
    const {output} = turn
    store.finishTurn(begun.id, {
      status: runs ? 'interrupted' : (turn.status as 'complete'),
      ...(turn.error === undefined ? {} : {error: turn.error}),
      usage: {calls: 1, usage: {input: 1, output, cacheRead: 2, cacheWrite: 3, reasoning: 4}},
    })
    if (turn.undone) store.undoLastTurn(key)
  }
}

type MadeImage = {label: string; name: string; made: typeof images extends fc.Arbitrary<infer T> ? T : never}

function newImage({label, name, made: {kind, width, height, bytes}}: MadeImage): NewImage {
  return {label, name, mediaType: imageTypes[kind], width, height, content: bytes}
}

function entriesOf(step: (typeof steps extends fc.Arbitrary<infer T> ? T : never)[number], id: string): JournalEntry[] {
  const calls = step.calls.map(({name, context, args}, index) => ({
    id: `${id}-${index}`,
    name: name.toWellFormed(),
    context: context.toWellFormed(),
    args,
  }))
  const entries: JournalEntry[] = [
    {kind: 'reasoning', text: step.reasoning.toWellFormed()},
    {kind: 'text', text: step.text.toWellFormed()},
  ]
  if (step.signed !== null) entries.push({kind: 'signed', step: step.signed})
  if (calls.length > 0) entries.push({kind: 'calls', calls})
  const said = step.steer === null ? [] : [{kind: 'steered' as const, id: `s${id}`, text: step.steer.toWellFormed()}]
  if (!step.ends && calls.length === 0) return [...entries, ...said]
  entries.push({kind: 'step-end'})
  for (const [index, {result, denied}] of step.calls.entries()) {
    entries.push({kind: 'started', id: `${id}-${index}`})
    if (step.ends) entries.push({kind: 'tool-end', id: `${id}-${index}`, result, durationS: 0.25, denied})
  }
  return [...entries, ...said]
}
