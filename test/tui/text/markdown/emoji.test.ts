import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {emojiText, graphemes, textWidth} from '../../../../src/tui/text/width.js'
import {type Libraries, loadLibraries, plainReply} from '../../../helpers/drawn-chat.js'
import {hasTmux, Tmux} from '../../../helpers/tmux.js'
import {tellTried} from '../../../helpers/tried.js'

const codes = Array.from({length: 0x20000}, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
const matching = (pattern: RegExp, texts: readonly string[]) => texts.filter((text) => pattern.test(text))

const skins = ['\u{1f3fb}', '\u{1f3fd}', '\u{1f3ff}']
const letters = Array.from({length: 26}, (_, index) => String.fromCodePoint(0x1f1e6 + index))
const people = ['👨', '👩', '🧑', '👨🏽', '👩🏿', '🏃', '🏃🏻', '🏳️', '🏴', '❤️', '👁️', '🐻', '🐕']
const joined = ['💻', '🚀', '⚕️', '⚖️', '✈️', '♂️', '♀️', '🌈', '☠️', '🔥', '🗨️', '❄️', '🦺', '👩', '👩‍👧', '👩‍👧‍👦', '❤️‍👨']

/** Of each kind all that there are, but of those that are joined a choice. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  'emoji as pictures': matching(/^\p{Emoji_Presentation}$/u, codes),
  'text with a selector': matching(/^[^#*0-9]$/u, matching(/^\p{Emoji}$/u, codes)).map((text) => `${text}\ufe0f`),
  'pictures with a selector of text': matching(/^\p{Emoji_Presentation}$/u, codes).map((text) => `${text}\ufe0e`),
  'emoji as text': matching(/^\p{Emoji}$/u, codes),
  skins: matching(/^\p{Emoji_Modifier_Base}$/u, codes).flatMap((text) => skins.map((skin) => text + skin)),
  keycaps: [...'0123456789#*'].flatMap((key) => [`${key}\ufe0f\u20e3`, `${key}\u20e3`]),
  flags: matching(
    /^\p{RGI_Emoji_Flag_Sequence}$/v,
    letters.flatMap((one) => letters.map((two) => one + two)),
  ),
  joined: matching(
    /^\p{RGI_Emoji_ZWJ_Sequence}$/v,
    people.flatMap((one) => joined.map((two) => `${one}\u200d${two}`)),
  ),
  'flags of parts of countries': ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '🏴󠁧󠁢󠁷󠁬󠁳󠁿'],
}

describe('emoji', function () {
  this.timeout(60_000)

  it('are characters of one or two columns that no row breaks', async () => {
    const libraries: Libraries = await loadLibraries()
    let tried = 0
    for (const [kind, texts] of Object.entries(kinds)) {
      expect(texts, kind).to.not.have.length(0)
      for (const text of texts.filter((each) => !/^[#*]/.test(each)).slice(0, 20)) {
        tried++
        const rows = plainReply(libraries, `${text.repeat(30)}`, {columns: 20})
        expect(rows.flatMap(graphemes).length, `${kind} ${JSON.stringify(text)}`).to.equal(
          graphemes(text.repeat(30)).length,
        )
        for (const row of rows) expect(textWidth(row), kind).to.be.at.most(20)
      }
    }
    tellTried(tried, 'emoji in rows')
  })

  it('are counted as wide as tmux draws them', async function () {
    if (!hasTmux) this.skip()
    const folder = mkdtempSync(path.join(tmpdir(), 'hermes-emoji-'))
    const tmux = new Tmux({env: process.env as Record<string, string>, cwd: folder, columns: 80, rows: 24})
    try {
      const version = /[\d.]+[a-z]?/.exec(tmux.run('-V'))?.[0] ?? ''
      const shown = emojiText({TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: version})
      const texts = Object.values(kinds).flat().map(shown)
      const [from, to] = ['texts', 'columns'].map((name) => path.join(folder, `${name}.json`)) as [string, string]
      writeFileSync(from, JSON.stringify(texts))
      const script = fileURLToPath(new URL('../../../fixtures/measured-columns.mjs', import.meta.url))
      tmux.type(`${process.execPath} ${script} ${from} ${to}`)
      tmux.press('Enter')
      await tmux.waitFor(() => existsSync(to), 'the columns')
      const {columns, env} = JSON.parse(readFileSync(to, 'utf8'))
      expect(env, 'what tmux tells of itself').to.include({TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: version})
      const wrong = texts.flatMap((text, index) => {
        // Nothing at all is drawn of what is newer than the system's library.
        return columns[index] === 0 || textWidth(text) === columns[index]
          ? []
          : [`${text} ${escape(text)}: ${textWidth(text)}, drawn ${columns[index]}`]
      })
      expect(wrong.slice(0, 50), `${wrong.length} of ${texts.length}`).to.deep.equal([])
      const known = columns.filter((column: number) => column > 0).length
      expect(known).to.be.above(texts.length * 0.9)
      tellTried(known, 'emoji in tmux')
    } finally {
      tmux.close()
      rmSync(folder, {recursive: true, force: true})
    }
  })
})
