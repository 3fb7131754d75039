import {imageLabelsIn} from '../../images/label.js'

/** Where a label stands in a text: what stands for a long text, or an image, that is kept elsewhere. */
export interface Label {
  label: string
  number: number
  /** Of what it stands for. */
  lines: number
  start: number
  end: number
}

const labels = /\[(?:Pasted text|Command output) #(\d{1,9}) · (?:(\d+) lines|\d+ characters)\]/g

/** A label is as one character of a draft: it is passed over and deleted as a whole. */
export function labelsIn(text: string): Label[] {
  // Asked for the line of the cursor at each key.
  if (!text.includes(']')) return []
  const texts = [...text.matchAll(labels)].map(({0: label, 1: number, 2: lines = '1', index}) => ({
    label,
    number: Number(number),
    lines: Number(lines),
    start: index,
    end: index + label.length,
  }))
  const images = imageLabelsIn(text)
  return images.length === 0
    ? texts
    : [...texts, ...images.map((image) => ({...image, lines: 1}))].sort((a, b) => a.start - b.start)
}

export function isImageLabel(label: string): boolean {
  return label.startsWith('[Image #')
}

export type LabelKind = 'Pasted text' | 'Command output'

/** `[Pasted text #1 · 5001 lines]`; one long line is counted in characters. */
export function labelOf(text: string, number: number, kind: LabelKind): string {
  // The end of the last line begins none.
  const lines = text.replace(/\n$/, '').split('\n').length
  const size = lines > 1 ? `${lines} lines` : `${text.length} characters`
  return `[${kind} #${number} · ${size}]`
}
