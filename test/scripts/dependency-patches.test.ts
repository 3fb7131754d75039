import {readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import stringWidth from 'string-width'
import {alone, narrow} from '../../scripts/dependency-patches.js'
import {ensureBuilt, root} from '../helpers/build.js'

describe('the patches of dependencies', () => {
  it('take only characters for narrow that are one column wide', () => {
    const one = new RegExp(`^[${narrow}]$`)
    for (let code = 0; code <= 0xffff; code++) {
      const character = String.fromCharCode(code)
      if (one.test(character)) expect(stringWidth(`${character}.`), `U+${code.toString(16)}`).to.equal(2)
    }
  })

  it('take none that changes with what follows', () => {
    const one = new RegExp(`^[${narrow}]$`)
    expect(
      ['\u0301', '\u200D', '\uFE0F', '\u20E3', '\u00AD', '©', '▶', '中', 'ﾞ'].filter((each) => one.test(each)),
    ).to.deep.equal([])
  })

  it('take for units of their own only what a segmenter takes for that, in any order', () => {
    const segmenter = new Intl.Segmenter(undefined, {granularity: 'grapheme'})
    const one = new RegExp(alone)
    const units = Array.from({length: 0x10000}, (_, code) => String.fromCharCode(code)).filter((unit) => one.test(unit))
    expect(units).to.include.members(['\u001B', '\u0007', 'a', '●']).and.not.include('\r')
    // Each beside each kind: a break depends on the two around it alone, without marks that join.
    for (const beside of ['\u001B', '\n', 'a', '1', 'Ç', '│', '●', '\uE000']) {
      const text = units.map((unit) => beside + unit).join('')
      expect([...segmenter.segment(text)].length).to.equal(text.length)
    }
  })

  it('are in the bundle', async () => {
    await ensureBuilt()
    const chunks = path.join(root, 'dist', 'chunks')
    const bundle = readdirSync(chunks)
      .filter((name) => name.endsWith('.js'))
      .map((name) => readFileSync(path.join(chunks, name), 'utf8'))
      .join('\n')
    expect(bundle).to.match(/segmenterMade\s*\?\?=\s*new Intl\.Segmenter/)
    expect(bundle).to.not.match(/(?:^|[;}])\s*(?:var|let|const) segmenter\s*=\s*new Intl\.Segmenter/m)
  })

  it('leave short names in the text of React’s reconciler', async () => {
    await ensureBuilt()
    const file = filesOfChat().find(({text}) => text.includes('require_react_reconciler_production'))
    expect(file?.text).to.match(/module\.exports=function\(\w{1,2}\)/)
    expect(file?.text).to.not.include('$$$config')
  })

  it('leave the grammar of Markdown made while expressions are made late', async () => {
    await ensureBuilt()
    const text = filesOfChat().find(({name}) => name.startsWith('marked-'))?.text ?? ''
    const [late, made, asEver] = ['lateRegexps(!0)', '.getRegex()', 'lateRegexps(!1)'].map((one) =>
      text.lastIndexOf(one),
    )
    expect([late, made, asEver])
      .to.deep.equal([late, made, asEver].sort((a = 0, b = 0) => a - b))
      .and.not.include(-1)
  })

  it('leave a chat no file that malloc would keep twice as much for', async () => {
    await ensureBuilt()
    const large = filesOfChat().filter(({text}) => text.length > 260_000)
    expect(large.map(({name, text}) => `${name}: ${text.length}`)).to.deep.equal([])
  })
})

/** What a chat on a terminal loads before its first reply ends. */
function filesOfChat(): {name: string; text: string}[] {
  const found = new Map<string, string>()
  const follow = (file: string) => {
    if (found.has(file)) return
    const text = readFileSync(file, 'utf8')
    found.set(file, text)
    const once = [...text.matchAll(/(?:from|import)\s*["'](\.[^"']+\.js)["']/g)]
    const late = [...text.matchAll(/import\(["'](\.[^"']*\/(?:chat|screen|mount|marked)-[^"']+\.js)["']\)/g)]
    for (const [, next] of [...once, ...late]) follow(path.resolve(path.dirname(file), next ?? ''))
  }
  for (const file of ['cli.js', 'commands/chat.js']) follow(path.join(root, 'dist', file))
  expect([...found.keys()].some((file) => file.includes('mount-'))).to.equal(true)
  return [...found].map(([file, text]) => ({name: path.basename(file), text}))
}
