import {createHash} from 'node:crypto'
import {mkdirSync, realpathSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {visibleText} from '../control-sequences.js'
import {errnoOf, exitCodes, HermesError, messageOf} from '../errors.js'
import {readRegularFile} from '../regular-file.js'
import {isRecord} from './check.js'
import {projectPlaces, type RawFile} from './files/read.js'
import {trustFile} from './paths.js'

/**
 * Project files whose sensitive keys count, by canonical path and by the SHA-256 of what they hold:
 * a change, also by somebody else's commit, makes the file untrusted again.
 */
export interface TrustStore {
  isTrusted(file: RawFile): boolean
  /** Which of these files are, by their path and all of their text; the list is read once. */
  trusted<T extends {path: string; text: string}>(files: readonly T[]): T[]
  add(file: RawFile): void
  /** False when the file was not trusted. */
  revoke(file: string): boolean
}

/** Some 100 bytes for each file. */
const MAX_BYTES = 1_048_576

export function openTrustStore(env: NodeJS.ProcessEnv): TrustStore {
  const store = trustFile(env)
  return {
    isTrusted: (file) => linkOf(file.path) === undefined && read(store)[canonical(file.path)] === fingerprint(file),
    trusted(files) {
      const known = files.length > 0 ? read(store) : {}
      return files.filter((file) => known[canonical(file.path)] === fingerprint(wholeFile(file)))
    },
    add(file) {
      const target = linkOf(file.path)
      if (target !== undefined) throw isLink(file.path, target)
      write(store, {...read(store), [canonical(file.path)]: fingerprint(file)})
    },
    revoke(file) {
      const {[canonical(file)]: known, ...others} = read(store)
      if (known === undefined) return false
      write(store, others)
      return true
    },
  }
}

/** A file all of whose text counts. */
export function wholeFile({path: file, text}: {path: string; text: string}): RawFile {
  return {path: file, text, data: undefined, root: []}
}

/** Of a package.json only the `hermes` key counts: a new version or dependency changes nothing of ours. */
function fingerprint(file: RawFile): string {
  const content = file.root.length > 0 ? JSON.stringify(file.data) : file.text
  return createHash('sha256').update(content).digest('hex')
}

function canonical(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return path.resolve(file)
  }
}

/**
 * Where a file really is, if its folder says something else: it is a link then, or its `.config` is. What it names is
 * meant for the folder that it is in, and was looked at there. A link above the folder changes nothing.
 */
function linkOf(file: string): string | undefined {
  const place = projectPlaces
    .map(path.normalize)
    .find((name) => file.endsWith(path.sep + name) && name.includes(path.sep))
  const name = place ?? path.basename(file)
  try {
    const target = realpathSync(file)
    const folder = realpathSync(file.slice(0, -name.length))
    return target === path.join(folder, name) ? undefined : target
  } catch {
    return undefined
  }
}

function isLink(file: string, target: string): HermesError {
  const shown = [file, target].map(visibleText)
  return new HermesError(`${shown[0]} leads to ${shown[1]}: a link can't be trusted`, {
    code: 'config/trust-link',
    exit: exitCodes.config,
    suggestions: [`put the file itself there`, `hermes config trust ${shown[1]}, for the folder that it is in`],
  })
}

function read(store: string): Record<string, string> {
  let text: string
  try {
    text = readRegularFile(store, MAX_BYTES)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return {}
    throw damaged(store, messageOf(error), error)
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw damaged(store, 'it is not valid JSON', error)
  }
  if (!isRecord(parsed) || !isRecord(parsed.files)) throw damaged(store, 'it does not hold a list of files', undefined)
  const entries = Object.entries(parsed.files)
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function damaged(store: string, reason: string, cause: unknown): HermesError {
  return new HermesError(`${store}: the list of trusted configuration files can't be read: ${reason}`, {
    code: 'config/trust-unreadable',
    exit: exitCodes.config,
    suggestions: ['delete the file and trust your projects again with "hermes config trust"'],
    cause,
  })
}

function write(store: string, files: Record<string, string>): void {
  const draft = `${store}.${process.pid}.tmp`
  try {
    mkdirSync(path.dirname(store), {recursive: true, mode: 0o700})
    writeFileSync(draft, `${JSON.stringify({version: 1, files}, null, 2)}\n`, {mode: 0o600, flag: 'wx'})
    renameSync(draft, store)
  } catch (error) {
    rmSync(draft, {force: true})
    throw new HermesError(`${store}: the list of trusted configuration files can't be written: ${messageOf(error)}`, {
      code: 'config/trust-unwritable',
      exit: exitCodes.config,
      cause: error,
    })
  }
}
