import {mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {homeFiles} from '../platform.js'
import {readRegularFile} from '../regular-file.js'

const MAX_BYTES = 64 * 1024

const details = ['hidden', 'collapsed', 'expanded'] as const
const sections = ['thinking', 'tools', 'subagents', 'activity'] as const

interface Screen {
  /** What it may be; what `config.get` tells first where nothing was set. */
  values: readonly string[]
  /** Where nothing was set. */
  initially: string
  /** Other words for a value. */
  words?: Readonly<Record<string, string>>
  /** Of {@link values}: between which two `toggle`, or no value, changes. */
  toggles?: readonly [string, string]
}

/** How the reference's own screen looks: it is told what was set before, and does with it what it likes. */
const screens: Readonly<Record<string, Screen>> = {
  busy: {values: ['queue', 'steer', 'interrupt'], initially: 'queue'},
  compact: {values: ['on', 'off'], initially: 'off', toggles: ['on', 'off']},
  details_mode: {values: details, initially: 'collapsed'},
  ...Object.fromEntries(
    sections.map((section) => [`details_mode.${section}`, {values: [...details, ''], initially: ''}]),
  ),
  indicator: {values: ['kaomoji', 'emoji', 'unicode', 'ascii'], initially: 'unicode'},
  mouse: {
    values: ['off', 'wheel', 'buttons', 'all'],
    initially: 'off',
    words: {on: 'all', full: 'all', any: 'all', true: 'all', 1: 'all', false: 'off', 0: 'off', scroll: 'wheel'},
    toggles: ['all', 'off'],
  },
  show_reasoning: {values: ['on', 'off'], initially: ''},
  statusbar: {values: ['off', 'top', 'bottom'], initially: 'bottom', words: {on: 'top'}, toggles: ['top', 'off']},
  thinking_mode: {values: ['collapsed', 'truncated', 'full'], initially: 'collapsed'},
}

export const isScreenSetting = (key: string): boolean => Object.hasOwn(screens, key)

/** What a setting may be, for people. */
export const screenValues = (key: string): string => screens[key]?.values.filter(Boolean).join(', ') ?? ''

/**
 * Settings of the reference's screen, in a file of the home: its own screen asks for them again after each death of the
 * gateway. What can't be read or written is as if nothing was set.
 */
export class ScreenSettings {
  readonly #file: string
  #kept: Map<string, string> | undefined

  constructor(home: string) {
    this.#file = homeFiles(home).screenSettings
  }

  /** Of a known key: what was set, else what holds without. */
  get(key: string): string {
    return this.#read().get(key) ?? screens[key]?.initially ?? ''
  }

  /** Undefined where nothing was set. */
  chosen(key: string): string | undefined {
    return this.#read().get(key)
  }

  /** Returns the new value; undefined if it can't be that. */
  set(key: string, wanted: string): string | undefined {
    const screen = screens[key]
    if (!screen) return undefined
    const word = wanted.trim().toLowerCase()
    const value =
      screen.toggles && (word === '' || word === 'toggle')
        ? screen.toggles[this.get(key) === screen.toggles[0] ? 1 : 0]
        : (screen.words?.[word] ?? word)
    if (!screen.values.includes(value)) return undefined
    // Another gateway of this home may have written meanwhile.
    this.#kept = undefined
    const kept = this.#read()
    if (value === '') kept.delete(key)
    else kept.set(key, value)
    // The whole was chosen anew, and its parts with it.
    if (key === 'details_mode') for (const section of sections) kept.set(`details_mode.${section}`, value)
    this.#write(kept)
    return value
  }

  /** As `config.get full` tells it: only what was set, so that the screen's own defaults hold. */
  display(): Record<string, unknown> {
    const parts = sections.flatMap((section) => {
      const value = this.chosen(`details_mode.${section}`)
      return value === undefined ? [] : [[section, value]]
    })
    const members = {
      tui_compact: this.chosen('compact') && this.chosen('compact') === 'on',
      details_mode: this.chosen('details_mode'),
      thinking_mode: this.chosen('thinking_mode'),
      tui_status_indicator: this.chosen('indicator'),
      mouse_tracking: this.chosen('mouse'),
      tui_statusbar: this.chosen('statusbar'),
      sections: parts.length > 0 ? Object.fromEntries(parts) : undefined,
    }
    return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
  }

  #read(): Map<string, string> {
    if (!this.#kept) {
      let stored: unknown
      try {
        stored = JSON.parse(readRegularFile(this.#file, MAX_BYTES))
      } catch {
        // There is none, or it is torn.
      }
      const entries = typeof stored === 'object' && stored !== null ? Object.entries(stored) : []
      const known = entries.filter(([key, value]) => isScreenSetting(key) && screens[key]?.values.includes(value))
      this.#kept = new Map(known)
    }
    return this.#kept
  }

  #write(kept: ReadonlyMap<string, string>): void {
    const draft = `${this.#file}.${process.pid}`
    try {
      mkdirSync(path.dirname(this.#file), {recursive: true, mode: 0o700})
      writeFileSync(draft, `${JSON.stringify(Object.fromEntries(kept))}\n`, {mode: 0o600})
      renameSync(draft, this.#file)
    } catch {
      // It holds for as long as this gateway lives.
      rmSync(draft, {force: true})
    }
  }
}
