/** One of what may stand in the draft. */
export interface MenuChoice {
  /** As it is written; hostile names are made visible when it is drawn. */
  label: string
  detail: string
  /** What is put into the draft in place of what was typed of it. */
  insert: string
  /** More may follow at once, as behind a folder; else a blank does. */
  open?: boolean
  /** By what it is found besides its label. */
  also?: readonly string[]
}

/** The list below the draft, of what may stand in place of what is typed now. */
export interface Menu {
  kind: 'command' | 'argument' | 'path'
  /** Where in the draft stands what a choice replaces. */
  from: number
  to: number
  choices: readonly MenuChoice[]
  /** Index of the one that Enter takes; -1: none, Enter sends what is typed. */
  selected: number
}

export function moveMenu(menu: Menu, delta: 1 | -1): Menu {
  const count = menu.choices.length
  if (count === 0) return menu
  const from = menu.selected === -1 && delta === -1 ? 0 : menu.selected
  return {...menu, selected: (from + delta + count) % count}
}

/** The draft with a choice in it, and where the cursor stands then: behind it, in a quoted folder before the quote. */
export function withChoice(text: string, {from, to}: Menu, choice: MenuChoice): {text: string; cursor: number} {
  const rest = text.slice(to)
  const put = choice.insert + (choice.open || /^\s/.test(rest) ? '' : ' ')
  const end = from + put.length
  const inside = choice.open && put.endsWith('"')
  return {text: text.slice(0, from) + put + rest, cursor: inside ? end - 1 : end}
}
