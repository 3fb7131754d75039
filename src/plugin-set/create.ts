import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import path from 'node:path'
import {pathToFileURL} from 'node:url'
import {exitCodes, HermesError, messageOf} from '../errors.js'
import {eventSchemaVersion} from '../lifecycle/events.js'
import {type Part, scaffold, usualParts} from './scaffold.js'

export interface CreateOptions {
  name: string
  /** What it shall have; default {@link usualParts}. */
  parts?: readonly Part[]
  cwd: string
  /** Folder of our package.json. */
  root: string
}

const nameShape = /^[a-z][a-z0-9-]{0,59}$/

/**
 * Writes a new plugin into a folder of its name in `cwd`. In its node_modules hermes itself stands in for what the tests
 * need, so that they pass without a network. Returns the folder and its files; throws a HermesError where it can't.
 */
export function createPlugin({name, parts: chosen = usualParts, cwd, root}: CreateOptions): {
  folder: string
  files: string[]
} {
  if (!nameShape.test(name)) {
    throw refused(`NAME is ${JSON.stringify(name)}; expected a lower case letter, then letters, digits and hyphens`, [
      'hermes plugins create my-plugin',
    ])
  }
  const folder = path.join(cwd, name)
  if (existsSync(folder) && !isEmptyFolder(folder)) {
    throw refused(`${folder} is there already`, ['another name', `rm -r ${folder}, if nothing in it is needed`])
  }
  const pjson = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const {dependencies, devDependencies, version} = pjson
  const files = scaffold({
    name,
    parts: new Set(chosen),
    version,
    versions: {
      'hermes-chat-types': `^${eventSchemaVersion}.0.0`,
      '@oclif/core': dependencies['@oclif/core'],
      '@types/node': devDependencies['@types/node'],
      typescript: devDependencies.typescript,
    },
  })
  try {
    for (const [file, text] of Object.entries(files)) {
      const target = path.join(folder, file)
      mkdirSync(path.dirname(target), {recursive: true})
      writeFileSync(target, text, {flag: 'wx'})
    }
  } catch (error) {
    throw new HermesError(`the plugin can't be written: ${messageOf(error)}`, {code: 'plugins/create', cause: error})
  }
  standIn(path.join(folder, 'node_modules'), root)
  return {folder, files: Object.keys(files).sort()}
}

/**
 * Until `npm install` brings the packages: modules that pass on what hermes has. Of a version that npm replaces; links it
 * can't.
 */
function standIn(modules: string, root: string): void {
  const core = createRequire(path.join(root, 'package.json')).resolve('@oclif/core')
  const packages = {
    'hermes-chat': {'.': path.join(root, 'dist', 'index.js'), './testing': path.join(root, 'dist', 'testing.js')},
    '@oclif/core': {'.': core},
  }
  for (const [name, entries] of Object.entries(packages)) {
    const folder = path.join(modules, name)
    mkdirSync(folder, {recursive: true})
    const exports: Record<string, string> = {}
    for (const [index, [entry, file]] of Object.entries(entries).entries()) {
      exports[entry] = `./${index}.js`
      writeFileSync(path.join(folder, `${index}.js`), `export * from ${JSON.stringify(pathToFileURL(file).href)}\n`)
    }
    const manifest = {name, version: '0.0.0', private: true, type: 'module', exports}
    writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  }
}

function isEmptyFolder(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0
  } catch {
    return false
  }
}

function refused(text: string, suggestions: readonly string[]): HermesError {
  return new HermesError(text, {code: 'plugins/create', exit: exitCodes.usage, suggestions})
}
