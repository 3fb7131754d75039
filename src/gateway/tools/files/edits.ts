import {closestLines} from './closest-lines.js'
import {countLines, replaceIn, type View} from './line-ends.js'

/** Search and replace. `old` has to occur exactly once, or with `all` at least once. */
export interface Edit {
  old: string
  new: string
  all?: boolean | undefined
}

/** Places that are replaced in one call; a hundred edits of 600 000 took half a minute. */
const MAX_PLACES = 100_000
/** Places that are counted and named in an error. */
const MAX_COUNTED = 1000
const MAX_NAMED = 10

/** The text after all edits, each made in what the one before left; or what is wrong with one of them, for the model. */
export function applyEdits(view: View, edits: readonly Edit[]): View | {problem: string} {
  let edited = view
  let left = MAX_PLACES
  for (const [index, edit] of edits.entries()) {
    const done = applyEdit(edited, edit, left)
    if ('problem' in done) {
      const place = edits.length > 1 ? `edit ${index + 1} of ${edits.length}: ` : ''
      return {problem: `${place}${done.problem}${edits.length > 1 ? '\nNone of the edits was made.' : ''}`}
    }
    edited = done.view
    left -= done.places
  }
  if (edited.text === view.text) return {problem: 'the edits leave the file as it is'}
  return edited
}

function applyEdit(view: View, edit: Edit, most: number): {view: View; places: number} | {problem: string} {
  if (edit.old === '') {
    return {problem: 'old is empty; give the text to be replaced, or use write_file for a whole file'}
  }
  if (edit.old === edit.new) return {problem: 'old and new are the same'}
  const {text} = view
  // A model that writes \r\n means the end of a line, and is shown those as \n.
  const literal = text.includes(edit.old)
  const old = literal ? edit.old : edit.old.replaceAll('\r\n', '\n')
  const replacement = hasLineEnds(view) && !(literal && old.includes('\r\n')) ? withoutReturns(edit.new) : edit.new
  if (old === replacement) return {problem: 'old and new differ in line ends alone, which are kept as they are'}
  const places = edit.all ? placesOf(text, old, old.length, most + 1) : placesOf(text, old, 1, MAX_COUNTED)
  if (places.length === 0 && /^(?:\d+\t.*(?:\n|$))+$/.test(old)) {
    return {problem: 'old begins with the numbers of lines, which read_file adds and the file does not have'}
  }
  if (places.length === 0) return {problem: `old is not in the file. ${closestLines(text, old)}`}
  if (places.length > 1 && !edit.all) return {problem: severalPlaces(text, places)}
  if (places.length > most) return {problem: `these are more than ${MAX_PLACES} places; use a command for that`}
  const replacements = places.map((at) => ({at, length: old.length, text: replacement}))
  return {view: replaceIn(view, replacements), places: places.length}
}

function hasLineEnds({ends}: View): boolean {
  return ends.length > 0
}

/** New text for a file that has line ends: they become the file's. */
export function withoutReturns(text: string): string {
  return text.replaceAll('\r\n', '\n')
}

/** Where a text occurs, up to `most` times. A step of 1 also finds places that overlap, which are as ambiguous as others. */
function placesOf(text: string, wanted: string, step: number, most: number): number[] {
  const places: number[] = []
  for (let at = text.indexOf(wanted); at !== -1 && places.length < most; at = text.indexOf(wanted, at + step)) {
    places.push(at)
  }
  return places
}

function severalPlaces(text: string, places: readonly number[]): string {
  const numbers: number[] = []
  let line = 1
  let done = 0
  for (const at of places.slice(0, MAX_NAMED)) {
    line += countLines(text.slice(done, at))
    done = at
    numbers.push(line)
  }
  const many = places.length === MAX_COUNTED ? `${MAX_COUNTED} times or more` : `${places.length} times`
  const rest = places.length > MAX_NAMED ? ' and others' : ''
  const lines = [...new Set(numbers)]
  return (
    `old is in the file ${many}, in line${lines.length > 1 ? 's' : ''} ${lines.join(', ')}${rest}. ` +
    'Add lines around it until it occurs once, or set all to true.'
  )
}
