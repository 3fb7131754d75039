import type {Config} from '@oclif/core/config'
import {exitCodes, HermesError} from '../errors.js'
import {closest} from './closest.js'
import {extraText, meantText} from './text.js'

/** Never what was meant: who repeats a suggestion unread would lose something. */
const destroying = new Set(['plugins:reset'])

/**
 * Names the first of the words that leads to no command, and the command that was likely meant. What follows it is
 * not carried over: with another command it may do what nobody asked for.
 */
export function unknownCommand(
  {bin, commandIDs}: Pick<Config, 'bin' | 'commandIDs'>,
  words: readonly string[],
): HermesError {
  const known = commandIDs.map((id) => id.split(':'))
  const after = (path: readonly string[]) =>
    known.flatMap((id) => (path.every((word, index) => id[index] === word) ? (id[path.length] ?? []) : []))
  let depth = 0
  while (depth < words.length && after(words.slice(0, depth)).includes(words[depth] ?? '')) depth += 1
  const group = words.slice(0, depth)
  const refused = words[depth] ?? ''
  const near = closest(
    refused,
    after(group).filter((word) => !destroying.has([...group, word].join(':'))),
  )
  const meant = near === undefined ? [] : [...group, near]
  for (const word of words.slice(depth + 1)) {
    if (near === undefined || !after(meant).includes(word)) break
    meant.push(word)
  }
  const text =
    depth > 0 && after(group).length === 0
      ? extraText(words.slice(depth), [bin, ...group].join(' '), [])
      : `"${[...group, refused].join(' ')}" is not a command${meantText(near && [bin, ...meant].join(' '))}`
  return new HermesError(text, {
    code: 'cli/unknown-command',
    exit: exitCodes.usage,
    suggestions: [[bin, ...group, '--help'].join(' ')],
  })
}
