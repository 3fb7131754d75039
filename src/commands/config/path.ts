import path from 'node:path'
import {Command} from '@oclif/core/command'
import {colorize} from '@oclif/core/ux'
import {homeDirectory, loadConfig, shortPath, userConfigDirectory} from '../../config/index.js'

export default class ConfigPath extends Command {
  static override enableJsonFlag = true
  static override summary = 'Show which configuration files are looked for, found and used.'

  async run(): Promise<unknown> {
    await this.parse(ConfigPath)
    const {files, places} = await loadConfig({cwd: process.cwd(), env: process.env})
    const home = homeDirectory(process.env)
    const own = path.join(userConfigDirectory(process.env), 'config.yaml')
    const used = new Map(files.map((file) => [file.path, file]))

    let directory: string | undefined
    for (const place of places) {
      const here = folderOf(place.path)
      if (here !== directory) this.log(colorize('bold', `${shortPath(here, home)} (${place.rank})`))
      directory = here
      const file = used.get(place.path)
      const state = file
        ? colorize('green', file.trusted ? 'used' : 'used, not trusted')
        : place.exists
          ? colorize('yellow', 'found, not used')
          : colorize('dim', 'not there')
      this.log(`  ${path.relative(here, place.path).padEnd(28)}  ${state}`)
    }
    this.log(`\nYour own settings belong in ${shortPath(own, home)}`)
    return {version: 1, own, files, places}
  }
}

/** The folder that is searched: a place may lie in `.config` or `.config/hermes` below it. */
function folderOf(file: string): string {
  const directory = path.dirname(file)
  const match = /^(.+?)[\\/]\.config([\\/]hermes)?$/.exec(directory)
  return match?.[1] !== undefined && directory !== userConfigDirectory(process.env) ? match[1] : directory
}
