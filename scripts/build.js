// Bundles src into dist. A bundle starts several times faster than the modules it is made of:
// `hermes --version` through oclif takes 61 ms instead of 81, and `ink` alone is 300 ms unbundled.
// --if-stale: does nothing when nothing has changed. --clean: keeps no chunks for programs that run.
import {existsSync, globSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'
import {writeDeclarations} from './declarations.js'
import {fasterStart} from './faster-start.js'
import {isFresh} from './freshness.js'
import {keepRetiredChunks} from './retired-chunks.js'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** Each becomes a file of the same name in dist; what they share becomes chunks. */
export function entryPoints(directory = root) {
  const fixed = ['src/cli.ts', 'src/index.ts', 'src/gateway/main.ts'].filter((file) =>
    existsSync(path.join(directory, file)),
  )
  return [
    ...fixed,
    ...globSync(['src/commands/**/*.ts', 'src/hooks/**/*.ts', 'src/plugins/*/index.ts', 'src/**/*.worker.ts'], {
      cwd: directory,
    }),
  ].sort()
}

/** cosmiconfig requires its own YAML parser for loaders that we replace: it stays out of the bundle. */
const withoutSecondYaml = {
  name: 'without-second-yaml',
  setup(context) {
    context.onResolve({filter: /^js-yaml$/}, (args) =>
      args.kind === 'require-call' ? {path: args.path, external: true} : undefined,
    )
  },
}

export async function bundle({outdir, directory = root}) {
  const result = await build({
    absWorkingDir: directory,
    entryPoints: entryPoints(directory),
    outbase: 'src',
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node22.18',
    // Node has had both since 20; as `new RegExp` they cost 20 ms of the start, as literals nothing until they are used.
    supported: {'regexp-set-notation': true, 'regexp-unicode-property-escapes': true},
    jsx: 'automatic',
    minifySyntax: true,
    sourcemap: 'external',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    define: {'process.env.NODE_ENV': '"production"'},
    // CommonJS among the dependencies asks for Node's own modules by require.
    banner: {
      js: "import {createRequire as __createRequire} from 'node:module';const require = __createRequire(import.meta.url);",
    },
    // Optional or only for development: ink's devtools, oclif's way to run TypeScript.
    external: ['react-devtools-core', 'typescript', 'ts-node', 'tsx', 'tsx/*'],
    plugins: [withoutSecondYaml, fasterStart],
  })
  refuseLateCommonJs(result.metafile)
  return result
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
  try {
    mkdirSync(draft)
    await Promise.all([bundle({outdir: draft}), writeDeclarations(draft)])
    // What is changed while it builds is newer than the build.
    if (existsSync(`${draft}/cli.js`)) utimesSync(`${draft}/cli.js`, begun, begun)
    if (!clean) keepRetiredChunks('dist', draft)
    moveInto('dist', draft, {clean})
  } catch (error) {
    // What esbuild found it has said already.
    if (!error?.errors) console.error(error)
    process.exitCode = 1
  } finally {
    rmSync(draft, {recursive: true, force: true})
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.chdir(root)
  const flags = process.argv.slice(2)
  if (!flags.includes('--if-stale') || !isFresh(root)) await buildProgram({clean: flags.includes('--clean')})
}
