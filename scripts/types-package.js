// Builds packages/types: the public interface without the program, for those who write plugins. `npm pack` there runs it.
import {rmSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import * as esbuild from 'esbuild'
import {writeDeclarations} from './declarations.js'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const outdir = path.join(root, 'packages', 'types', 'dist')

rmSync(outdir, {recursive: true, force: true})
await Promise.all([
  writeDeclarations(outdir),
  esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/index.ts', 'src/testing.ts'],
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node22.18',
    format: 'esm',
    logLevel: 'warning',
  }),
])
