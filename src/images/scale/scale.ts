import {spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import type {ImageFile} from '../image-file.js'
import {UnfitImage, unfitText} from '../image-file.js'
import {orientationOf} from './orientation.js'
import {planFor, scaledText} from './plan.js'

/** 12 million pixels take 2 s, 64 million 6 s; a machine that is busy takes longer. */
const SCALE_MS = 60_000

export interface ScaledImage {
  kind: 'png' | 'jpeg'
  width: number
  height: number
  bytes: Buffer
  /** For the person: `4032×3024 scaled to 1568×1176`. */
  told: string
}

/** What the process says before the bytes. */
export type ScaleAnswer = {type: 'png' | 'jpeg'; width: number; height: number} | {error: string}

/**
 * An image as providers take it, upright and without its metadata, made in a process of its own.
 *
 * @throws UnfitImage where it can't be decoded, or takes too long
 */
export async function scaleImage(image: ImageFile, {timeoutMs = SCALE_MS} = {}): Promise<ScaledImage> {
  const orientation = orientationOf(image.bytes)
  const output = await run(image, `${JSON.stringify(planFor(image, orientation))}\n`, timeoutMs)
  const end = output.indexOf(0x0a)
  const answer = JSON.parse(output.toString('utf8', 0, end)) as ScaleAnswer
  if ('error' in answer) throw unfit(image, `it is too large, and cannot be scaled: ${answer.error}`)
  const {type: kind, width, height} = answer
  const bytes = output.subarray(end + 1)
  const from = {width: image.width, height: image.height, bytes: image.bytes.length}
  const told = scaledText(from, {width, height, bytes: bytes.length}, orientation)
  return {kind, width, height, bytes, told}
}

async function run(image: ImageFile, line: string, timeoutMs: number): Promise<Buffer> {
  const child = spawn(process.execPath, [workerFile()], {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    // No key is handed on to it, and nothing that has Node load something more.
    env: {},
  })
  const {promise, resolve, reject} = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.on('error', reject)
  child.on('close', (code, signal) => {
    const output = Buffer.concat(chunks)
    if (code === 0 && output.includes(0x0a)) resolve(output)
    else if (child.killed) reject(unfit(image, `it is too large, and was not scaled within ${timeoutMs / 1000} s`))
    else if (signal) reject(unfit(image, `it is too large, and there may be too little memory to scale it (${signal})`))
    else reject(unfit(image, `it is too large, and the program that scales it ended with ${code}`))
  })
  // It may be gone before it has read.
  child.stdin.on('error', () => {})
  child.stdin.write(line)
  child.stdin.end(image.bytes)
  return promise
}

function unfit({name}: ImageFile, why: string): UnfitImage {
  return new UnfitImage(unfitText(name, why))
}

/** In the bundle one folder above this code, whichever file that is in. */
function workerFile(): string {
  const file = import.meta.url.endsWith('.ts') ? './scale.worker.ts' : '../libraries/scale.worker.js'
  return fileURLToPath(new URL(file, import.meta.url))
}
