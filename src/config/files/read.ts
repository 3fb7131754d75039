import {visibleText} from '../../control-sequences.js'
import {errnoOf, exitCodes, HermesError, messageOf} from '../../errors.js'
import {readRegularFile} from '../../regular-file.js'
import {isRecord} from '../check.js'
import {excessOf} from './bounds.js'
import {positionAt} from './positions.js'

/** A configuration file as it was read. */
export interface RawFile {
  path: string
  /** All of the file's text, to find positions in. */
  text: string
  /** What it configures: of a package.json its `hermes` key. */
  data: unknown
  /** Where in the text `data` stands. */
  root: readonly string[]
}

/** Below a folder, in the order in which they are asked. Nothing that runs: no JavaScript, no TypeScript. */
export const projectPlaces = [
  'package.json',
  '.hermesrc',
  '.hermesrc.json',
  '.hermesrc.yaml',
  '.hermesrc.yml',
  'hermes.config.json',
  'hermes.config.yaml',
  'hermes.config.yml',
  '.config/hermes.json',
  '.config/hermes.yaml',
  '.config/hermes.yml',
  '.config/hermes/config.json',
  '.config/hermes/config.yaml',
  '.config/hermes/config.yml',
]

/** The person's own file in the configuration folder of the system. */
export const userPlaces = ['config.yaml', 'config.yml', 'config.json']

/** Of what a parser says; it may hold a name from the file. */
const MAX_REASON = 200

/** Larger than any configuration by far. */
const MAX_BYTES = 1_048_576

/** A package.json may hold all kinds of things. */
const MAX_PACKAGE_BYTES = 10 * 1_048_576

/**
 * Loads the first of `places` in `directory` that holds a configuration. Each must have been read by {@link textOf}:
 * cosmiconfig would wait for a FIFO.
 */
export async function searchDirectory(directory: string, places: readonly string[]): Promise<RawFile | undefined> {
  const explorer = await openExplorer(places)
  const result = await explorer.search(directory)
  return isRawFile(result?.config) ? result.config : undefined
}

/** The text of a configuration file. A HermesError names one that is none, is too large or may not be read. */
export function textOf(file: string): string {
  try {
    return readRegularFile(file, isPackage(file) ? MAX_PACKAGE_BYTES : MAX_BYTES)
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** Loads a file that was named. Unlike in a search, it must be there and must be readable. */
export async function loadFile(file: string): Promise<RawFile> {
  textOf(file)
  const explorer = await openExplorer([file])
  try {
    const result = await explorer.load(file)
    return isRawFile(result?.config) ? result.config : {path: file, text: '', data: undefined, root: []}
  } catch (error) {
    if (error instanceof HermesError) throw error
    throw unreadable(file, error)
  }
}

export function unreadable(file: string, error: unknown): HermesError {
  const reasons: Record<string, string> = {
    ENOENT: 'it does not exist',
    EACCES: 'it may not be read by you',
    EISDIR: 'it is a folder',
    ELOOP: 'it is a link that leads to itself',
  }
  return new HermesError(
    `${visibleText(file)}: the configuration can't be read: ${reasons[errnoOf(error) ?? ''] ?? visibleText(messageOf(error))}`,
    {
      code: 'config/unreadable',
      exit: exitCodes.config,
      suggestions: ['hermes config path'],
      cause: error,
    },
  )
}

/**
 * cosmiconfig's entry point runs a `.config/config.js` of the working directory before it looks at
 * any option, and lets a file there add search places with JavaScript. The explorer below it does
 * neither. The loaders hand out an envelope, so that it never sees a `$import` either: an imported
 * file would be outside of what `hermes config trust` vouches for.
 */
async function openExplorer(places: readonly string[]) {
  const {Explorer} = await import('./explorer.js')
  return new Explorer({
    moduleName: 'hermes',
    searchPlaces: [...places],
    searchStrategy: 'none',
    ignoreEmptySearchPlaces: true,
    cache: false,
    mergeImportArrays: false,
    mergeSearchPlaces: false,
    metaConfigFilePath: null,
    transform: (result) => result,
    loaders: {'.json': loadJson, '.yaml': loadYaml, '.yml': loadYaml, noExt: loadRc, default: refuse},
  })
}

function isRawFile(value: unknown): value is RawFile {
  return isRecord(value) && typeof value.path === 'string' && typeof value.text === 'string'
}

const isPackage = (file: string) => /(^|[\\/])package\.json$/.test(file)

function loadJson(file: string, content: string): unknown {
  const text = content.replace(/^\uFEFF/, '')
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    // A broken package.json without a word of ours is somebody else's matter.
    if (isPackage(file) && !text.includes('"hermes"')) return {}
    throw broken(file, text, jsonOffset(error, text), jsonReason(error), error)
  }
  if (!isPackage(file)) return bounded({path: file, text, data, root: []})
  const ours = isRecord(data) ? withoutManifest(data.hermes) : undefined
  return ours === undefined ? {} : {hermes: bounded({path: file, text, data: ours, root: ['hermes']})}
}

/** What the author of a plugin declares in its package.json configures nothing; with nothing else it is no configuration. */
function withoutManifest(section: unknown): unknown {
  if (!isRecord(section) || !('slashCommands' in section)) return section
  const {slashCommands: _, ...rest} = section
  return Object.keys(rest).length > 0 ? rest : undefined
}

async function loadYaml(file: string, content: string): Promise<RawFile | undefined> {
  const text = content.replace(/^\uFEFF/, '')
  const {loadAll, YAMLException} = await import('js-yaml')
  try {
    const [data, second] = loadAll(text)
    if (second === undefined) return data === undefined ? undefined : bounded({path: file, text, data, root: []})
    throw new YAMLException('it holds more than one document')
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    throw broken(file, text, error.mark?.position ?? 0, error.reason, error)
  }
}

function bounded(file: RawFile): RawFile {
  const excess = excessOf(file.data)
  if (excess === undefined) return file
  throw new HermesError(`${visibleText(file.path)}: the configuration is not read: ${excess}`, {
    code: 'config/too-much',
    exit: exitCodes.config,
  })
}

/** A file without extension is JSON or YAML; JSON is tried first because it needs no parser to be loaded. */
async function loadRc(file: string, content: string): Promise<unknown> {
  if (!content.trimStart().startsWith('{')) return loadYaml(file, content)
  try {
    return loadJson(file, content)
  } catch (error) {
    if (error instanceof HermesError && error.code === 'config/too-much') throw error
    return loadYaml(file, content)
  }
}

function refuse(file: string): never {
  throw new HermesError(
    `${visibleText(file)}: a configuration file must be YAML or JSON (.yaml, .yml, .json or no extension)`,
    {
      code: 'config/unsupported-file',
      exit: exitCodes.config,
    },
  )
}

function jsonReason(error: unknown): string {
  return messageOf(error).replace(/ in JSON at position.*|, (\.\.\.)?".*" is not valid JSON$/s, '')
}

/** V8 names the position of some errors only; of an unexpected token it is the end of the shortest text that has it. */
function jsonOffset(error: unknown, text: string): number {
  const position = /at position (\d+)/.exec(messageOf(error))?.[1]
  if (position !== undefined) return Number(position)
  if (!unexpectedToken(text)) return text.trimEnd().length
  let [good, bad] = [0, text.length]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (unexpectedToken(text.slice(0, middle))) bad = middle
    else good = middle
  }
  return bad - 1
}

function unexpectedToken(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    return messageOf(error).startsWith('Unexpected token')
  }
}

function broken(file: string, text: string, offset: number, reason: string, cause: unknown): HermesError {
  const {line, column} = positionAt(text, offset)
  const kind = /\.json$/.test(file) ? 'JSON' : 'YAML'
  const place = `${visibleText(file)}:${line}:${column}`
  return new HermesError(`${place}: this is not valid ${kind}: ${visibleText(reason.slice(0, MAX_REASON))}`, {
    code: 'config/syntax',
    exit: exitCodes.config,
    cause,
  })
}
