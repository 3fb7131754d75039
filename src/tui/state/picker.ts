/** A list from which one is chosen; letters narrow it. */
export interface Picker {
  kind: 'session' | 'model' | 'theme' | 'elsewhere'
  title: string
  choices: readonly PickerChoice[]
  filter: string
  selected: number
}

export interface PickerChoice {
  value: string
  label: string
  detail: string
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
  const words = picker.filter.toLowerCase().split(/\s+/).filter(Boolean)
  return picker.choices.filter((choice) => {
    const text = `${choice.value} ${choice.label} ${choice.detail}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
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
