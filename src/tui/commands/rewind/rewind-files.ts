import {capabilities} from '../../../protocol/capabilities.js'
import type {RollbackDiff, RollbackFile} from '../../../protocol/methods.js'
import {rollbackDiff, rollbackList, rollbackRestored} from '../../../protocol/shapes/answers.js'
import {openPicker, type PickerChoice} from '../../state/picker.js'
import {oneLine} from '../../text/sanitize.js'
import {boundedText} from '../../transcript/tool-lines/bounded-text.js'
import type {CommandContext} from '../types.js'

/** What files are put back to before: a prompt, or a checkpoint that `hash` names. */
export type Before = {prompt_id: string} | {hash: string}

/** What was chosen: of what was shown, and of the conversation the prompt with this index. */
interface Choice {
  before: Before
  seen: string
  files: boolean
  overwrite: boolean
  /** Undefined: the conversation stays. */
  prompt?: number
}

/** So much of a difference is held, characters. */
const HELD = 2_000_000

/** Files of the list; the difference names all. */
const LISTED = 20

/** Files are looked at, of which there may be thousands. */
const WAIT_MS = 120_000

/**
 * Shows what would become of files that are put back to before a prompt, and offers that. False where there are none: then
 * nothing was shown.
 */
export async function offerFiles(context: CommandContext, before: Before, prompt?: number): Promise<boolean> {
  if (!context.store.state.view.capabilities.has(capabilities.rewindFiles)) return false
  const answer = rollbackDiff(await context.ask('rollback.diff', {...before}, WAIT_MS))
  const files = answer?.files ?? []
  if (!answer || files.length + (answer.gaps ?? []).length === 0) return false
  if (files.length > 0) show(context, answer, files)
  for (const gap of (answer.gaps ?? []).slice(0, LISTED)) context.notice('warn', `not kept: ${oneLine(gap, 300)}`)
  const choices = choicesOf(files, {before, seen: answer.seen ?? ''}, prompt)
  if (choices.length === 0 || files.length === 0) return false
  const title = prompt === undefined ? 'Put the files back as shown?' : 'What goes back?'
  context.store.dispatch({type: 'pick', picker: openPicker('rewind-files', title, choices)})
  return true
}

/** The value of such a choice, read; undefined where it is none. */
export function readChoice(value: string): Choice | undefined {
  try {
    return JSON.parse(value) as Choice
  } catch {
    return undefined
  }
}

/** Puts files back as they were shown; false where that failed, which is told. */
export async function putFilesBack(
  context: CommandContext,
  {before, seen, overwrite, prompt}: Choice,
): Promise<boolean> {
  const params = {...before, seen, overwrite, to_model: prompt === undefined}
  const answer = rollbackRestored(await context.ask('rollback.restore', params, WAIT_MS))
  if (!answer) return false
  const {success, message, error, failed = [], left = []} = answer
  if (message !== undefined) context.notice(success ? 'good' : 'warn', `↶ ${oneLine(message, 200)}`)
  else if (error !== undefined) context.notice('warn', oneLine(error, 300))
  const said = [...failed, ...left].map(({path, why}) => `${oneLine(path, 200)} stays as it is: ${oneLine(why, 200)}`)
  for (const line of said.slice(0, LISTED)) context.notice('warn', line)
  if (said.length > LISTED) context.notice('warn', `and ${said.length - LISTED} more stay as they are`)
  return success
}

/** Offers to take back what was put back last. */
export async function offerUndo(context: CommandContext): Promise<void> {
  if (!context.store.state.view.capabilities.has(capabilities.rewindFiles)) {
    return context.notice('warn', 'this gateway keeps no files')
  }
  const answer = rollbackList(await context.ask('rollback.list', {}, WAIT_MS))
  if (!answer) return
  const last = answer.checkpoints.find(({put_back: putBack}) => putBack)
  if (!last) return context.notice('info', 'no files were put back in this session')
  const offered = await offerFiles(context, {hash: last.hash})
  if (!offered) context.notice('info', 'the files are as they were before that')
}

function show(context: CommandContext, {diff}: RollbackDiff, files: readonly RollbackFile[]): void {
  const kept = files.filter(({uncovered}) => uncovered === undefined)
  const foreign = kept.filter((file) => file.foreign).length
  const sum = (of: 'added' | 'removed') => files.reduce((total, file) => total + file[of], 0)
  const facts = [
    ...(foreign > 0 ? [`${foreign} changed by somebody else since`] : []),
    ...(kept.length < files.length ? [`${files.length - kept.length} not kept`] : []),
  ]
  context.print([
    {
      kind: 'tool',
      tool: {
        id: 'rewind',
        name: 'rewind',
        context: '',
        status: 'complete',
        line: {
          verb: 'Would put back',
          subject: counted(kept.length),
          facts,
          counts: `+${sum('added')} −${sum('removed')}`,
          failed: false,
          body: {kind: 'diff', text: boundedText(diff, HELD).text},
          cut: 0,
        },
      },
    },
  ])
}

function choicesOf(
  files: readonly RollbackFile[],
  of: Pick<Choice, 'before' | 'seen'>,
  prompt: number | undefined,
): PickerChoice[] {
  const possible = files.filter(({uncovered}) => uncovered === undefined)
  const ours = possible.filter(({foreign}) => !foreign)
  const choice = (label: string, detail: string, chosen: Omit<Choice, 'before' | 'seen'>): PickerChoice => ({
    value: JSON.stringify({...of, ...chosen}),
    label,
    detail,
  })
  const offered = (overwrite: boolean, all: readonly RollbackFile[]): PickerChoice[] => {
    const detail = overwrite
      ? `${counted(all.length)}, also those that somebody else changed since`
      : counted(all.length)
    return [
      ...(prompt === undefined ? [] : [choice('Files and conversation', detail, {files: true, overwrite, prompt})]),
      choice(prompt === undefined ? 'Put them back' : 'Files only', detail, {files: true, overwrite}),
    ]
  }
  return [
    ...(ours.length > 0 ? offered(false, ours) : []),
    ...(prompt === undefined
      ? []
      : [choice('Conversation only', 'the files stay as they are', {files: false, overwrite: false, prompt})]),
    ...(possible.length > ours.length ? offered(true, possible) : []),
  ]
}

function counted(files: number): string {
  return `${files} ${files === 1 ? 'file' : 'files'}`
}
