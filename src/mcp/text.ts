import {visibleText} from '../control-sequences.js'
import {shown} from '../gateway/mcp/definitions.js'
import {exposedName} from '../gateway/mcp/names.js'
import type {Examined} from './manage.js'

/** What a server has, a line a tool. */
export function examinedLines({server, protocol, definitions, changes, tookMs}: Examined): string[] {
  const {tools, prompts, problems} = definitions
  const count = `${tools.length} ${tools.length === 1 ? 'tool' : 'tools'}`
  const more = prompts.length > 0 ? `, ${prompts.length} ${prompts.length === 1 ? 'prompt' : 'prompts'}` : ''
  return [
    `${server}: ${count}${more} (protocol ${visibleText(protocol ?? 'not known')}, ${tookMs} ms)`,
    ...tools.map(({name, description, hints}) => {
      const about = lineOf(description)
      const says = hints.length > 0 ? ` (says: ${hints.join(', ')})` : ''
      return `  ${exposedName(server, name)}${says}${about === '' ? '' : `: ${about}`}`
    }),
    ...prompts.map(({name, description}) => `  prompt ${shown(name)}: ${lineOf(description)}`),
    ...problems.map((problem) => `  not used: ${visibleText(problem)}`),
    ...(changes === undefined ? [] : [`not what was taken before: ${visibleText(changes)}`]),
  ]
}

/** The beginning of what it says of itself. */
function lineOf(description: string): string {
  const line = visibleText(description.split('\n', 1)[0] ?? '')
  return line.length > 60 ? `${line.slice(0, 59).toWellFormed()}…` : line
}
