import {bindingsOf} from '../src/keys/bindings.ts'
import {keySections} from '../src/keys/text.ts'

/** What a newcomer presses; docs/keys.md has the rest. */
const first = ['composer', 'turn', 'empty', 'question', 'always']

/** The keys of the states that are met first, as one Markdown table. */
export function shortKeyTable() {
  const sections = sectionsOf().filter(({context}) => first.includes(context))
  const rows = sections.flatMap(({title, rows}) => [`| **${title}** | |`, ...rows.map(row)])
  return ['| key | |', '|---|---|', ...rows].join('\n')
}

/** All keys by state, with what the configuration calls them. */
export function keyTables() {
  return sectionsOf()
    .map(({title, rows}) => {
      const lines = rows.map(
        ({keys, doc, action, fixed}) => `| ${escaped(keys)} | ${escaped(doc)} | ${fixed ? '' : `\`${action}\``} |`,
      )
      return [`## ${title}`, '', '| key | | `keys` |', '|---|---|---|', ...lines].join('\n')
    })
    .join('\n\n')
}

function sectionsOf() {
  return keySections(bindingsOf({}).rows)
}

function row({keys, doc}) {
  return `| ${escaped(keys)} | ${escaped(doc)} |`
}

function escaped(text) {
  return text
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll('Ctrl+_', 'Ctrl+\\_')
    .replaceAll('Alt+_', 'Alt+\\_')
}
