import type {KeyPress} from '../../src/tui/terminal/keys.js'

/** The key of this spelling, as a terminal tells of it. */
export function pressed(key: string): KeyPress {
  const at = key.lastIndexOf('+', key.length - 2)
  const held = at === -1 ? [] : key.slice(0, at).split('+')
  const word = key.slice(at + 1)
  const name = {enter: 'return', space: ' '}[word] ?? word
  const modifiers = {ctrl: held.includes('ctrl'), alt: held.includes('alt'), shift: held.includes('shift')}
  const types = held.length === 0 && [...name].length === 1
  return types ? {name: 'text', text: name, ...modifiers} : {name, ...modifiers}
}
