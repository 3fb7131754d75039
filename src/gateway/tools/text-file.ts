import {open} from 'node:fs/promises'

/** Bytes at the start of a file that decide whether it is text. */
const SNIFF_BYTES = 8192

export type TextFile = {text: string; bytes: number} | {error: string; bytes: number}

/**
 * Reads a regular file as UTF-8. Anything else (a device, a pipe, a binary, a file over `maxBytes`) is
 * an error in words; opening does not wait for the other end of a pipe.
 */
export async function readTextFile(absolute: string, maxBytes: number): Promise<TextFile> {
  const {constants} = await import('node:fs')
  const file = await open(absolute, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const stat = await file.stat()
    if (stat.isDirectory()) return {error: 'it is a directory; use list_files', bytes: 0}
    if (!stat.isFile()) return {error: 'it is not a regular file', bytes: 0}
    if (stat.size > maxBytes) {
      return {error: `it has ${stat.size} bytes, more than the ${maxBytes} that can be read`, bytes: stat.size}
    }
    const content = await file.readFile()
    if (isBinary(content)) return {error: `it is a binary file of ${content.length} bytes`, bytes: content.length}
    return {text: content.toString('utf8').replace(/^\ufeff/, ''), bytes: content.length}
  } finally {
    await file.close()
  }
}

/** True when the beginning holds a zero byte or is not UTF-8 (a sequence cut at the end of the sample is fine). */
export function isBinary(content: Buffer): boolean {
  const sample = content.subarray(0, SNIFF_BYTES)
  if (sample.includes(0)) return true
  try {
    new TextDecoder('utf-8', {fatal: true}).decode(sample, {stream: true})
    return false
  } catch {
    return true
  }
}
