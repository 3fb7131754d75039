import path from 'node:path'
import {colorize} from '@oclif/core/ux'
import {homeDirectory, loadConfig, projectPlaces, shortPath, userConfigDirectory} from '../../config/index.js'
import {visibleText} from '../../control-sequences.js'
import {JsonCommand} from '../../json-command.js'

export default class ConfigPath extends JsonCommand {
  static override summary = 'Show which configuration files are looked for, found and used.'

  async run(): Promise<unknown> {
    await this.parse(ConfigPath)
    const {files, places} = await loadConfig({cwd: process.cwd(), env: process.env})
    const home = homeDirectory(process.env)
    const own = path.join(userConfigDirectory(process.env), 'config.yaml')

    this.log('Looked in, strongest first:')
    for (const directory of new Set(places.map((place) => place.directory))) {
      const here = places.filter((place) => place.directory === directory)
      this.log(`  ${shortPath(directory, home)}${here[0]?.rank === 'user' ? '' : '  (project)'}`)
      for (const place of here.filter(({exists}) => exists)) {
        const file = files.find((used) => used.path === place.path)
        const state = file
          ? colorize('green', file.trusted ? 'used' : 'used, but not trusted')
          : colorize('yellow', 'found, not used')
        this.log(`    ${visibleText(path.relative(directory, place.path))}  ${state}`)
      }
    }
    this.log(`\nA project's file is the first in a folder of:\n  ${projectPlaces.join('\n  ')}`)
    this.log(`\nYour own settings belong in ${shortPath(own, home)}`)
    return {version: 1, own, files, places}
  }
}
