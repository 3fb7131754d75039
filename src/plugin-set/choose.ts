import {exitCodes, HermesError} from '../errors.js'
import {closest} from '../refusal/closest.js'
import {meantText} from '../refusal/text.js'
import {disabledPlugins, writeDisabled} from './disabled.js'

/**
 * Enables or disables a plugin, from the next start on. `known`: names of all that are there. What is not there any more
 * is forgotten. Returns what to say; throws a HermesError for a name that is not known.
 */
export function choosePlugin(
  {dataDir, known}: {dataDir: string; known: readonly string[]},
  name: string,
  wanted: 'enabled' | 'disabled',
): string {
  if (!known.includes(name)) {
    throw new HermesError(`there is no plugin "${name}"${meantText(closest(name, known))}`, {
      code: 'plugins/unknown',
      exit: exitCodes.usage,
      suggestions: ['hermes plugins'],
    })
  }
  const before = disabledPlugins(dataDir)
  if (before.includes(name) === (wanted === 'disabled')) return `${name} is ${wanted} already`
  const others = before.filter((one) => one !== name && known.includes(one))
  writeDisabled(dataDir, wanted === 'disabled' ? [...others, name] : others)
  return `${name} is ${wanted}, from the next start of hermes on`
}
