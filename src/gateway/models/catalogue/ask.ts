import {spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import type {CatalogueAnswer, CatalogueQuestion} from './worker-messages.js'

/** It takes 0.2 s; a machine that is busy may take ten times that. */
const ASK_MS = 15_000

/** Version of the library: what it has answered holds as long as it is the same. */
export const CATALOGUE_VERSION = '0.1.8'

/** Asks the catalogue in a process of its own, which ends with the answer. Rejects where it gives none. */
export async function askCatalogue(questions: readonly CatalogueQuestion[]): Promise<CatalogueAnswer> {
  const answers = await ask([], JSON.stringify(questions))
  if (!Array.isArray(answers) || answers.length !== questions.length) throw new Error('the catalogue gave no answer')
  return answers
}

/** Names of the models of a provider, as the catalogue calls it. */
export async function askNames(provider: string): Promise<string[]> {
  const names = await ask(['names', provider], '')
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}

async function ask(words: readonly string[], input: string): Promise<unknown> {
  const child = spawn(process.execPath, [workerFile(), ...words], {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: ASK_MS,
    killSignal: 'SIGKILL',
    // No key is handed on to it, and nothing that has Node load something more.
    env: {},
  })
  const {promise, resolve, reject} = Promise.withResolvers<string>()
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.on('error', reject)
  child.on('close', (code, signal) => {
    if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'))
    else reject(new Error(`the catalogue of models ended with ${signal ?? code}`))
  })
  // It may be gone before it has read.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return JSON.parse(await promise) as unknown
}

/** In the bundle one folder above this code, whichever file that is in. */
function workerFile(): string {
  const file = import.meta.url.endsWith('.ts') ? './prices.worker.ts' : '../libraries/prices.worker.js'
  return fileURLToPath(new URL(file, import.meta.url))
}
