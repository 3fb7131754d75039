import {expect} from 'chai'
import fc from 'fast-check'
import {bindingsOf} from '../../../src/keys/bindings.js'
import {keySections} from '../../../src/keys/text.js'
import {helpSections} from '../../../src/tui/commands/help.js'
import {slashCommands} from '../../../src/tui/commands/registry.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {stripSgr, textWidth} from '../../../src/tui/text/wrap.js'
import {itemRows} from '../../../src/tui/transcript/draw-item.js'
import {hostileName} from '../../helpers/hostile/hostile-names.js'

const keys = keySections(bindingsOf({}).rows)
const all = (query?: string) => helpSections(slashCommands, keys, query)
const labels = (query?: string) => all(query).flatMap(({rows}) => rows.map(([label]) => label))

describe('/help', () => {
  it('tells each command once, in a group of its own kind', () => {
    const told = labels().filter((label) => /^\/[a-z]/.test(label) && label !== '//text')
    expect(told.map((label) => label.split(' ')[0]).sort()).to.deep.equal(
      slashCommands.map(({name}) => `/${name}`).sort(),
    )
    expect(all().map(({title}) => title)).not.to.include('Of plugins and of the gateway')
  })

  it('is searched by a word, a name that is like it, or a group', () => {
    expect(labels('/model')).to.include('/model [id or a part of it]')
    expect(labels('mdl')).to.deep.equal(['/model [id or a part of it]'])
    expect(labels('draft clear')).to.deep.equal(['Ctrl+C'])
    expect(all('sessions').map(({title}) => title)).to.include('Sessions')
    expect(all('xyzzy')).to.deep.equal([])
  })

  it('can be read at 40 columns, and shows what names hide', () => {
    const style = createStyle({TERM: 'dumb'})
    fc.assert(
      fc.property(hostileName, hostileName, fc.integer({min: 20, max: 90}), (name, summary, width) => {
        const sections = helpSections([...slashCommands, {name, aliases: [name], args: '', summary}], keys)
        const text = sections
          .flatMap(({rows}) => rows.map(([label, meaning]) => `${label.padEnd(22)}  ${meaning}`))
          .join('\n')
        const rows = itemRows({kind: 'output', text, id: 1}, undefined, {
          width,
          style,
          showReasoning: false,
          lexer: undefined,
        })
        for (const row of rows) {
          expect(textWidth(stripSgr(row))).to.be.at.most(width)
          expect(row).not.to.match(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u)
        }
      }),
    )
  })
})
