import {createStyle, type Style} from '../style.js'
import {backgroundOfEnv} from './background.js'
import {type Hex, luminance} from './colour.js'
import {type ColourLevel, colourLevel} from './level.js'
import {type Palette, type ThemeName, themes} from './themes.js'

/** How everything is painted from now on: by what the person chose and what is known of the terminal. */
export class Look {
  readonly level: ColourLevel
  readonly #env: NodeJS.ProcessEnv
  #chosen: ThemeName = 'auto'
  /** What the terminal answered; else what its environment says. */
  #background: Hex | undefined
  #answered: Hex | undefined
  #style: Style

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
    this.level = colourLevel(env)
    this.#background = backgroundOfEnv(env)
    this.#style = this.#create()
  }

  /** Another object whenever something is painted otherwise. */
  get style(): Style {
    return this.#style
  }

  get chosen(): ThemeName {
    return this.#chosen
  }

  /** What is used for it: `dark`, `light`, … */
  get palette(): Palette {
    return paletteOf(this.#chosen, this.#background, this.level)
  }

  choose(theme: ThemeName): void {
    if (theme === this.#chosen) return
    this.#chosen = theme
    this.#style = this.#create()
  }

  /** The terminal told its background. */
  learn(background: Hex): void {
    if (background === this.#answered) return
    this.#answered = background
    this.#background = background
    this.#style = this.#create()
  }

  #create(): Style {
    const theme = themes[this.palette]
    const fits = this.#answered !== undefined && (!theme.hardest || isWithin(this.#answered, theme.hardest))
    return createStyle(this.#env, {level: this.level, theme, background: fits ? this.#answered : undefined})
  }
}

/**
 * Which colours are right. Where the background is not known, or lies between dark and light, they are those that the
 * terminal itself has: they can be read on it.
 */
export function paletteOf(chosen: ThemeName, background: Hex | undefined, level: ColourLevel): Palette {
  if (level === 0) return 'plain'
  if (chosen === 'high-contrast') {
    const fits = (['highContrastDark', 'highContrastLight'] as const).find((name) => madeFor(name, background))
    return level === 1 ? 'bare' : (fits ?? 'bare')
  }
  if (level === 1 || chosen === '16') return 'sixteen'
  if (chosen !== 'auto') return chosen
  return (['dark', 'light'] as const).find((name) => madeFor(name, background)) ?? 'sixteen'
}

function madeFor(name: Palette, background: Hex | undefined): boolean {
  const {hardest} = themes[name]
  return background !== undefined && hardest !== undefined && isWithin(background, hardest)
}

/** From black to a dark one, from a light one to white. */
function isWithin(background: Hex, hardest: Hex): boolean {
  const [own, most] = [luminance(background), luminance(hardest)]
  return most < 0.2 ? own <= most : own >= most
}
