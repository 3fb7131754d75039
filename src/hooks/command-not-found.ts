import type {Hook} from '@oclif/core/hooks'
import {closest} from '../config/suggest.js'
import {exitCodes, HermesError} from '../errors.js'

/** Names the command that was likely meant. */
const commandNotFound: Hook.CommandNotFound = async ({config, id}) => {
  const name = id.replaceAll(':', ' ')
  const known = config.commandIDs.map((one) => one.replaceAll(':', ' '))
  const meant = likelyMeant(name.split(' '), known)
  throw new HermesError(`"${name}" is not a command`, {
    code: 'cli/unknown-command',
    exit: exitCodes.usage,
    suggestions: [...(meant ? [`${config.bin} ${meant}`] : []), `${config.bin} --help`],
  })
}

/** What follows the command's own words belongs to it: `confg get model`. */
function likelyMeant(words: readonly string[], known: readonly string[]): string | undefined {
  for (let count = words.length; count > 0; count--) {
    const command = closest(words.slice(0, count).join(' '), known)
    if (command !== undefined) return [command, ...words.slice(count)].join(' ')
  }
  return undefined
}

export default commandNotFound
