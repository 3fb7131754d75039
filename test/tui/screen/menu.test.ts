import {expect} from 'chai'
import fc from 'fast-check'
import {slashCommands} from '../../../src/tui/commands/registry.js'
import type {Menu} from '../../../src/tui/completion/menu.js'
import {MENU_ROWS, menuRows} from '../../../src/tui/screen/menu.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {stripSgr, textWidth} from '../../../src/tui/text/wrap.js'
import {hostileName} from '../../helpers/hostile/hostile-names.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'

const style = createStyle({TERM: 'dumb'})

const drawn = (menu: Menu, columns: number, room: number) =>
  menuRows(menu, {columns, style}, room).map((row) => stripSgr(row))

describe('the list below the draft', () => {
  it('has the chosen one in it, in its width and room, and shows what names hide', () => {
    let tried = 0
    const names = fc.array(fc.tuple(hostileName, hostileName), {minLength: 1, maxLength: 30})
    const kinds = fc.constantFrom<Menu['kind']>('command', 'argument', 'path')
    fc.assert(
      fc.property(
        names,
        kinds,
        fc.nat(30),
        fc.integer({min: 20, max: 120}),
        fc.integer({min: 1, max: 12}),
        (list, kind, at, columns, room) => {
          tried++
          const choices = list.map(([label, detail]) => ({label, detail, insert: label}))
          const selected = (at % (choices.length + 1)) - 1
          const rows = drawn({kind, from: 0, to: 1, choices, selected}, columns, room)
          expect(rows.length).to.be.within(1, Math.min(room, MENU_ROWS))
          expect(rows.filter((row) => row.startsWith('❯'))).to.have.lengthOf(selected === -1 ? 0 : 1)
          for (const row of rows) {
            expect(textWidth(row)).to.be.at.most(columns)
            expect(row).not.to.match(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u)
          }
        },
      ),
      {numRuns: runs(500, 100)},
    )
    tellTried(tried, 'lists')
  })

  it('can be read at 40 columns: what a row cuts of the chosen one stands below', () => {
    const choices = slashCommands.map(({name, summary}) => ({label: `/${name}`, detail: summary, insert: `/${name}`}))
    for (const [selected, {label, detail}] of choices.entries()) {
      const rows = drawn({kind: 'command', from: 0, to: 1, choices, selected}, 40, 8)
      const text = rows.map((row) => row.trim()).join(' ')
      expect(text).to.include(label)
      expect(text.replace(/\s+/g, ' ')).to.include(detail)
    }
  })
})
