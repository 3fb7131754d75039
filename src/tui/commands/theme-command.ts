import {openPicker} from '../state/picker.js'
import {oneLine} from '../text/sanitize.js'
import {type Palette, type ThemeName, themeNames} from '../text/theme/themes.js'
import type {CommandContext, SlashCommand} from './types.js'

const meanings: Readonly<Record<ThemeName, string>> = {
  auto: "dark or light, by the terminal's background",
  dark: 'for dark backgrounds',
  light: 'for light backgrounds',
  'high-contrast': 'for weak eyes and bright rooms',
  '16': 'the sixteen colours of the terminal itself',
}

const used: Readonly<Partial<Record<Palette, string>>> = {
  dark: 'dark',
  light: 'light',
  sixteen: "the terminal's own colours",
  plain: 'no colours here',
}

/** For what is drawn from now on: what stands above stays as it is. */
export function chooseTheme({themes, notice}: Pick<CommandContext, 'themes' | 'notice'>, name: string): void {
  const theme = themeNames.find((one) => one === name)
  if (!themes || !theme) {
    const why = themes ? `there is no theme ${oneLine(name, 60)}` : 'nothing is painted here'
    notice('warn', `${why} · /theme ${themeNames.join(', ')}`)
    return
  }
  themes.choose(theme)
  const found = used[themes.palette]
  const as = found !== undefined && found !== theme && theme !== '16' ? ` (${found})` : ''
  notice('good', `theme: ${theme}${as}, in this chat · ui.theme in your configuration keeps it`)
}

export const themeCommands: SlashCommand[] = [
  {
    name: 'theme',
    aliases: ['themes'],
    args: '[name]',
    summary: 'choose the colours of this chat',
    run(context, name) {
      const {themes, store} = context
      if (name || !themes) return chooseTheme(context, name)
      const choices = themeNames.map((value) => ({
        value,
        label: value,
        detail: value === themes.chosen ? `${meanings[value]} · current` : meanings[value],
      }))
      const picker = openPicker('theme', 'Themes', choices, themeNames.indexOf(themes.chosen))
      store.dispatch({type: 'pick', picker})
    },
  },
]
