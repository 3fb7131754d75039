import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import path from 'node:path'
import {pathToFileURL} from 'node:url'
import {Script} from 'node:vm'

/**
 * What V8 has compiled of the gateway, kept from one process to the next. Node's own compile cache holds
 * what is compiled before a program runs, and no function of it: each is compiled when it is first called,
 * in every process anew. A gateway that was killed has its session open again 10 ms sooner with this one.
 */

export interface Program<Exports> {
  exports: Exports
  /** Writes what is compiled by now. Undefined where that was kept before, or can't be. Never throws. */
  keep: (() => void) | undefined
}

const SUFFIX = '.code'

/** Whole files, and the drafts of writers that were killed. */
const ours = /\.code(?:\.\d+\.tmp)?$/

/** What no program has written for so long is of one that is gone. */
const UNUSED_MS = 7 * 24 * 3600 * 1000

/**
 * Runs a program in one CommonJS file of ASCII alone, whose name changes when its text does. Instead of `import()`,
 * which Node offers to a script of `node:vm` with a warning, it has `__import()`.
 * `folder`: where compiled code is kept for this version of Node. `anew`: what is kept there is not used, and
 * replaced. `moduleUrl`: what it takes for its own address.
 */
export function loadProgram<Exports>(
  file: string,
  {folder, anew, moduleUrl}: {folder: string | undefined; anew: boolean; moduleUrl: string},
): Program<Exports> {
  const source = readFileSync(file, 'latin1')
  const cacheFile = folder === undefined ? undefined : path.join(folder, nameFor(file))
  const cachedData = cacheFile === undefined || anew ? undefined : readTwice(cacheFile)
  const script = new Script(`(function (exports, require, module, __moduleUrl, __import) {${source}\n})`, {
    filename: file,
    ...(cachedData && {cachedData}),
  })
  const kept = cachedData !== undefined && script.cachedDataRejected === false
  const module = {exports: {}}
  const base = pathToFileURL(file)
  const load = (specifier: string) => import(new URL(specifier, base).href)
  script.runInThisContext()(module.exports, createRequire(file), module, moduleUrl, load)
  return {
    exports: module.exports as Exports,
    keep: kept || cacheFile === undefined ? undefined : () => writeTwice(cacheFile, script.createCachedData()),
  }
}

/** V8 compares no more of the text than its length: one that was edited by hand has a name of its own. */
function nameFor(file: string): string {
  return `${path.basename(file)}.${Math.trunc(statSync(file).mtimeMs)}${SUFFIX}`
}

/**
 * V8 does not check what it is given: one wrong byte and the process ends with a segmentation fault. So the
 * file holds it twice; to compare the halves takes 0.1 ms, to load Node's `crc32` 2 ms.
 */
function readTwice(file: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file)
    const half = bytes.length / 2
    const first = bytes.subarray(0, half)
    return half > 0 && Number.isInteger(half) && first.equals(bytes.subarray(half)) ? first : undefined
  } catch {
    return undefined
  }
}

/** In one step, for a process that reads at the same time. */
function writeTwice(file: string, data: Buffer): void {
  const folder = path.dirname(file)
  // A full disk, a folder that may not be written: the next gateway compiles for itself.
  try {
    mkdirSync(folder, {recursive: true, mode: 0o700})
    const draft = `${file}.${process.pid}.tmp`
    try {
      writeFileSync(draft, Buffer.concat([data, data]), {mode: 0o600})
      renameSync(draft, file)
    } finally {
      rmSync(draft, {force: true})
    }
    removeUnused(folder)
  } catch {}
}

function removeUnused(folder: string): void {
  const files = readdirSync(folder)
    .filter((name) => ours.test(name))
    .map((name) => path.join(folder, name))
  for (const file of files) {
    const {mtimeMs} = statSync(file, {throwIfNoEntry: false}) ?? {mtimeMs: Number.POSITIVE_INFINITY}
    if (Date.now() - mtimeMs > UNUSED_MS) rmSync(file, {force: true})
  }
}
