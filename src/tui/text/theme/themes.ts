import type {Hex} from './colour.js'

/** What a person can choose. `auto` is dark or light by the terminal's background, `16` the terminal's own colours. */
export const themeNames = ['auto', 'dark', 'light', 'high-contrast', '16'] as const
export type ThemeName = (typeof themeNames)[number]

/** What is coloured. Nothing else in the screen names a colour. */
export const roles = [
  // The program's name.
  'brand',
  // Where one types, and what is chosen.
  'accent',
  // Outcomes and states.
  'good',
  'busy',
  'warning',
  'error',
  // What is said by the way.
  'muted',
  // Lines that part things.
  'edge',
  'heading',
  'link',
  // Code.
  'span',
  'keyword',
  'string',
  'number',
  'comment',
  'title',
  'type',
  'attribute',
  'meta',
  // Diffs.
  'addition',
  'deletion',
  'hunk',
] as const
export type Role = (typeof roles)[number]

/** A colour, or one of the sixteen that the terminal defines, as its SGR number: 30–37, 90–97. */
export type Colour = Hex | number

/** Behind the prompts, so that the eye finds the turns. */
export interface Tint {
  text: Hex
  /** Where the background is not known exactly. */
  fallback: Hex
  /** Else the background with `share` of this in it. */
  towards: Hex
  share: number
}

export interface Theme {
  colours: Readonly<Partial<Record<Role, Colour>>>
  /** Default none: a line stands above each prompt. */
  tint?: Tint
  /** The background that is hardest to read on, of those that it is made for; default any. */
  hardest?: Hex
  /** What is said by the way is faint (SGR 2): how faint, the terminal decides. */
  faint: boolean
}

export type Palette = 'dark' | 'light' | 'highContrastDark' | 'highContrastLight' | 'sixteen' | 'plain' | 'bare'

export const themes: Readonly<Record<Palette, Theme>> = {
  dark: {
    hardest: '#333a47',
    faint: false,
    tint: {text: '#f0f3f8', fallback: '#30363f', towards: '#ffffff', share: 0.12},
    colours: {
      brand: '#cfacff',
      accent: '#6fd3e6',
      good: '#93d998',
      busy: '#6fd3e6',
      warning: '#f0c674',
      error: '#ff9a9a',
      muted: '#aeb6c3',
      edge: '#7c8696',
      heading: '#cfacff',
      link: '#8fbcff',
      span: '#82d4ca',
      keyword: '#d8aef7',
      string: '#a9da90',
      number: '#f4ba8b',
      comment: '#aeb6c3',
      title: '#8fbcff',
      type: '#f0c674',
      attribute: '#82d4ca',
      meta: '#aeb6c3',
      addition: '#93d998',
      deletion: '#ff9a9a',
      hunk: '#6fd3e6',
    },
  },
  light: {
    hardest: '#eae4d2',
    faint: false,
    tint: {text: '#1c2026', fallback: '#e6e8ec', towards: '#000000', share: 0.07},
    colours: {
      brand: '#6f1d9c',
      accent: '#005f75',
      good: '#17652b',
      busy: '#005f75',
      warning: '#804600',
      error: '#a8121d',
      muted: '#535962',
      edge: '#8d939c',
      heading: '#6f1d9c',
      link: '#0b4aa8',
      span: '#005c58',
      keyword: '#841b84',
      string: '#1c6428',
      number: '#8f3900',
      comment: '#535962',
      title: '#0b4aa8',
      type: '#714700',
      attribute: '#005c58',
      meta: '#535962',
      addition: '#17652b',
      deletion: '#a8121d',
      hunk: '#005f75',
    },
  },
  highContrastDark: {
    hardest: '#282828',
    faint: false,
    tint: {text: '#ffffff', fallback: '#303030', towards: '#ffffff', share: 0.16},
    colours: {
      brand: '#f0b8ff',
      accent: '#5fe8ff',
      good: '#85ff92',
      busy: '#5fe8ff',
      warning: '#ffe14d',
      error: '#ffb0b0',
      muted: '#d6d6d6',
      edge: '#c0c0c0',
      heading: '#f0b8ff',
      link: '#a8d0ff',
      span: '#5fe8ff',
      keyword: '#f0b8ff',
      string: '#85ff92',
      number: '#ffcf9e',
      comment: '#d6d6d6',
      title: '#a8d0ff',
      type: '#ffe14d',
      attribute: '#5fe8ff',
      meta: '#d6d6d6',
      addition: '#85ff92',
      deletion: '#ffb0b0',
      hunk: '#5fe8ff',
    },
  },
  highContrastLight: {
    hardest: '#f8f4ea',
    faint: false,
    tint: {text: '#000000', fallback: '#e2e2e2', towards: '#000000', share: 0.12},
    colours: {
      brand: '#57007a',
      accent: '#00288f',
      good: '#00430f',
      busy: '#00288f',
      warning: '#552f00',
      error: '#7d000f',
      muted: '#383838',
      edge: '#505050',
      heading: '#57007a',
      link: '#00208a',
      span: '#00288f',
      keyword: '#57007a',
      string: '#00430f',
      number: '#662600',
      comment: '#383838',
      title: '#00208a',
      type: '#552f00',
      attribute: '#00288f',
      meta: '#383838',
      addition: '#00430f',
      deletion: '#7d000f',
      hunk: '#00288f',
    },
  },
  /** Whoever chose these colours chose them for the background that is there. */
  sixteen: {
    faint: true,
    colours: {
      brand: 35,
      accent: 36,
      good: 32,
      busy: 36,
      warning: 33,
      error: 31,
      heading: 35,
      span: 36,
      keyword: 35,
      string: 32,
      number: 36,
      title: 34,
      type: 33,
      attribute: 36,
      addition: 32,
      deletion: 31,
      hunk: 36,
    },
  },
  /** Weights alone. */
  plain: {faint: true, colours: {}},
  /** Weights alone, and nothing faint. */
  bare: {faint: false, colours: {}},
}
