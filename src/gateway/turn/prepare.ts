import {attachedTo, instructionsOf, skillsOf, tellInstructions} from '../context/session-context.js'
import type {Gateway} from '../gateway.js'
import {withOutputs} from '../jobs/outputs.js'
import type {ModelMessage} from '../models/types.js'
import {withEffort} from '../session/effort.js'
import type {LiveSession} from '../session/live-session.js'
import type {Store, TurnRow} from '../store/types.js'
import {outputFolder} from '../tools/command/output-folder.js'
import {promptText, SENT_IMAGES, toModelMessages} from './history.js'
import {systemPrompt} from './system-prompt.js'
import {loadTooling, type Tooling} from './tooling.js'

export {loadTooling}

/** What each request of a session has beside its conversation. */
export async function requestFrame(gateway: Gateway, session: LiveSession) {
  const [{instructions: _, ...frame}, {tools}] = await Promise.all([
    instructed(gateway, session),
    loadTooling(gateway, session.cwd),
  ])
  return {...frame, tools}
}

async function instructed(gateway: Gateway, session: LiveSession) {
  const registry = await gateway.services.registry()
  const [model, {values}, instructions, skills] = await Promise.all([
    registry.resolve(session.model),
    gateway.services.config(),
    instructionsOf(gateway, session),
    skillsOf(gateway, session),
  ])
  const system = systemPrompt({
    instructions: values.systemPrompt,
    files: [instructions.text, skills, session.delegated?.instructions ?? ''],
    cwd: session.cwd,
    now: new Date(),
    platform: process.platform,
  })
  const steps = session.delegated?.maxSteps ?? values['tools.maxSteps']
  return {model: withEffort(model, session.effort), system, steps, instructions}
}

/** What a turn begins with: model, instructions, tools, and the messages up to and with its prompt. */
export async function prepareTurn(
  gateway: Gateway,
  session: LiveSession,
  {store, row, tooling: {tools, mask}}: {store: Store; row: TurnRow; tooling: Tooling},
) {
  // What a model wrote names no files by the person's word.
  const mentioned = session.delegated
    ? ''
    : await attachedTo(gateway, session, {store, row, mask: (text) => String(mask({text}).text)})
  const attached = withNews(session, store, {row, attached: withNotes(store, row, mentioned)})
  await scaleLarge(gateway, session, store, row)
  const {instructions, ...frame} = await instructed(gateway, session)
  const messages: ModelMessage[] = session.history
    ? [...session.history, {role: 'user', text: promptText(row.prompt, attached)}]
    : await messagesOf(gateway, session, store)
  tellInstructions(gateway, session, instructions)
  const {model} = frame
  const last = messages.at(-1)
  if (model.images === false && last?.role === 'user' && last.images) {
    const text = `${model.id} is set to take no images (modelOptions): ${last.images.map(({label}) => label).join(', ')} left out`
    gateway.emit(session.id, 'status.update', {kind: 'warn', text})
  }
  return {...frame, messages, tools}
}

/** What happened beside the session since the model was told last is told with the prompt, now and whenever it is sent. */
function withNews(session: LiveSession, store: Store, {row, attached}: {row: TurnRow; attached: string}): string {
  const news = session.jobs?.news()
  if (!news) return attached
  const told = [store.attached(row.id) ?? attached, news.text].filter(Boolean).join('\n\n')
  store.attach(row.id, told)
  news.told()
  return told
}

/** What was put back of files since the last turn is told behind the prompt, once. */
function withNotes(store: Store, {id, sessionKey}: TurnRow, attached: string): string {
  const notes = store.checkpoints.notes(sessionKey)
  if (notes.length === 0) return attached
  const text = [attached, ...notes].filter(Boolean).join('\n\n')
  store.atomically(() => {
    store.attach(id, text)
    store.checkpoints.told(sessionKey)
  })
  return text
}

/** Most sessions have none, and load nothing. */
async function scaleLarge(gateway: Gateway, session: LiveSession, store: Store, row: TurnRow): Promise<void> {
  // What it was told at the last turn was scaled then.
  const images = session.history ? [] : store.largeImages(session.key, SENT_IMAGES)
  if (images.length === 0) return
  const {scaleImages} = await import('./scale-images.js')
  await scaleImages(store, images, {
    row,
    tell: (text) => gateway.emit(session.id, 'status.update', {kind: 'scaled', text}),
  })
}

/** What the model is told, and with it which files it knows: both are what the session's rows say. */
export async function messagesOf(
  {home}: Pick<Gateway, 'home'>,
  session: LiveSession,
  store: Store,
): Promise<ModelMessage[]> {
  const {compaction, rows} = store.context(session.key)
  const {versionsFrom} = await import('../tools/files/versions.js')
  // Of a file whose content it is told no longer it knows no version.
  const outlines = compaction?.outlines ?? 0
  session.reads = versionsFrom(rows.flatMap(({id, tool}) => (tool && (id < 0 || id > outlines) ? [tool] : [])))
  const known = withOutputs(rows, outputFolder(home, session.key))
  return toModelMessages(known, compaction, (file) => store.imageContent(file))
}
