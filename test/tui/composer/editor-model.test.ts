import {expect} from 'chai'
import fc from 'fast-check'
import {type EditorAction, edit, emptyEditor} from '../../../src/tui/composer/editor.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'

/** The same edits, in the simplest way: characters of one unit in an array. */
class Model {
  chars: string[] = []
  at = 0
  kills: string[] = []
  past: {chars: string[]; at: number}[] = []
  future: {chars: string[]; at: number}[] = []
  last = ''
  yanked = {from: 0, kill: 0}

  act(action: string, text = ''): void {
    const before = {chars: [...this.chars], at: this.at}
    const {last} = this
    this.last = action
    const start = this.chars.lastIndexOf('\n', this.at - 1) + 1
    const lineStart = this.at === 0 ? 0 : start
    const found = this.chars.indexOf('\n', this.at)
    const lineEnd = found === -1 ? this.chars.length : found
    switch (action) {
      case 'paste':
        this.put(text)
        break
      case 'left':
        this.at = Math.max(0, this.at - 1)
        break
      case 'right':
        this.at = Math.min(this.chars.length, this.at + 1)
        break
      case 'line-start':
        this.at = lineStart
        break
      case 'line-end':
        this.at = lineEnd
        break
      case 'kill-to-end':
        this.cut(this.at, lineEnd === this.at ? Math.min(this.chars.length, this.at + 1) : lineEnd, last)
        break
      case 'kill-to-start':
        this.cut(lineStart === this.at ? Math.max(0, this.at - 1) : lineStart, this.at, last)
        break
      case 'yank':
        if (this.kills.length === 0) this.last = last === 'yank' ? 'yank' : last
        else {
          this.yanked = {from: this.at, kill: this.kills.length - 1}
          this.put(this.kills.at(-1) ?? '')
        }
        break
      case 'yank-pop':
        this.last = last
        if (last !== 'yank' && last !== 'yank-pop') return
        this.chars.splice(this.yanked.from, this.at - this.yanked.from)
        this.at = this.yanked.from
        this.yanked.kill = (this.yanked.kill - 1 + this.kills.length) % this.kills.length
        this.put(this.kills[this.yanked.kill] ?? '')
        this.last = 'yank-pop'
        // Undone together with the yank.
        this.future = []
        return
      case 'undo': {
        const to = this.past.pop()
        if (!to) {
          this.last = last
          return
        }
        this.future.push(before)
        Object.assign(this, {chars: [...to.chars], at: to.at})
        return
      }
      case 'redo': {
        const to = this.future.pop()
        if (!to) {
          this.last = last
          return
        }
        this.past.push(before)
        Object.assign(this, {chars: [...to.chars], at: to.at})
        return
      }
    }
    const same = before.chars.join('') === this.chars.join('')
    if (same && action.startsWith('kill')) this.last = last
    if (!same) {
      this.past.push(before)
      this.future = []
    }
  }

  put(text: string): void {
    this.chars.splice(this.at, 0, ...text)
    this.at += text.length
  }

  cut(from: number, to: number, last: string): void {
    const text = this.chars.splice(from, to - from).join('')
    if (text === '') return
    const joins = last.startsWith('kill') && this.kills.length > 0
    const newest = joins ? (this.kills.pop() ?? '') : ''
    this.kills.push(to === this.at && from < to ? text + newest : newest + text)
    this.at = from
  }
}

const text = fc.string({unit: fc.constantFrom('a', 'b', ' ', '\n'), minLength: 1, maxLength: 4})
const step = fc.oneof(
  text.map((typed) => ({type: 'paste' as const, text: typed})),
  fc.constantFrom(
    ...(
      [
        'left',
        'right',
        'line-start',
        'line-end',
        'kill-to-end',
        'kill-to-start',
        'yank',
        'yank-pop',
        'undo',
        'redo',
      ] as const
    ).map((type) => ({type})),
  ),
)

describe('edits of the draft beside a simple model', () => {
  it('are the same, whatever follows what', () => {
    let tried = 0
    fc.assert(
      fc.property(fc.array(step, {maxLength: 40}), (steps) => {
        const model = new Model()
        let editor = emptyEditor
        for (const action of steps) {
          tried++
          editor = edit(editor, action as EditorAction)
          model.act(action.type, 'text' in action ? action.text : '')
          const where = steps.map(({type}) => type).join(' ')
          expect(editor.text, where).to.equal(model.chars.join(''))
          expect(editor.cursor, where).to.equal(model.at)
          expect(editor.kills, where).to.deep.equal(model.kills.slice(-20))
        }
      }),
      {numRuns: runs(2000, 400)},
    )
    tellTried(tried, 'edits')
  })

  it('put what was cut before in the place of what was put back, also where characters join', () => {
    const kills = ['é', '\u0301x', '👩', '🇩']
    fc.assert(
      fc.property(
        fc.shuffledSubarray(kills, {minLength: 2}),
        fc.constantFrom('', 'e', '🇪', '\u0301'),
        fc.nat(5),
        (cut, after, pops) => {
          let editor = {...emptyEditor, kills: cut, text: after, cursor: 0}
          editor = edit(editor, {type: 'yank'}) as typeof editor
          for (let pop = 0; pop < pops; pop++) editor = edit(editor, {type: 'yank-pop'}) as typeof editor
          const kill = cut.at(-1 - (pops % cut.length))
          expect(editor.text).to.equal(`${kill}${after}`)
          expect(edit(editor, {type: 'undo'}).text).to.equal(after)
        },
      ),
    )
  })
})
