import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

/** What a file of the cache holds; undefined where there is none, or something else. */
export async function readKept(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** Whole or not at all; where it cannot be written the next process asks again. */
export async function keep(file: string, value: unknown): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`
  try {
    await mkdir(path.dirname(file), {recursive: true, mode: 0o700})
    await writeFile(draft, JSON.stringify(value), {mode: 0o600})
    await rename(draft, file)
  } catch {
    await rm(draft, {force: true}).catch(() => {})
  }
}
