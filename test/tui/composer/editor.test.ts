import {expect} from 'chai'
import fc from 'fast-check'
import {type Editor, type EditorAction, edit, editorOf, emptyEditor} from '../../../src/tui/composer/editor.js'
import {labelsIn} from '../../../src/tui/composer/label.js'
import {graphemes} from '../../../src/tui/text/wrap.js'
import {runs} from '../../helpers/sample.js'

function run(editor: Editor, ...actions: (EditorAction | EditorAction['type'])[]): Editor {
  return actions.reduce<Editor>(
    (state, action) => edit(state, typeof action === 'string' ? ({type: action} as EditorAction) : action),
    editor,
  )
}

/** The text with `|` where the cursor is. */
function shown({text, cursor}: Editor): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`
}

const insert = (text: string): EditorAction => ({type: 'insert', text})

const piece = fc.string({
  unit: fc.constantFrom('a', 'b', ' ', '\n', 'é', 'e\u0301', '日', '😀', '👩‍👩‍👧', '🇩🇪', '_', '.'),
  maxLength: 8,
})
const action: fc.Arbitrary<EditorAction> = fc.oneof(
  piece.map(insert),
  piece.map((text): EditorAction => ({type: 'paste', text})),
  fc.constantFrom(
    ...(
      [
        'left',
        'right',
        'word-left',
        'word-right',
        'line-start',
        'line-end',
        'start',
        'end',
        'backspace',
        'delete',
        'kill-word-left',
        'kill-word-right',
        'kill-space-left',
        'kill-to-start',
        'kill-to-end',
        'yank',
        'transpose',
        'undo',
        'redo',
      ] as const
    ).map((type) => ({type}) as EditorAction),
  ),
  fc.integer({min: -2, max: 40}).map((cursor): EditorAction => ({type: 'cursor', cursor})),
)

const label = '[Pasted text #1 · 5001 lines]'

describe('a label of a long text in a draft', () => {
  it('is passed over, deleted and brought back as a whole', () => {
    const editor = run(emptyEditor, insert('see '), {type: 'paste', text: label}, insert(' now'))
    const before = run(editor, 'word-left', 'left')
    expect(shown(before)).to.equal(`see ${label}| now`)
    expect(shown(run(before, 'left'))).to.equal(`see |${label} now`)
    for (const key of ['backspace', 'kill-space-left'] as const) {
      const gone = run(before, key)
      expect(shown(gone)).to.equal('see | now')
      expect(run(gone, 'undo').text).to.equal(editor.text)
    }
    expect(shown(run(before, 'left', 'delete'))).to.equal('see | now')
    expect(shown(run(before, 'kill-space-left', 'end', 'yank'))).to.equal(`see  now${label}|`)
  })

  it('never has the cursor in it, whatever happens', () => {
    const pasted = fc.constant<EditorAction>({type: 'paste', text: label})
    const actions = fc.array(fc.oneof({weight: 4, arbitrary: action}, {weight: 1, arbitrary: pasted}), {maxLength: 40})
    fc.assert(
      fc.property(actions, (all) => {
        let editor = emptyEditor
        for (const one of all) {
          editor = edit(editor, one)
          for (const {start, end} of labelsIn(editor.text)) {
            expect(editor.cursor > start && editor.cursor < end).to.equal(false)
          }
          // Each is there as a whole or not at all.
          expect(editor.text.replaceAll(label, '')).not.to.include('Pasted')
        }
      }),
      {numRuns: runs(1000, 200)},
    )
  })
})

describe('edit', () => {
  it('keeps the cursor in the text and between graphemes, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(action, {maxLength: 30}), (actions) => {
        for (let editor = emptyEditor, index = 0; index < actions.length; index++) {
          editor = edit(editor, actions[index] as EditorAction)
          expect(editor.cursor).to.be.within(0, editor.text.length)
          const boundaries = new Set([0])
          let at = 0
          // A newline is a boundary on both sides.
          for (const part of editor.text.split(/(\n)/).flatMap(graphemes)) {
            at += part.length
            boundaries.add(at)
          }
          expect(boundaries.has(editor.cursor), JSON.stringify(shown(editor))).to.equal(true)
        }
      }),
    )
  })

  it('undoes every change back to the beginning', () => {
    fc.assert(
      fc.property(fc.array(action, {maxLength: 20}), (actions) => {
        let editor = run(editorOf('start'), ...actions.filter(({type}) => type !== 'undo'))
        while (editor.undo.length > 0) editor = run(editor, 'undo')
        expect(editor.text).to.equal('start')
      }),
    )
  })

  it('puts back what was killed', () => {
    fc.assert(
      fc.property(piece, piece, (before, after) => {
        const editor = run(emptyEditor, insert(before + after), {type: 'cursor', cursor: before.length})
        for (const kill of ['kill-to-end', 'kill-to-start', 'kill-space-left', 'kill-word-left'] as const) {
          const killed = run(editor, kill)
          if (killed.text === editor.text) continue
          expect(run(killed, 'yank').text).to.equal(editor.text)
        }
      }),
    )
  })

  it('moves over and deletes an emoji of several code points at once', () => {
    const editor = editorOf('a👩‍👩‍👧b')
    expect(shown(run(editor, 'left', 'left'))).to.equal('a|👩‍👩‍👧b')
    expect(shown(run(editor, 'left', 'backspace'))).to.equal('a|b')
    expect(shown(run(editor, 'start', 'right', 'delete'))).to.equal('a|b')
  })

  it('moves by words like a shell', () => {
    const editor = editorOf('git commit --amend')
    expect(shown(run(editor, 'word-left'))).to.equal('git commit --|amend')
    expect(shown(run(editor, 'word-left', 'word-left'))).to.equal('git |commit --amend')
    expect(shown(run(editor, 'start', 'word-right'))).to.equal('git| commit --amend')
    expect(run(editor, 'kill-space-left').text).to.equal('git commit ')
    expect(run(editor, 'kill-word-left').text).to.equal('git commit --')
  })

  it('joins kills that follow each other, in the order of the text', () => {
    const editor = run(editorOf('one two three'), 'kill-space-left', 'kill-space-left', 'yank')
    expect(editor.text).to.equal('one two three')
    expect(editor.kills).to.deep.equal(['two three'])
  })

  it('kills the line end itself when nothing is left of the line', () => {
    expect(shown(run(editorOf('a\nb'), 'start', 'line-end', 'kill-to-end'))).to.equal('a|b')
  })

  it('swaps the two characters around the cursor', () => {
    expect(shown(run(editorOf('ab'), 'transpose'))).to.equal('ba|')
    expect(shown(run(editorOf('abc'), 'start', 'right', 'transpose'))).to.equal('ba|c')
  })

  /** Every text that undo goes back to, and the one now. */
  function history(editor: Editor): string[] {
    const texts = [editor.text]
    for (let at = editor; at.undo.length > 0; texts.unshift(at.text)) at = run(at, 'undo')
    return texts
  }

  it('undoes typing word by word, however it came in', () => {
    const typing = fc.array(fc.string({unit: fc.constantFrom('a', 'b', 'é', '日', ' ', '\n', '.'), maxLength: 7}))
    fc.assert(
      fc.property(typing, (chunks) => {
        const text = chunks.join('')
        const begins = [...text.matchAll(/(?<=\s)\S/g)].map(({index}) => text.slice(0, index))
        const expected = text === '' ? [''] : ['', ...begins, text]
        expect(history(run(emptyEditor, ...chunks.map(insert)))).to.deep.equal(expected)
      }),
      {numRuns: runs(500, 100)},
    )
  })

  it('undoes typing from pause to pause where there are no spaces', () => {
    const typed = (text: string, at: number): EditorAction => ({type: 'insert', text, at})
    const editor = run(emptyEditor, typed('日', 5000), typed('本', 5400), typed('語', 6400), typed('で', 7399))
    expect(history(editor)).to.deep.equal(['', '日本', '日本語で'])
  })

  it('undoes a paste at once, whatever was typed around it', () => {
    const editor = run(emptyEditor, insert('see '), {type: 'paste', text: 'one two\nthree'}, insert('!'))
    expect(history(editor)).to.deep.equal(['', 'see ', 'see one two\nthree', 'see one two\nthree!'])
  })

  it('undoes erasing word by word', () => {
    const editor = run(editorOf('one two three'), ...Array.from({length: 9}, () => 'backspace' as const))
    expect(history(editor)).to.deep.equal(['one two three', 'one two ', 'one '])
  })

  it('takes back and brings again, as a list of texts with a place in it does', () => {
    fc.assert(
      fc.property(fc.array(action, {maxLength: 40}), (actions) => {
        let editor = editorOf('start')
        let past: string[] = []
        let future: string[] = []
        for (const each of actions) {
          const before = editor
          editor = edit(editor, each)
          if (each.type === 'undo' && past.length > 0) {
            future = [before.text, ...future]
            expect(editor.text).to.equal(past.at(-1))
            past = past.slice(0, -1)
          } else if (each.type === 'redo' && future.length > 0) {
            past = [...past, before.text]
            expect(editor.text).to.equal(future[0])
            future = future.slice(1)
          } else if (each.type !== 'undo' && each.type !== 'redo' && editor.undo !== before.undo) {
            future = []
            // A change of several words is several.
            past = history(editor).slice(0, -1)
          } else if (editor.text !== before.text) future = []
          expect([...past, editor.text]).to.deep.equal(history(editor))
          expect(editor.redo.map(({text}) => text).toReversed()).to.deep.equal(future)
        }
      }),
      {numRuns: runs(500, 100)},
    )
  })

  it('goes back to no text before the one that was loaded', () => {
    fc.assert(
      fc.property(fc.array(action), piece, fc.array(action), (before, text, after) => {
        const loaded = run(emptyEditor, ...before, {type: 'load', text})
        expect(run(loaded, 'undo').text).to.equal(text)
        expect(run(loaded, 'redo').text).to.equal(text)
        expect(history(run(loaded, ...after))[0]).to.equal(text)
      }),
    )
  })
})
