import {fuzzyScore} from '../../fuzzy.js'
import type {KeyContext} from '../../keys/table.js'
import {type KeySection, keySections} from '../../keys/text.js'
import type {CommandInfo} from '../composer/slash-command.js'
import {oneLine} from '../text/sanitize.js'
import {visibleLine} from '../text/visible.js'
import {textWidth} from '../text/wrap.js'
import type {CommandContext, HelpRow, SlashCommand} from './types.js'

/** Which commands belong together, in the order in which they are told. */
const groups: readonly (readonly [title: string, names: readonly string[]])[] = [
  [
    'Talk',
    [
      'continue',
      'retry',
      'undo',
      'rewind',
      'queue',
      'steer',
      'copy',
      'output',
      'jobs',
      'agents',
      'background',
      'image',
      'paste',
      'history',
      'reasoning',
      'full',
      'decline',
    ],
  ],
  [
    'Sessions',
    [
      'new',
      'resume',
      'sessions',
      'branch',
      'title',
      'search',
      'save',
      'export',
      'usage',
      'status',
      'context',
      'compress',
    ],
  ],
  ['Model and permissions', ['model', 'effort', 'cost', 'mode', 'permissions', 'mcp']],
  ['Screen', ['help', 'keys', 'theme']],
  ['When something is wrong', ['doctor', 'logs', 'recover', 'restart']],
  ['Leave', ['quit', 'detach']],
]
const OTHERS = 'Of plugins and of the gateway'

/** What is typed that is no command. */
const typed: readonly HelpRow[] = [
  ['!COMMAND', 'runs it in your shell; /output hands what it said to the model'],
  ['//text', 'sends text that starts with a slash'],
  ['!!text', 'sends text that starts with an exclamation mark'],
]

/** What lists something below the draft. */
const listed: readonly HelpRow[] = [
  ['/', 'lists the commands; letters narrow, ↑↓ choose, Tab completes'],
  ['@', 'lists files and folders'],
]

/** Of the table of keys, what `/help` tells unasked. */
const plainKeys: ReadonlySet<KeyContext> = new Set(['composer', 'turn', 'empty', 'always'])

export interface HelpSection {
  title: string
  rows: readonly HelpRow[]
}

/** Labels of commands with their arguments stand in a column of this width; longer ones push what follows aside. */
const LABEL_COLUMNS = 22

/**
 * What there is, by groups. `query`: only what has all of its words, or a name like it; `lineKeys`: what keys do where a
 * terminal's own line is typed in.
 */
export function helpSections(
  commands: readonly CommandInfo[],
  keys: readonly KeySection[],
  query = '',
  lineKeys?: readonly HelpRow[],
): HelpSection[] {
  const grouped = new Set(groups.flatMap(([, names]) => names))
  const all: [string, readonly CommandInfo[]][] = [
    ...groups.map(([title, names]): [string, CommandInfo[]] => [
      title,
      names.flatMap((name) => commands.find((command) => command.name === name) ?? []),
    ]),
    [OTHERS, commands.filter(({name}) => !grouped.has(name))],
  ]
  const sections = [
    ...all.map(([title, of]) => ({title, rows: of.filter((one) => isAbout(query, title, one)).map(commandRow)})),
    rowsAbout(query, 'Typed', lineKeys ? typed : [...listed, ...typed]),
    ...(lineKeys
      ? [rowsAbout(query, 'Keys', lineKeys)]
      : keys.filter(({context}) => query !== '' || plainKeys.has(context)).map((section) => keyRows(section, query))),
  ]
  return sections.filter(({rows}) => rows.length > 0)
}

function keyRows({title, rows}: KeySection, query: string): HelpSection {
  const all = rows.map(({keys, doc}): HelpRow => [keys, doc.replaceAll('`', '')])
  return rowsAbout(query, `Keys: ${title}`, all)
}

function rowsAbout(query: string, title: string, rows: readonly HelpRow[]): HelpSection {
  return {title, rows: rows.filter((row) => hasWords(query, [title, ...row].join(' ')))}
}

function commandRow({name, aliases, args, summary}: CommandInfo): HelpRow {
  const also = aliases.length > 0 ? ` (${aliases.map((alias) => `/${visibleLine(alias)}`).join(', ')})` : ''
  return [`/${visibleLine(name)}${args ? ` ${oneLine(args, 60)}` : ''}`, `${oneLine(summary, 400)}${also}`]
}

function isAbout(query: string, title: string, {name, aliases, args, summary}: CommandInfo): boolean {
  if (hasWords(query, [title, name, ...aliases, args, summary].join(' '))) return true
  return [name, ...aliases].some((one) => fuzzyScore(query, one) !== undefined)
}

function hasWords(query: string, text: string): boolean {
  const within = text.toLowerCase()
  const words = query.toLowerCase().split(/\s+/)
  return words.every((word) => within.includes(word.replace(/^\/(?=.)/, '')))
}

function help({commands, bindings, lineKeys, output, notice}: CommandContext, query: string) {
  const sections = helpSections(commands, keySections(bindings.rows), query, lineKeys)
  if (sections.length === 0) return notice('info', `nothing here is about ${oneLine(query, 60)} · /help tells all`)
  const lines = sections.flatMap(({title, rows}) => [
    title,
    ...rows.map(([label, meaning]) => `${label}${' '.repeat(Math.max(2, LABEL_COLUMNS - textWidth(label)))}${meaning}`),
    '',
  ])
  output(
    [...lines, query === '' ? '/help WORD tells what is about that, /keys all keys' : '/help tells all'].join('\n'),
  )
}

export const helpCommands: SlashCommand[] = [
  {name: 'help', aliases: ['commands'], args: '[word]', summary: 'commands and keys', run: help},
]
