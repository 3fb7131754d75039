import {expect} from 'chai'
import fc from 'fast-check'
import {bindingsOf, collide, findAction, meet} from '../../src/keys/bindings.js'
import {checkOwnKeys} from '../../src/keys/own-keys.js'
import {type KeyContext, type KeyState, keyTable, layers} from '../../src/keys/table.js'
import {runs} from '../helpers/sample.js'
import {tellTried} from '../helpers/tried.js'
import {pressed} from './press.js'

const free = keyTable.filter(({fixed}) => !fixed)
const key = fc
  .tuple(
    fc.subarray(['ctrl', 'alt', 'shift']),
    fc.constantFrom('a', 'g', 'x', 'q', 'up', 'enter', 'tab', 'delete', 'c', ','),
  )
  .map(([held, name]) => [...held, name].join('+'))
const keys = fc.array(key, {minLength: 1, maxLength: 2}).map((all) => all.join(' '))
const own = fc.dictionary(fc.constantFrom(...free.map(({action}) => action)), fc.array(keys, {maxLength: 2}), {
  maxKeys: 4,
})

const wrong = (raw: unknown) => {
  const checked = checkOwnKeys(raw)
  return 'complaints' in checked ? checked.complaints.map(({path, expected}) => `${path.join('.')}: ${expected}`) : []
}

describe('keys of one’s own', () => {
  it('do what they are bound to in each state, and nobody else has them; or it is told why not', () => {
    let taken = 0
    fc.assert(
      fc.property(own, (raw) => {
        const checked = checkOwnKeys(raw)
        if ('complaints' in checked) {
          for (const {expected} of checked.complaints) expect(expected).to.match(/^(?:another|a key|ctrl or alt)/)
          return
        }
        taken++
        const bindings = bindingsOf(checked.value)
        for (const [action, all] of Object.entries(checked.value)) {
          const row = keyTable.find((one) => one.action === action)
          if (!row) throw new Error(action)
          for (const state of Object.keys(layers) as KeyState[]) {
            if (!(layers[state] as readonly KeyContext[]).includes(row.context)) continue
            for (const one of all) {
              let begun = ''
              let found: ReturnType<typeof findAction>
              for (const part of one.split(' ')) {
                found = findAction(bindings, state, pressed(part), begun)
                begun = found && 'begun' in found ? found.begun : ''
              }
              expect(found, `${state}: ${one}`).to.deep.equal({action})
            }
          }
          for (const other of bindings.rows) {
            if (other.action === action || !meet(other.context, row.context)) continue
            for (const one of other.keys)
              for (const mine of all) expect(collide(one, mine), `${one}, ${mine}`).to.equal(false)
          }
        }
      }),
      {numRuns: runs(500, 100)},
    )
    tellTried(taken, 'sets of keys taken')
    expect(taken).to.be.above(runs(200, 25))
  })

  it('are refused with the place, and with what is there instead', () => {
    expect(wrong('ctrl+g')).to.deep.equal([': lists of keys by action, such as editor: [ctrl+g]'])
    expect(wrong({edito: ['ctrl+g']})[0]).to.match(/^edito: one of the actions .*; did you mean "editor"\?$/)
    expect(wrong({send: ['ctrl+g']})).to.deep.equal(['send: another action: this one keeps its keys'])
    expect(wrong({editor: ['ctrl-g']})[0]).to.match(/^editor\.0: a character or one of enter, /)
    expect(wrong({editor: ['strg+g']})).to.deep.equal(['editor.0: ctrl, alt or shift before the +'])
    expect(wrong({editor: 7})[0]).to.include('a list of keys')
    expect(wrong({editor: ['e']})).to.deep.equal(['editor.0: a key that types nothing, such as alt+e'])
    expect(wrong({editor: ['shift+e']})[0]).to.include('shift alone types it')
    expect(wrong({editor: ['ctrl+c']})[0]).to.match(/^editor\.0: another key: Ctrl\+C .* \(cancel\), always$/)
    expect(wrong({editor: ['esc']})[0]).to.match(/^editor\.0: another key: Esc /)
    expect(wrong({editor: ['alt+e'], queue: ['Alt+E']})).to.deep.equal([
      'queue.0: another key: Alt+E is bound to editor too',
    ])
    expect(wrong({editor: ['alt+e'], queue: ['alt+e x']})[0]).to.match(/^queue\.0:/)
    expect(wrong({'queue-remove': ['r'], editor: 'alt+e', complete: []})).to.deep.equal([])
  })
})
