import type {Hook} from '@oclif/core/hooks'
import {closest} from '../config/suggest.js'
import {exitCodes, HermesError} from '../errors.js'

/** Names the command that was likely meant. */
const commandNotFound: Hook.CommandNotFound = async ({config, id}) => {
  const name = id.replaceAll(':', ' ')
  const meant = closest(
    name,
    config.commandIDs.map((known) => known.replaceAll(':', ' ')),
  )
  throw new HermesError(`"${name}" is not a command`, {
    code: 'cli/unknown-command',
    exit: exitCodes.usage,
    suggestions: [...(meant ? [`${config.bin} ${meant}`] : []), `${config.bin} --help`],
  })
}

export default commandNotFound
