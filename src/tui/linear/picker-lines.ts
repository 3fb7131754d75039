import {matching, type Picker, type PickerChoice} from '../state/picker.js'
import {oneLine} from '../text/sanitize.js'

/** More are narrowed by words first: who hears a list hears it to its end. */
const LISTED = 20

/** A list from which one is chosen. */
export function pickerLines(picker: Picker): string[] {
  const found = matching(picker)
  const listed = found.slice(0, LISTED).map(({label, detail}, index) => {
    const more = oneLine(detail, 200).replaceAll(' · ', ', ')
    return `${index + 1}. ${oneLine(label, 200)}${more === '' ? '' : `, ${more}`}`
  })
  const rest = found.length - listed.length
  const title = oneLine(picker.title, 300)
  return [
    picker.filter === '' ? title.replace(/[:?.]?$/, (end) => end || ':') : `${title} with ${oneLine(picker.filter)}:`,
    ...(listed.length > 0 ? listed : ['nothing matches']),
    ...(rest > 0 ? [`and ${rest} more: words narrow the list`] : []),
    'Type a number, or words to narrow the list. An empty line closes it.',
  ]
}

export type PickerAnswer = {kind: 'close'} | {kind: 'pick'; choice: PickerChoice} | {kind: 'filter'; filter: string}

export function pickerAnswer(line: string, picker: Picker): PickerAnswer {
  const text = line.trim()
  if (text === '') return {kind: 'close'}
  const choice = /^\d{1,3}$/.test(text) ? matching(picker)[Number(text) - 1] : undefined
  return choice ? {kind: 'pick', choice} : {kind: 'filter', filter: text}
}
