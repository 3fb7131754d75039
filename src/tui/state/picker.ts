import {rankModels} from '../model-list/rank.js'
import type {SessionFacts, SessionView} from '../session-list/view.js'

/** A list from which one is chosen; letters narrow it. */
export interface Picker {
  kind: 'session' | 'model' | 'effort' | 'theme' | 'elsewhere' | 'rewind' | 'rewind-files'
  title: string
  choices: readonly PickerChoice[]
  filter: string
  selected: number
  /** Of a list of sessions. */
  view?: SessionView
  /**
   * The list is there before any session of the person's: they wanted the latest, of which there is none, or to choose one.
   * What was said on the command line is for the one that is taken.
   */
  first?: 'latest' | 'chosen'
}

export interface PickerChoice {
  value: string
  label: string
  detail: string
  /** Of a session. */
  session?: SessionFacts
}

/** `selected`: index of the choice that Enter takes; default the first. */
export function openPicker(
  kind: Picker['kind'],
  title: string,
  choices: readonly PickerChoice[],
  selected = 0,
): Picker {
  return {kind, title, choices, filter: '', selected}
}

export function matching(picker: Picker): PickerChoice[] {
  if (picker.kind === 'model') return rankModels(picker.choices, picker.filter)
  const words = picker.filter.toLowerCase().split(/\s+/).filter(Boolean)
  return picker.choices.filter((choice) => {
    const text = `${choice.value} ${choice.label} ${choice.detail}`.toLowerCase()
    return words.every((word) => text.includes(word)) || isFound(picker, choice)
  })
}

/** What was typed was said in it. */
function isFound({filter, view}: Picker, {value}: PickerChoice): boolean {
  return filter.trim() !== '' && (view?.found?.snippets.has(value) ?? false)
}

export function movePicker(picker: Picker, delta: number): Picker {
  const count = matching(picker).length
  return count === 0 ? picker : {...picker, selected: (picker.selected + delta + count) % count}
}

export function filterPicker(picker: Picker, filter: string): Picker {
  return {...picker, filter, selected: 0}
}

export function picked(picker: Picker): PickerChoice | undefined {
  return matching(picker)[picker.selected]
}
