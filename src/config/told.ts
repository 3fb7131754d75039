import {mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {readRegularFile} from '../regular-file.js'
import type {Hint} from './load.js'
import {toldFile} from './paths.js'

/** Hints that are remembered as told; the oldest are forgotten. */
const MAX_TOLD = 500
const MAX_BYTES = 65_536

/** Those of `hints` that were never taken before. Where that can't be kept they are told again: none is worth an error. */
export function takeUntold(hints: readonly Hint[], env: NodeJS.ProcessEnv): Hint[] {
  const file = toldFile(env)
  const told = read(file)
  const fresh = hints.filter(({id}) => !told.includes(nameOf(id)))
  if (fresh.length > 0) write(file, [...told, ...fresh.map(({id}) => nameOf(id))].slice(-MAX_TOLD))
  return fresh
}

/** Says nothing of which folders a person was in. */
function nameOf(id: string): string {
  // Loaded when there is something to tell: it takes 5 ms.
  const {createHash} = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(id).digest('hex').slice(0, 24)
}

function read(file: string): string[] {
  try {
    const {told}: {told?: unknown} = JSON.parse(readRegularFile(file, MAX_BYTES))
    return Array.isArray(told) ? told.filter((name) => typeof name === 'string') : []
  } catch {
    return []
  }
}

function write(file: string, told: readonly string[]): void {
  const draft = `${file}.${process.pid}.tmp`
  try {
    mkdirSync(path.dirname(file), {recursive: true, mode: 0o700})
    writeFileSync(draft, `${JSON.stringify({version: 1, told})}\n`, {mode: 0o600, flag: 'wx'})
    renameSync(draft, file)
  } catch {
    rmSync(draft, {force: true})
  }
}
