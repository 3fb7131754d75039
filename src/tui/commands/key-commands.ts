import {keySections} from '../../keys/text.js'
import {oneLine} from '../text/sanitize.js'
import {textWidth} from '../text/wrap.js'
import type {CommandContext, SlashCommand} from './types.js'

const KEYS_COLUMNS = 22

/** `/keys`, `/keys queue`, `/keys names`. */
function keys({bindings, lineKeys, output, notice}: CommandContext, args: string) {
  if (lineKeys) return output(lineKeys.map(([label, meaning]) => `${label}: ${meaning}`).join('\n'))
  const named = args === 'names'
  const sections = keySections(bindings.rows, named ? '' : args)
  if (sections.length === 0) return notice('info', `no key does anything with ${oneLine(args, 60)} · /keys shows all`)
  const rows = sections.flatMap(({title, rows: of}) => [
    title,
    ...of.map(({keys: shown, doc, action, own, fixed}) => {
      const label = shown + ' '.repeat(Math.max(0, KEYS_COLUMNS - textWidth(shown)))
      const what = named ? `${action}${fixed ? ' (fixed)' : ''}` : doc.replaceAll('`', '')
      return `${own ? '*' : ' '} ${label} ${what}`
    }),
    '',
  ])
  const own = bindings.rows.some((row) => row.own) ? '* yours, by "keys" in your configuration. ' : ''
  output([...rows, `${own}/keys WORD narrows, /keys names says what "keys" in the configuration calls them`].join('\n'))
}

export const keyCommands: SlashCommand[] = [
  {name: 'keys', aliases: ['bindings'], args: '[word]', summary: 'all keys, by what is on the screen', run: keys},
]
