import {visibleText} from '../../control-sequences.js'

/**
 * A text that is not the person's own words, between tags that do not occur in it: `<file path="…">`, and where the text
 * has such a tag itself, `<file-2 …>`. Attributes are shown as one line each.
 */
export function delimited(name: string, attributes: Readonly<Record<string, string | number>>, text: string): string {
  let tag = name
  for (let number = 2; text.includes(`<${tag}`) || text.includes(`</${tag}`); number++) tag = `${name}-${number}`
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}=${JSON.stringify(visibleText(`${value}`))}`)
  return `<${tag}${written.join('')}>\n${text.replace(/\n$/, '')}\n</${tag}>`
}

/** `27 MB`, for people. */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`
  const units = ['kB', 'MB', 'GB', 'TB', 'PB']
  let value = bytes / 1000
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value < 9.95 ? Number(value.toFixed(1)) : Math.round(value)} ${units[unit]}`
}
