import {globSync, readFileSync} from 'node:fs'
import {expect} from 'chai'
import ts from 'typescript'
import {shownKeys} from '../../src/keys/spelling.js'
import {type KeyContext, keyTable} from '../../src/keys/table.js'
import {root} from '../helpers/build.js'
import {tellTried} from '../helpers/tried.js'

/** Where a source speaks of keys that count in one place alone; the last that fits. */
const places: readonly [file: RegExp, contexts: readonly KeyContext[]][] = [
  [/./, ['always', 'composer', 'turn', 'empty', 'announced', 'search', 'list', 'queue']],
  [/tui\/(?:screen\/menu|commands\/help)\.ts/, ['menu']],
  [/tui\/screen\/question/, ['question', 'answer', 'announced', 'always']],
  [/tui\/session-list\//, ['sessions', 'list']],
  [/tui\/pager\//, ['pager']],
]

/** Keys of a terminal's own line, in a mode without any other, and of consoles; characters of HTML. */
const others: readonly [file: RegExp, keys: readonly string[]][] = [
  [/tui\/linear\//, ['Ctrl+C', 'Ctrl+D']],
  [/markdown\/entities\.ts/, ['↑', '↓']],
  [/death\/windows-status\.ts/, ['Ctrl+C', 'Ctrl+Break']],
]

const named = /(?:(?:Ctrl|Alt|Shift)\+)+(?:\w+|[_<>])|\^[A-Z]\b|[↑↓]/gu

/** All that is written between quotes. */
function textsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
  const texts: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      texts.push(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return texts
}

describe('texts of the program', () => {
  it('name no key that a person may have bound anew: those come from the table', () => {
    let count = 0
    for (const file of globSync('src/**/*.{ts,tsx}', {cwd: root, exclude: ['src/keys/**']})) {
      const contexts = places.findLast(([pattern]) => pattern.test(file))?.[1] ?? []
      const fixed = keyTable.filter((row) => row.fixed && contexts.includes(row.context))
      const mine = others.find(([pattern]) => pattern.test(file))?.[1]
      const may = new Set(mine ?? fixed.flatMap(({keys}) => keys.flatMap((all) => all.split(' ').map(shownKeys))))
      for (const text of textsOf(`${root}/${file}`)) {
        for (const [key] of text.matchAll(named)) {
          count++
          expect(may.has(key.replace('^', 'Ctrl+')), `${file} names ${key} in "${text}"`).to.equal(true)
        }
      }
    }
    expect(count).to.be.above(20)
    tellTried(count, 'keys that are named')
  })
})
