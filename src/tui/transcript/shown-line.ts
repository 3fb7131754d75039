import {withoutEnd} from '../text/brief.js'
import {MARK, visible} from '../text/visible.js'

/** One line, safe to print: what a terminal would obey or hide is a mark, tabs are blanks, blanks at its end are gone. */
export function shownLine(text: string): string {
  return visible(withoutEnd(text, ' \r'), {crlf: true})
    .parts.map((part) => (part.kind === 'space' ? part.text.replaceAll(MARK.tab, ' ') : part.text))
    .join('')
}
