import {mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {compiledCode} from './build.js'

/** A home, a project inside it and an environment that knows nothing of the person's own. */
export interface Sandbox {
  /** Holds `home` and whatever else a test puts beside it. */
  directory: string
  home: string
  /** `home/project`: a working directory. */
  project: string
  env: NodeJS.ProcessEnv
  /** Writes a file below `directory`, with its folders, and returns its path. */
  write(name: string, text: string): string
  remove(): void
}

export function createSandbox(): Sandbox {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-test-')))
  const home = path.join(directory, 'home')
  const project = path.join(home, 'project')
  mkdirSync(project, {recursive: true})
  return {
    directory,
    home,
    project,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      USERPROFILE: home,
      APPDATA: path.join(home, 'AppData', 'Roaming'),
      LOCALAPPDATA: path.join(home, 'AppData', 'Local'),
      XDG_CONFIG_HOME: path.join(home, '.config'),
      XDG_DATA_HOME: path.join(home, '.local', 'share'),
      XDG_CACHE_HOME: compiledCode,
      HERMES_HOME: path.join(home, '.hermes'),
    },
    write(name, text) {
      const file = path.join(directory, name)
      mkdirSync(path.dirname(file), {recursive: true})
      writeFileSync(file, text)
      return file
    },
    remove: () => rmSync(directory, {recursive: true, force: true}),
  }
}
