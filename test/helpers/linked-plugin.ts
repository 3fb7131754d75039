import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import type {Sandbox} from './sandbox.js'

/** Leaves a plugin as `plugins link` does. `files` by their path in it; returns its folder. */
export function linkPlugin(box: Sandbox, name: string, pjson: object, files: Readonly<Record<string, string>>): string {
  const manifest = {name, version: '1.0.0', type: 'module', ...pjson}
  const folder = path.dirname(box.write(`${name}/package.json`, JSON.stringify(manifest)))
  for (const [file, text] of Object.entries(files)) box.write(`${name}/${file}`, text)
  const data = path.join(box.home, '.local', 'share', 'hermes')
  mkdirSync(data, {recursive: true})
  const plugins = [{name, root: folder, type: 'link'}]
  writeFileSync(path.join(data, 'package.json'), JSON.stringify({oclif: {schema: 1, plugins}}))
  return folder
}
