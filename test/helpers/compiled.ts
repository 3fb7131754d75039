import {mkdirSync, mkdtempSync, rmSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {buildSync} from 'esbuild'
import {root} from './build.js'

const made = new Map<string, string>()

/**
 * A program of a test, in TypeScript, as JavaScript that Node runs by itself: module by module each start of it would
 * take half a second of a processor, and more than one with a screen. `import.meta` is that of what is made.
 */
export function compiled(script: URL): string {
  const source = fileURLToPath(script)
  const known = made.get(source)
  if (known) return known
  const cache = path.join(root, 'node_modules', '.cache')
  mkdirSync(cache, {recursive: true})
  const outdir = mkdtempSync(path.join(cache, 'hermes-test-program-'))
  process.once('exit', () => rmSync(outdir, {recursive: true, force: true}))
  buildSync({
    absWorkingDir: root,
    entryPoints: {program: source},
    outdir,
    outExtension: {'.js': '.mjs'},
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node22.18',
    jsx: 'automatic',
    define: {'process.env.NODE_ENV': '"production"'},
    external: ['react-devtools-core', '@silvia-odwyer/photon-node'],
    // CommonJS among the dependencies asks for Node's own modules by require.
    banner: {
      js: "import {createRequire as __createRequire} from 'node:module';const require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  })
  const program = path.join(outdir, 'program.mjs')
  made.set(source, program)
  return program
}
