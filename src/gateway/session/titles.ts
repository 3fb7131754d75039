import {HermesError} from '../../errors.js'
import type {Store} from '../store/types.js'

const MAX_TITLE = 60
const MAX_TRIES = 50

/** A title from a prompt: its first line with something in it, cut between words to at most 60 characters. */
export function titleFrom(prompt: string): string {
  const line = prompt
    .split('\n')
    .map((part) => part.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim())
    .find((part) => part !== '')
  return cut(line ?? '', MAX_TITLE)
}

function cut(text: string, length: number): string {
  const characters = [...text]
  if (characters.length <= length) return text
  const head = characters.slice(0, length - 1).join('')
  const space = head.lastIndexOf(' ')
  return `${(space > length / 2 ? head.slice(0, space) : head).trimEnd()}…`
}

/** Gives the session a title from its first prompt, with a number where another session has it. */
export function nameSession(store: Store, key: string, prompt: string): string | undefined {
  const wanted = titleFrom(prompt)
  if (wanted === '') return undefined
  for (let number = 1; number <= MAX_TRIES; number++) {
    const suffix = number === 1 ? '' : ` (${number})`
    const title = cut(wanted, MAX_TITLE - suffix.length) + suffix
    try {
      store.setTitle(key, title)
      return title
    } catch (error) {
      if (!(error instanceof HermesError) || error.code !== 'store/title-taken') throw error
    }
  }
  return undefined
}
