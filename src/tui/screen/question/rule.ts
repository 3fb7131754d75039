import type {Paint} from '../../text/style.js'
import {textWidth, truncate} from '../../text/wrap.js'

/** `── Run a shell command ─────────── 1 of 3 ──`: a line over the whole width, with words in it. */
export function rule(columns: number, left: string, right: string, paint: Paint): string {
  const end = right === '' ? '' : ` ${right} ──`
  const head = left === '' ? '' : `── ${truncate(left, columns - 6 - textWidth(end))} `
  return paint(`${head}${'─'.repeat(Math.max(0, columns - textWidth(head) - textWidth(end)))}${end}`)
}

/** Where one is in what is longer than its window; empty where all of it is shown. */
export function position(top: number, page: number, total: number, columns: number): string {
  if (total <= page) return ''
  const lines = `lines ${top + 1}–${Math.min(total, top + page)} of ${total}`
  const keys = top + page < total ? 'PgDn for more' : 'the end'
  return columns < 34 ? lines : `${lines} · ${keys}`
}
