// A process that loads the commands of one plugin as oclif does, and sends what is wrong with them. As the other worker it
// also starts from source.
import {fileURLToPath} from 'node:url'
import {Plugin} from '@oclif/core/config'
import {settings} from '@oclif/core/settings'
import {provideOwnName} from '../own-name.ts'

const [, , root = ''] = process.argv
provideOwnName(fileURLToPath(new URL('../..', import.meta.url)))
settings.enableAutoTranspile = false

const problems: string[] = []
const note = (error: unknown) => {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  problems.push(line)
}
const plugin = new Plugin({root, type: 'link', ignoreManifest: true})
Object.assign(plugin, {warn: note})
try {
  await plugin.load()
} catch (error) {
  note(error)
}
process.send?.({problems}, () => process.exit(0))
