import {expect} from 'chai'
import fc from 'fast-check'
import {asksBackground, backgroundIn, backgroundOfEnv} from '../../../../src/tui/text/theme/background.js'
import {contrast, type Hex, hexOf, nearestOfPalette, ofPalette, rgbOf} from '../../../../src/tui/text/theme/colour.js'
import {colourLevel} from '../../../../src/tui/text/theme/level.js'
import {Look} from '../../../../src/tui/text/theme/look.js'
import {roles, themeNames, themes} from '../../../../src/tui/text/theme/themes.js'
import {runs} from '../../../helpers/sample.js'

const anyHex: fc.Arbitrary<Hex> = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map(hexOf)

describe('colourLevel', () => {
  it('follows what the terminal says of itself', () => {
    for (const [env, level] of [
      [{TERM: 'xterm'}, 1],
      [{TERM: 'linux'}, 1],
      [{}, 1],
      [{TERM: 'xterm-256color'}, 2],
      [{TERM: 'tmux-256color'}, 2],
      [{TERM: 'xterm', COLORTERM: 'truecolor'}, 3],
      [{TERM: 'xterm', COLORTERM: '24bit'}, 3],
      [{TERM: 'xterm-kitty'}, 3],
      [{TERM: 'xterm-direct'}, 3],
      [{TERM: 'xterm-256color', TERM_PROGRAM: 'Apple_Terminal'}, 2],
      [{TERM: 'xterm-256color', WT_SESSION: 'x'}, 3],
      [{TERM: 'xterm-256color', NO_COLOR: '1', COLORTERM: 'truecolor'}, 0],
      [{TERM: 'xterm-256color', NO_COLOR: ''}, 2],
      [{TERM: 'dumb', COLORTERM: 'truecolor', FORCE_COLOR: '3'}, 0],
      [{TERM: 'xterm', FORCE_COLOR: '3'}, 3],
      [{TERM: 'xterm-256color', COLORTERM: 'truecolor', FORCE_COLOR: '1'}, 1],
      [{TERM: 'xterm-256color', FORCE_COLOR: '0'}, 0],
      [{TERM: 'xterm-256color', FORCE_COLOR: '2', NO_COLOR: '1'}, 2],
    ] as const) {
      expect(colourLevel(env as NodeJS.ProcessEnv), JSON.stringify(env)).to.equal(level)
    }
  })

  it('never writes a colour that the terminal has not', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for.
    const sequence = /\x1b\[(?:(\d+)m|[34]8;(\d);)/g
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 2, 3), fc.constantFrom(...themeNames), anyHex, (level, theme, background) => {
        const look = new Look({TERM: 'xterm', FORCE_COLOR: String(level)})
        look.choose(theme)
        look.learn(background)
        const {style} = look
        const paints = [style.error, style.dim, style.edge, style.heading[0], style.code.keyword, style.code.comment]
        const text = [...paints.map((paint) => paint('x')), ...style.prompt(['› x'], 80)].join('')
        const kinds = new Set<string>()
        for (const [, plain, more] of text.matchAll(sequence)) {
          if (more !== undefined) kinds.add(more === '2' ? 'any' : '256')
          else if (Number(plain) >= 30 && Number(plain) !== 39 && Number(plain) !== 49) kinds.add('16')
        }
        const most = {0: [], 1: ['16'], 2: ['16', '256'], 3: ['16', 'any']}[level as 0 | 1 | 2 | 3]
        for (const kind of kinds) expect(most, `${theme} at ${level}: ${JSON.stringify(text)}`).to.include(kind)
      }),
    )
  })
})

describe('the background of the terminal', () => {
  it('is read from every form of the answer', () => {
    fc.assert(
      fc.property(anyHex, fc.constantFrom(2, 3, 4), (hex, digits) => {
        const part = (value: number) =>
          Math.round((value / 255) * (16 ** digits - 1))
            .toString(16)
            .padStart(digits, '0')
        const rgb = rgbOf(hex).map(part).join('/')
        expect(backgroundIn(`11;rgb:${rgb}`)).to.equal(hex)
        expect(backgroundIn(`11;rgba:${rgb.toUpperCase()}/ffff`)).to.equal(hex)
        expect(backgroundIn(`11;${hex}`)).to.equal(hex)
      }),
    )
    expect(backgroundIn('11;rgb:f/0/8')).to.equal('#ff0088')
    for (const text of ['10;rgb:1/2/3', '11;?', '11;rgb:1/2', '11;rgb:12345/0/0', '11;#12345', '', '11;rgb:x/0/0']) {
      expect(backgroundIn(text), text).to.equal(undefined)
    }
  })

  it('is dark or light by COLORFGBG', () => {
    for (const [value, hex] of [
      ['15;0', '#000000'],
      ['0;15', '#ffffff'],
      ['0;default;15', '#ffffff'],
      ['7;8', '#000000'],
      ['0;7', '#ffffff'],
      ['default;default', undefined],
      ['15;99', undefined],
      ['', undefined],
    ] as const) {
      expect(backgroundOfEnv({COLORFGBG: value}), value).to.equal(hex)
    }
  })

  it('is not asked for where it would change nothing, or might be printed', () => {
    expect(asksBackground({TERM: 'xterm-256color'}, 2)).to.equal(true)
    expect(asksBackground({TERM: 'tmux-256color'}, 3)).to.equal(true)
    for (const term of ['linux', 'vt100', 'screen']) expect(asksBackground({TERM: term}, 2), term).to.equal(false)
    expect(asksBackground({TERM: 'xterm'}, 1)).to.equal(false)
  })
})

describe('Look', () => {
  const env = {TERM: 'xterm', COLORTERM: 'truecolor'}

  it('chooses colours that can be read on any background that it learns', () => {
    fc.assert(
      fc.property(anyHex, fc.constantFrom('auto', 'high-contrast'), (background, theme) => {
        const look = new Look(env)
        look.choose(theme)
        look.learn(background)
        for (const role of roles) {
          const colour = themes[look.palette].colours[role]
          if (typeof colour !== 'string' || role === 'edge') continue
          expect(contrast(colour, background)).to.be.at.least(theme === 'auto' ? 4.5 : 7)
        }
      }),
      {numRuns: runs(500, 100)},
    )
  })

  it('begins with the colours of the terminal, and takes the answer over when it comes', () => {
    const look = new Look(env)
    const first = look.style
    expect(look.palette).to.equal('sixteen')
    look.learn('#1e1e2e')
    expect(look.palette).to.equal('dark')
    expect(look.style).not.to.equal(first)
    const dark = look.style
    look.learn('#1e1e2e')
    expect(look.style, 'the same again').to.equal(dark)
    look.learn('#ffffff')
    expect(look.palette).to.equal('light')
  })

  it('believes the environment until the terminal answers', () => {
    const look = new Look({...env, COLORFGBG: '0;15'})
    expect(look.palette).to.equal('light')
    look.learn('#000000')
    expect(look.palette).to.equal('dark')
  })

  it('does what the person chose, whatever the background is', () => {
    for (const theme of ['dark', 'light'] as const) {
      const look = new Look(env)
      look.choose(theme)
      look.learn(theme === 'dark' ? '#ffffff' : '#000000')
      expect(look.palette).to.equal(theme)
    }
    const look = new Look(env)
    look.choose('16')
    look.learn('#000000')
    expect(look.palette).to.equal('sixteen')
  })

  it('has no colours under NO_COLOR whatever is chosen, and keeps weights', () => {
    for (const theme of themeNames) {
      const look = new Look({...env, NO_COLOR: '1'})
      look.choose(theme)
      look.learn('#000000')
      expect(look.style.color).to.equal(false)
      expect(look.style.error('x')).to.equal('x')
      expect(look.style.bold('x')).to.equal('\x1b[1mx\x1b[22m')
    }
  })

  it('takes the nearest colour of 256', () => {
    fc.assert(
      fc.property(fc.integer({min: 16, max: 255}), (index) => {
        expect(ofPalette(nearestOfPalette(ofPalette(index)))).to.equal(ofPalette(index))
      }),
    )
  })
})
