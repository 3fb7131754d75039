// Bundles src into dist. A bundle starts several times faster than the modules it is made of:
// `hermes --version` through oclif takes 61 ms instead of 81, and `ink` alone is 300 ms unbundled.
// --if-stale: does nothing when nothing has changed. --clean: keeps no chunks for programs that run.
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import {isBuiltin} from 'node:module'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import * as esbuild from 'esbuild'
import {withoutBuiltinCopies, withoutBuiltinImports} from './builtin-imports.js'
import {writeDeclarations} from './declarations.js'
import {dependencyPatches} from './dependency-patches.js'
import {isFresh} from './freshness.js'
import {keepRetiredChunks} from './retired-chunks.js'
import {joinStartChunks} from './start-chunks.js'
import {thirdPartyNotices} from './third-party.js'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** Each becomes a file of the same name in dist; what they share becomes chunks. */
export function entryPoints(directory = root) {
  const fixed = [
    'src/cli.ts',
    'src/index.ts',
    'src/testing.ts',
    'src/completion/main.ts',
    'src/acp/adapter/main.ts',
  ].filter((file) => existsSync(path.join(directory, file)))
  const others = ['src/commands/**/*.ts', 'src/hooks/**/*.ts', 'src/plugins/*/index.ts', 'src/lifecycle/*.worker.ts']
  return [...fixed, ...globSync(others, {cwd: directory})].sort()
}

/**
 * What a gateway loads late, if at all; files of their own. The first are megabytes. The last three, 0.4 MB of 1.5, made
 * each start 9 ms longer: V8 goes through the text of all that is in the gateway's file.
 */
const libraries = [
  'ai',
  '@ai-sdk/anthropic',
  '@ai-sdk/google',
  '@ai-sdk/openai',
  '@ai-sdk/openai-compatible',
  '@modelcontextprotocol/client',
  '@openrouter/ai-sdk-provider',
  'diff',
  'js-yaml',
  'unbash',
]

/** What a chat loads, cut off: what esbuild puts together is larger than a file of a chat is to be, and rollup cuts nothing. */
const parts = {
  ink: 'ink',
  'react-reconciler': 'react-reconciler',
  'yoga-layout': 'yoga-layout',
  'cli-spinners': 'cli-spinners',
  // The half that oclif requires.
  minimatch: 'node_modules/minimatch/dist/commonjs/index.js',
}

/** A process of its own looks up windows and prices: the library is loaded nowhere else. */
const pricesWorker = 'src/gateway/models/catalogue/prices.worker.ts'

/** Another makes images smaller, with a library that reads a file beside itself. */
const scaleWorker = 'src/images/scale/scale.worker.ts'

/** A third takes the text out of pages and PDFs. */
const documentWorker = 'src/gateway/tools/documents/document.worker.ts'

const libraryFile = (name) => `libraries/${name.replace('/', '-')}`

/** cosmiconfig requires its own YAML parser for loaders that we replace: it stays out of the bundle. */
const withoutSecondYaml = {
  name: 'without-second-yaml',
  setup(context) {
    context.onResolve({filter: /^js-yaml$/}, (args) =>
      args.kind === 'require-call' ? {path: args.path, external: true} : undefined,
    )
  },
}

const common = {
  bundle: true,
  platform: 'node',
  target: 'node22.18',
  // Node has had both since 20; as `new RegExp` they cost 20 ms of the start, as literals nothing until they are used.
  supported: {'regexp-set-notation': true, 'regexp-unicode-property-escapes': true},
  minifySyntax: true,
  // V8 goes through all of the text: the gateway is ready 3.6 ms sooner without blanks. Names stay, for stacks.
  minifyWhitespace: true,
  // Node shows the line that an error was thrown in.
  lineLimit: 200,
  sourcemap: 'external',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
}

/** Optional, only for development, or never reached: ink's devtools, oclif's way to run TypeScript, cosmiconfig's YAML. */
const optional = ['react-devtools-core', 'typescript', 'ts-node', 'tsx', 'js-yaml']

/** They read files beside themselves. */
const installed = ['@silvia-odwyer/photon-node', 'unpdf']

/** All files that are in what was built. */
const bundled = new Set()

async function build(options) {
  const result = await esbuild.build(options)
  for (const file of Object.keys(result.metafile.inputs)) bundled.add(file)
  refuseUninstalled(result.metafile, options.absWorkingDir)
  return result
}

/** What is neither in the bundle nor under `dependencies` is missing where the program is installed. */
function refuseUninstalled({outputs}, directory) {
  const {dependencies, peerDependencies} = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'))
  const there = Object.keys({...dependencies, ...peerDependencies})
  for (const [file, {imports}] of Object.entries(outputs)) {
    for (const {path: name, external} of imports) {
      if (!external || /^(?:\.|node:)/.test(name) || isBuiltin(name)) continue
      const [, bare] = /^((?:@[^/]+\/)?[^/]+)/.exec(name)
      if (there.includes(bare) || optional.includes(bare)) continue
      throw new Error(`${file} imports ${name}, which is not bundled: list ${bare} under dependencies in package.json`)
    }
  }
}

export async function bundle({outdir, directory = root}) {
  const hasGateway = existsSync(path.join(directory, gatewayLoader))
  const result = await build({
    ...common,
    absWorkingDir: directory,
    entryPoints: [
      ...entryPoints(directory).map((file) => ({in: file, out: file.replace(/^src[\\/]/, '').replace(/\.ts$/, '')})),
      ...(hasGateway ? Object.entries(parts).map(([name, file]) => ({in: file, out: libraryFile(name)})) : []),
      ...(hasGateway ? libraries.map((name) => ({in: name, out: libraryFile(name)})) : []),
      ...(hasGateway ? [{in: pricesWorker, out: 'libraries/prices.worker'}] : []),
      ...(hasGateway ? [{in: scaleWorker, out: 'libraries/scale.worker'}] : []),
      ...(hasGateway ? [{in: documentWorker, out: 'libraries/document.worker'}] : []),
    ],
    outdir,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    jsx: 'automatic',
    define: {'process.env.NODE_ENV': '"production"'},
    // CommonJS among the dependencies asks for Node's own modules by require.
    banner: {js: requireBanner},
    external: [...optional.filter((name) => name !== 'js-yaml'), 'tsx/*', ...installed],
    plugins: [withoutSecondYaml, dependencyPatches, gatewayBeside],
  })
  refuseLateCommonJs(result.metafile)
  if (hasGateway) await bundleGateway({outdir, directory})
  if (existsSync(path.join(directory, openingSource))) await bundleOpening({outdir, directory})
  const folder = path.resolve(directory, outdir)
  writeInAscii(folder)
  takeBuiltins(folder)
  if (hasGateway) await joinChunks({folder, metafile: result.metafile})
  return result
}

/** What a chat loads before it is ready, in that order. */
const stages = [
  {name: 'cli', entries: ['src/cli.ts']},
  {
    name: 'chat',
    entries: [
      'src/commands/chat.ts',
      'src/chat/chat.ts',
      'src/chat/run-intent.ts',
      'src/chat/plugin-commands.ts',
      'src/plugins/crash-log/index.ts',
    ],
  },
  {name: 'screen', entries: ['src/tui/run.ts', 'node_modules/execa/index.js']},
  {name: 'mount', entries: ['src/tui/terminal/mount.tsx']},
]

/**
 * What is to load no more than it needs: with all that commands share, oclif among it, a process for the hooks of one plugin took
 * 50 ms and 6 MB more. For a completion somebody waits after each Tab: 35 ms.
 */
const light = {
  hooks: ['src/lifecycle/hook.worker.ts', 'src/index.ts', 'src/testing.ts'],
  completion: ['src/completion/main.ts'],
  lines: ['src/tui/linear/run.ts'],
  acp: ['src/acp/adapter/main.ts'],
}

async function joinChunks({folder, metafile}) {
  const cut = Object.keys(parts).map((name) => `${libraryFile(name)}.js`)
  for (const {file, text} of await joinStartChunks({folder, metafile, stages, light, parts: cut})) {
    mkdirSync(path.dirname(path.join(folder, file)), {recursive: true})
    writeFileSync(path.join(folder, file), text)
  }
}

const requireBanner =
  "import {createRequire as __createRequire} from 'node:module';const require = __createRequire(import.meta.url);"

function takeBuiltins(folder) {
  for (const file of filesIn(folder).filter((name) => name.endsWith('.js'))) {
    const text = readFileSync(path.join(folder, file), 'utf8')
    // Those of the gateway are CommonJS and have none.
    if (text.startsWith(requireBanner))
      writeFileSync(path.join(folder, file), withoutBuiltinImports(text, requireBanner))
  }
}

/**
 * V8 keeps a text with one character beyond Latin in twice the memory, as long as anything of it may still be compiled:
 * 0.8 MB of a chat.
 */
function writeInAscii(folder) {
  for (const file of filesIn(folder).filter((name) => /\.c?js$/.test(name))) {
    const text = readFileSync(path.join(folder, file), 'utf8')
    if (/[\u0080-\uffff]/.test(text)) writeFileSync(path.join(folder, file), inAscii(text))
  }
}

const openingSource = 'src/chat/early-opening.ts'

/** One CommonJS file: of each module of its own Node would take longer to find it than to run it. */
async function bundleOpening({outdir, directory}) {
  await build({
    ...common,
    absWorkingDir: directory,
    outdir,
    entryPoints: [{in: openingSource, out: 'opening'}],
    format: 'cjs',
    outExtension: {'.js': '.cjs'},
    define: {'process.env.NODE_ENV': '"production"'},
    plugins: [dependencyPatches],
  })
}

const gatewayLoader = 'src/gateway/load.ts'

/** The command that runs a gateway by hand runs the one that chats run. */
const gatewayBeside = {
  name: 'gateway-beside',
  setup(context) {
    context.onResolve({filter: /^\.\.\/gateway\/main\.js$/}, ({path: file}) => ({path: file, external: true}))
  },
}

const lateLibraries = {
  name: 'late-libraries',
  setup(context) {
    context.onResolve({filter: /^[^.]/}, ({path: name, kind}) =>
      kind === 'dynamic-import' && libraries.includes(name)
        ? {path: `../${libraryFile(name)}.js`, external: true}
        : undefined,
    )
  },
}

/**
 * A gateway that died is waited for. In one CommonJS file it has a session open again in 67 ms, in
 * modules, each of which Node looks for by itself, in 80. A small loader brings what V8 compiled of
 * that file before; the name of the file tells which text it was compiled from.
 */
async function bundleGateway({outdir, directory}) {
  const options = {
    ...common,
    absWorkingDir: directory,
    outdir,
    format: 'cjs',
    define: {'process.env.NODE_ENV': '"production"', 'import.meta.url': '__moduleUrl'},
    plugins: [withoutSecondYaml, lateLibraries],
  }
  const program = await build({
    ...options,
    entryPoints: [{in: 'src/gateway/process/process.ts', out: 'chunks/gateway'}],
    entryNames: '[dir]/[name]-[hash]',
    write: false,
  })
  refuseLateCommonJs(program.metafile)
  const file = writeProgram(program.outputFiles)
  const loader = await build({
    ...options,
    entryPoints: [{in: gatewayLoader, out: 'gateway/main'}],
    define: {...options.define, GATEWAY_PROGRAM: JSON.stringify(`../chunks/${path.basename(file)}`)},
    banner: {js: "const __moduleUrl = require('node:url').pathToFileURL(__filename).href;"},
  })
  refuseLateCommonJs(loader.metafile)
  writeFileSync(path.join(directory, outdir, 'gateway', 'package.json'), '{"type": "commonjs"}\n')
}

/** A script of `node:vm` is given its own way to import. Returns the name of the program's file. */
function writeProgram(outputFiles) {
  for (const {path: file, text} of outputFiles) {
    mkdirSync(path.dirname(file), {recursive: true})
    const isProgram = file.endsWith('.js')
    writeFileSync(
      file,
      isProgram ? inAscii(withoutBuiltinCopies(text).replaceAll(/\bimport\((?!\))/g, '__import(')) : text,
    )
  }
  return outputFiles.find(({path: file}) => file.endsWith('.js')).path
}

/**
 * The loader takes each byte for a character, and esbuild leaves regular expressions as they were written: those for `…`
 * found nothing, so that what a secret was cut to went to the model.
 */
function inAscii(text) {
  return text.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** In a bundle `await import()` of a CommonJS module has a default export and no other, unlike from source. */
function refuseLateCommonJs({inputs}) {
  for (const [file, input] of Object.entries(inputs)) {
    if (!file.startsWith('src/')) continue
    const late = input.imports.find(({kind, path: to}) => kind === 'dynamic-import' && inputs[to]?.format === 'cjs')
    if (!late) continue
    throw new Error(
      `${file}: ${late.original} is CommonJS and can't be loaded by import(): re-export it from a module of ours, load that`,
    )
  }
}

/** A file that is younger may be of another build that runs at the same time. */
const OTHER_BUILD_MS = 600_000

/**
 * Moves the finished build into place file by file, what is loaded later before what loads it: at no
 * moment is there no program. A gateway that was respawned in a gap of microseconds died of it.
 */
function moveInto(target, draft, {clean}) {
  const files = filesIn(draft).sort((a, b) => Number(isEntry(a)) - Number(isEntry(b)))
  const known = existsSync(target) ? filesIn(target) : []
  for (const file of files) {
    mkdirSync(path.dirname(path.join(target, file)), {recursive: true})
    renameSync(path.join(draft, file), path.join(target, file))
  }
  const built = new Set(files)
  for (const file of known.filter((name) => !built.has(name)).map((name) => path.join(target, name))) {
    const age = Date.now() - (statSync(file, {throwIfNoEntry: false})?.mtimeMs ?? 0)
    if (clean || !file.includes('chunks') || age > OTHER_BUILD_MS) rmSync(file, {force: true})
  }
}

const isEntry = (file) => !file.startsWith('chunks')

function filesIn(folder) {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
}

async function buildProgram({clean}) {
  const draft = `dist.${process.pid}.tmp`
  const begun = new Date()
  let declarations
  try {
    mkdirSync(draft)
    declarations = existsSync('src/index.ts') ? writeDeclarations(draft) : undefined
    await Promise.all([bundle({outdir: draft}), declarations])
    writeFileSync(`${draft}/third-party-notices.txt`, thirdPartyNotices([...bundled], '.'))
    // What is changed while it builds is newer than the build.
    if (existsSync(`${draft}/cli.js`)) utimesSync(`${draft}/cli.js`, begun, begun)
    if (!clean) keepRetiredChunks('dist', draft)
    moveInto('dist', draft, {clean})
  } catch (error) {
    // What esbuild found it has said already.
    if (!error?.errors) console.error(error)
    process.exitCode = 1
  } finally {
    // They are written longer than a bundle takes to fail, and would make the folder again.
    await Promise.allSettled([declarations])
    rmSync(draft, {recursive: true, force: true})
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.chdir(root)
  const flags = process.argv.slice(2)
  if (!flags.includes('--if-stale') || !isFresh(root)) await buildProgram({clean: flags.includes('--clean')})
}
