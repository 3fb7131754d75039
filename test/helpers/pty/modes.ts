/** DEC private modes that a program may switch and must leave as a shell expects them. */
const restingModes: Record<number, {name: string; on: boolean}> = {
  1: {name: 'application cursor keys', on: false},
  7: {name: 'line wrap', on: true},
  25: {name: 'cursor', on: true},
  47: {name: 'alternate screen', on: false},
  1000: {name: 'mouse clicks', on: false},
  1002: {name: 'mouse drags', on: false},
  1003: {name: 'mouse movement', on: false},
  1004: {name: 'focus reports', on: false},
  1006: {name: 'SGR mouse reports', on: false},
  1047: {name: 'alternate screen', on: false},
  1049: {name: 'alternate screen', on: false},
  2004: {name: 'bracketed paste', on: false},
  2026: {name: 'synchronized output', on: false},
}

/**
 * What a program's raw output left switched the wrong way: `['cursor off', 'bracketed paste on']`;
 * empty when the terminal is as it was. Kitty keyboard levels count pushes against pops.
 */
export function modesLeft(output: string): string[] {
  const state = new Map<number, boolean>()
  let kittyLevels = 0
  let modifiedKeys = false
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read here
  for (const match of output.matchAll(/\x1b\[(?:\?([\d;]+)([hl])|([<>=])([\d;]*)u|>4(;\d+)?m)/g)) {
    const [sequence, modes, onOff, kitty, levels, modified] = match
    if (sequence.endsWith('m')) modifiedKeys = modified !== undefined && modified !== ';0'
    if (modes) for (const mode of modes.split(';')) state.set(Number(mode), onOff === 'h')
    if (kitty === '>') kittyLevels += 1
    if (kitty === '<') kittyLevels = Math.max(0, kittyLevels - Number(levels || 1))
    if (kitty === '=' && levels?.startsWith('0')) kittyLevels = 0
  }
  const left: string[] = []
  for (const [mode, {name, on}] of Object.entries(restingModes)) {
    const now = state.get(Number(mode))
    if (now !== undefined && now !== on) left.push(`${name} ${now ? 'on' : 'off'}`)
  }
  if (kittyLevels > 0) left.push('kitty keyboard on')
  if (modifiedKeys) left.push('modifyOtherKeys on')
  return left
}
