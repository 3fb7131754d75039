import {execFile} from 'node:child_process'
import {existsSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/**
 * Writes the declarations of the public interface, and only those, to `OUTDIR/types`. Type errors
 * are the matter of `npm run types`: a build goes on where the declarations came out.
 */
export async function writeDeclarations(outdir, directory = root) {
  const types = path.resolve(directory, outdir, 'types')
  const args = [
    path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    '--ignoreConfig',
    '--declaration',
    '--emitDeclarationOnly',
    ...['--outDir', types, '--rootDir', 'src', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'],
    '--strict',
    '--skipLibCheck',
    ...['src/index.ts', 'src/testing.ts'].filter((file) => existsSync(path.join(directory, file))),
  ]
  const output = await new Promise((resolve) => {
    execFile(process.execPath, args, {cwd: directory}, (_error, stdout, stderr) => resolve(stdout + stderr))
  })
  if (!existsSync(path.join(types, 'index.d.ts'))) throw new Error(`src/index.ts: no declarations came out\n${output}`)
}
