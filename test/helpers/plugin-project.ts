import {cpSync, mkdirSync, symlinkSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {root} from './build.js'
import {runProgram} from './program/run-program.js'

/** What a plugin's `npm install` would bring, from our own packages instead of the registry. */
export function installOffline(project: string): void {
  const modules = path.join(project, 'node_modules')
  for (const name of ['@oclif', '@types']) mkdirSync(path.join(modules, name), {recursive: true})
  symlinkSync(root, path.join(modules, 'hermes-chat'), 'junction')
  for (const name of ['@oclif/core', '@types/node', 'typescript']) {
    symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name), 'junction')
  }
  mkdirSync(path.join(modules, '.bin'))
  symlinkSync(path.join('..', 'typescript', 'bin', 'tsc'), path.join(modules, '.bin', 'tsc'))
}

/** A copy of a package of `examples/`, without what was installed or built in it. */
export function copyExample(name: string, target: string): string {
  const source = path.join(root, 'examples', name)
  const left = new Set([path.join(source, 'node_modules'), path.join(source, 'dist')])
  cpSync(source, target, {recursive: true, filter: (file) => !left.has(file)})
  installOffline(target)
  return target
}

/** The build of such a project, by TypeScript itself. */
export async function buildProject(project: string): Promise<void> {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const {code, stdout} = await runProgram(process.execPath, [tsc, '-p', '.'], {cwd: project, env: process.env})
  expect(code, stdout).to.equal(0)
}
