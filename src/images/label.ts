import type {ImageHeader} from './header.js'

/** Where a label stands in a text. */
export interface ImageLabel {
  label: string
  number: number
  start: number
  end: number
}

const labels = /\[Image #(\d{1,9}) · [^[\]\n]{0,80}\d{1,9}x\d{1,9}\]/g

/** What stands in a prompt for an image: `[Image #1 · pic.png 1200x800]`. */
export function imageLabel(
  {name, width, height}: Pick<ImageHeader, 'width' | 'height'> & {name: string},
  number: number,
) {
  const plain = name.replace(/[\p{C}\p{Z}[\]]+/gu, ' ').trim()
  // A label is deleted as a whole: it has to be recognised, and fits a line.
  const short = plain.length > 48 ? `${plain.slice(0, 30)}…${plain.slice(-16)}`.toWellFormed() : plain
  return `[Image #${number} · ${short === '' ? 'image' : short} ${width}x${height}]`
}

/** The name of the file as a label has it. */
export function labelledName(label: string): string {
  return /^\[Image #\d+ · (.*) \d+x\d+\]$/.exec(label)?.[1] ?? 'image'
}

export function imageLabelsIn(text: string): ImageLabel[] {
  if (!text.includes('[Image #')) return []
  return [...text.matchAll(labels)].map(({0: label, 1: number, index}) => ({
    label,
    number: Number(number),
    start: index,
    end: index + label.length,
  }))
}
