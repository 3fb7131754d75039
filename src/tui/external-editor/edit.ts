import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {messageOf} from '../../errors.js'
import type {TerminalInput, TerminalOutput} from '../terminal/streams.js'
import {DraftFile} from './draft-file.js'
import type {EditorCommand} from './find.js'

/** Of a shell: the program was ended by a signal of this number more. */
const SIGNALLED = 128

/** Of a shell: there is no such program, or it can't be run. */
const NOT_RUN = [126, 127]

const SAVE_CURSOR = '\x1b7'
/** Leaves what a killed editor may have set: the other screen, mouse, keyboard, colours, a hidden cursor. */
const RESET =
  '\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[?1l\x1b>\x1b[>4m\x1b[0m\x1b[?25h\r\x1b[J'

export type Edited =
  /** What it saved. */
  | {kind: 'saved'; text: string}
  /** `saved`: what it had saved until it was ended, where that is another text. */
  | {kind: 'failed'; problem: string; saved?: string}

export interface EditOptions {
  stdin: TerminalInput
  stdout: TerminalOutput
  env: NodeJS.ProcessEnv
  /** For the draft; the next run looks into it. */
  folder: string
  /** Told how the editor is ended when the chat is. */
  onStarted(stop: () => void): void
  /** The chat has ended meanwhile: what is saved is for the next run. */
  isOver(): boolean
}

/** Runs an editor on a text; the terminal is its alone meanwhile. Never rejects. */
export async function editText(text: string, editor: EditorCommand, options: EditOptions): Promise<Edited> {
  let file: DraftFile | undefined
  try {
    file = new DraftFile(options.folder, text)
    const {code, signal} = await run(editor, file.path, options)
    const name = `the editor (${editor.line})`
    if (code === 0) return {kind: 'saved', text: file.read()}
    if (code !== null && NOT_RUN.includes(code)) {
      return {kind: 'failed', problem: `${name} cannot be run · ${editor.from} names it: set VISUAL to another`}
    }
    if (code !== null && code < SIGNALLED) return {kind: 'failed', problem: `${name} ended with code ${code}`}
    const saved = file.read()
    const problem = `${name} was ended by ${signal ?? `signal ${(code ?? SIGNALLED) - SIGNALLED}`}`
    return {kind: 'failed', problem, ...(saved !== text && {saved})}
  } catch (error) {
    return {kind: 'failed', problem: `the draft could not be edited: ${messageOf(error)}`}
  } finally {
    if (!options.isOver()) file?.remove()
  }
}

async function run(
  {line}: EditorCommand,
  file: string,
  {stdin, stdout, env, onStarted}: EditOptions,
): Promise<{code: number | null; signal: NodeJS.Signals | null}> {
  await stopReading(stdin)
  const modes = terminalModes('-g')
  stdout.write(SAVE_CURSOR)
  // As git does it: the line may have arguments, quotes and variables in it.
  const child =
    process.platform === 'win32'
      ? spawn(`${line} "${file}"`, {stdio: 'inherit', env, shell: true})
      : spawn('/bin/sh', ['-c', `${isOneProgram(line) ? 'exec ' : ''}${line} "$@"`, line, file], {
          stdio: 'inherit',
          env,
        })
  onStarted(() => child.kill('SIGHUP'))
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  if (signal !== null || code === null || code >= SIGNALLED) {
    // Node takes the modes that it finds for those of the shell.
    if (modes) terminalModes(modes)
    if (stdout.writable) stdout.write(RESET)
  }
  return {code, signal}
}

/** It can take the place of the shell, and then hears what is sent to that. */
function isOneProgram(line: string): boolean {
  return !/[;&|<>()\n]|^\s*\w+=/.test(line)
}

/** Node goes on to read after it was told to give raw mode back: the editor would miss keys. */
async function stopReading(stdin: TerminalInput): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  stdin.pause()
  await new Promise((resolve) => setImmediate(resolve))
}

/** `stty` with this word; undefined where there is none. */
function terminalModes(word: string): string | undefined {
  const {status, stdout} = spawnSync('stty', [word], {stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8'})
  return status === 0 ? stdout.trim() : undefined
}
