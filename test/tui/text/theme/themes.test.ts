import {readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import fc from 'fast-check'
import {settingOf} from '../../../../src/config/index.js'
import {
  contrast,
  type Hex,
  hexOf,
  luminance,
  mixed,
  nearestOfPalette,
  ofPalette,
} from '../../../../src/tui/text/theme/colour.js'
import {type Colour, roles, themeNames, themes} from '../../../../src/tui/text/theme/themes.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'

const painted = ['dark', 'light', 'highContrastDark', 'highContrastLight'] as const

/** What a terminal shows of it. */
const shown = (colour: Colour, level: 2 | 3): Hex => {
  if (typeof colour === 'number') throw new Error('the terminal decides')
  return level === 3 ? colour : ofPalette(nearestOfPalette(colour))
}

/** Backgrounds that a theme is made for, the hardest among them. */
const backgroundsOf = (name: (typeof painted)[number]): fc.Arbitrary<Hex> => {
  const {hardest = '#000000'} = themes[name]
  const dark = luminance(hardest) < 0.2
  const end: Hex = dark ? '#000000' : '#ffffff'
  const within = (hex: Hex) => (dark ? luminance(hex) <= luminance(hardest) : luminance(hex) >= luminance(hardest))
  return fc.oneof(
    fc.constantFrom(hardest, end),
    fc.integer({min: 0, max: 100}).map((share) => mixed(hardest, end, share / 100)),
    fc
      .tuple(fc.nat(255), fc.nat(255), fc.nat(255))
      .map((rgb) => mixed(end, hexOf(rgb), 0.25))
      .filter(within),
  )
}

describe('themes', () => {
  it('can be read on every background that they are made for, in all colours and in 256', () => {
    let tried = 0
    for (const name of painted) {
      const {colours, tint} = themes[name]
      const least = name.startsWith('high') ? 7 : 4.5
      fc.assert(
        fc.property(backgroundsOf(name), fc.constantFrom<2 | 3>(2, 3), (background, level) => {
          for (const role of roles) {
            const colour = colours[role]
            expect(colour, `${name} has no ${role}`).to.be.a('string')
            if (colour === undefined) continue
            tried++
            // A line is no text.
            const enough = role === 'edge' ? least / 2 : least
            const ratio = contrast(shown(colour, level), background)
            expect(ratio, `${name} ${role} ${shown(colour, level)} on ${background}`).to.be.at.least(enough)
          }
          if (!tint) throw new Error(`${name} has no tint`)
          for (const behind of [mixed(background, tint.towards, tint.share), tint.fallback]) {
            tried++
            const ratio = contrast(shown(tint.text, level), shown(behind, level))
            expect(ratio, `${name} prompt on ${behind}, from ${background}`).to.be.at.least(least)
          }
        }),
        {numRuns: runs(300, 60)},
      )
    }
    tellTried(tried, 'pairs of colours')
  })

  it('tell what was added from what was removed, and an error from what is well', () => {
    for (const name of painted) {
      const {colours} = themes[name]
      for (const [one, other] of [
        ['addition', 'deletion'],
        ['good', 'error'],
        ['warning', 'error'],
        ['keyword', 'string'],
      ] as const) {
        expect(colours[one], `${name}: ${one} and ${other}`).not.to.equal(colours[other])
      }
    }
  })

  it('of sixteen colours name those that every terminal has', () => {
    for (const colour of Object.values(themes.sixteen.colours)) expect(colour).to.be.within(30, 37)
  })

  it('are those that the configuration offers', () => {
    expect(settingOf('ui.theme')).to.deep.include({choices: [...themeNames], default: 'auto'})
  })

  it('are the only place that names a colour', () => {
    const folder = fileURLToPath(new URL('../../../../src/tui', import.meta.url))
    const table = path.join('text', 'theme', 'themes.ts')
    const files = readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter((name) => /\.tsx?$/.test(name))
    expect(files).to.include(table)
    const raw =
      /#[\da-f]{6}\b|\\x1b\[[\d;]*(?:3[0-7]|4[0-7]|9[0-7]|10[0-7])(?:;[\d;]*)?m|style\.(?:red|green|yellow|blue|magenta|cyan)\b/i
    for (const name of files) {
      if (name === table) continue
      // Black and white are what a terminal tells of itself by a number.
      const text = readFileSync(path.join(folder, name), 'utf8').replaceAll(/'#(?:000000|ffffff)'/g, '')
      expect(raw.exec(text)?.[0], name).to.equal(undefined)
    }
  })
})
