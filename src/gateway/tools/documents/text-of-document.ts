import {spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'

/** A page of 5 MB takes 2 s, one that is made to be slow (200 000 elements within each other) 20. */
const CONVERT_MS = 30_000

/** Of what V8 manages, MiB. */
const HEAP_MIB = 512

/** More text than is ever told; a document may unfold to any size. */
const MAX_TEXT_BYTES = 32 * 1024 * 1024

/** What the bytes behind it are. `base`: what links in a page are relative to. */
export type DocumentOrder = {kind: 'html'; base: string} | {kind: 'pdf'; maxPages: number}

/** What the process says before the text. `pages`: how many there are, of which `read` were read. */
export type DocumentAnswer = {title?: string} | {pages: number; read: number} | {error: string}

export interface DocumentText {
  text: string
  title?: string
  pages?: number
  read?: number
}

/**
 * The text of a page (in UTF-8) or of a PDF, taken out in a process of its own, which can change no file. A text as the
 * result says why there is none; an abort throws the signal's reason.
 */
export async function textOfDocument(
  bytes: Uint8Array,
  order: DocumentOrder,
  {signal, timeoutMs = CONVERT_MS}: {signal?: AbortSignal; timeoutMs?: number} = {},
): Promise<DocumentText | string> {
  signal?.throwIfAborted()
  const limits = [`--max-old-space-size=${HEAP_MIB}`, '--permission', '--allow-worker', '--allow-fs-read=*']
  const child = spawn(process.execPath, [...limits, '--allow-fs-write=/proc/self/oom_score_adj', workerFile()], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // No key is handed on to it, and nothing that has Node load something more.
    env: {},
  })
  const {promise, resolve} = Promise.withResolvers<DocumentText | string>()
  const chunks: Buffer[] = []
  let length = 0
  let ended: string | undefined
  const end = (why: string) => {
    ended ??= why
    child.kill('SIGKILL')
  }
  const stop = () => end('interrupted')
  const timer = setTimeout(end, timeoutMs, `it was not read within ${timeoutMs / 1000} s`)
  signal?.addEventListener('abort', stop, {once: true})
  child.stdout.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > MAX_TEXT_BYTES) end('its text is too long')
    else chunks.push(chunk)
  })
  child.on('error', (error) => resolve(error.message))
  child.on('close', (code, by) => {
    const output = Buffer.concat(chunks)
    if (ended !== undefined) resolve(ended)
    else if (code === 0 && output.includes(0x0a)) resolve(read(output))
    else resolve(`the program that reads it ended with ${by ?? code}: it may take too much memory`)
  })
  // It may be gone before it has read.
  child.stdin.on('error', () => {})
  child.stdin.write(`${JSON.stringify(order)}\n`)
  child.stdin.end(bytes)
  try {
    const result = await promise
    signal?.throwIfAborted()
    return result
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

function read(output: Buffer): DocumentText | string {
  const end = output.indexOf(0x0a)
  const answer = JSON.parse(output.toString('utf8', 0, end)) as DocumentAnswer
  return 'error' in answer ? answer.error : {...answer, text: output.toString('utf8', end + 1)}
}

/** In the bundle one folder above this code, whichever file that is in. */
function workerFile(): string {
  const file = import.meta.url.endsWith('.ts') ? './document.worker.ts' : '../libraries/document.worker.js'
  return fileURLToPath(new URL(file, import.meta.url))
}
