import {expect} from 'chai'
import {bindingsOf} from '../../../src/keys/bindings.js'
import {firstKey} from '../../../src/keys/text.js'
import type {ScreenOptions} from '../../../src/tui/screen/part.js'
import {announcementRow} from '../../../src/tui/screen/question.js'
import {searchPart} from '../../../src/tui/screen/search-part.js'
import {createStyle} from '../../../src/tui/text/style.js'

const screen = {
  columns: 120,
  rows: 20,
  style: createStyle({TERM: 'dumb'}),
  crashLog: '',
  found: undefined,
  now: 0,
  tick: 0,
}

describe('hints of keys', () => {
  /** Rows that name a key, by the action that it is of. */
  const hints: readonly [action: string, usual: string, rows: (options: ScreenOptions) => string][] = [
    ['search-older', 'Ctrl+R', (options) => search(options)],
    ['search-newer', 'Ctrl+S', (options) => search(options)],
    ['unfold', 'Ctrl+O', (options) => announcementRow(scene, options)],
  ]
  const search = (options: ScreenOptions) =>
    searchPart({query: '', forward: false, failed: false} as Parameters<typeof searchPart>[0], options).rows.join('\n')
  const scene = {question: {title: 'May I?'}, asking: {phase: 'waits'}} as unknown as Parameters<
    typeof announcementRow
  >[0]

  for (const [action, usual, rows] of hints) {
    it(`name the key of ${action} that a person has bound, and none where there is none`, () => {
      const bound = (keys: string[]) => {
        const {rows: all} = bindingsOf({[action]: keys})
        return rows({...screen, key: (one) => firstKey(all, one)})
      }
      expect(rows(screen)).to.include(usual)
      expect(bound(['alt+x']))
        .to.include('Alt+X')
        .and.not.include(usual)
      expect(bound([])).to.not.include(usual)
      expect(bound([])).to.not.include('undefined')
    })
  }
})
