import {createStyle} from '../text/style.js'

/** Neither colours nor weights. */
export const plainStyle = createStyle({TERM: 'dumb', NO_COLOR: '1'})

/** What the rest of the program says of the keys that nobody can bind anew, in the words of this mode. */
export function here(text: string): string {
  return text
    .replaceAll(/\bEsc\b/g, 'Ctrl+C')
    .replaceAll(/\bEnter sends (?=it\b)/g, 'an empty line sends ')
    .replaceAll(/\bEnter sends\b/g, 'an empty line sends them')
    .replaceAll(/↶ (?=\p{L}|\d)/gu, '')
    .replaceAll(/\bEnter:/g, 'an empty line:')
    .replaceAll(/\s*·\s*/g, '; ')
}
