/** What stands under a path. Modes are permission bits; `hash` is the SHA-256 of the content, hexadecimal. */
export type FileState =
  | {kind: 'none'}
  | {kind: 'file'; mode: number; hash: string; size: number}
  | {kind: 'link'; target: string}
  | {kind: 'folder'; mode: number}
  /** Nothing of it is kept. `mark`: when it was as it was then, as far as can be told without its content. */
  | {kind: 'uncovered'; why: string; mark: string}

export const none: FileState = {kind: 'none'}

/** One line: `-`, `f 644 HASH SIZE`, `l TARGET`, `d 755`, `x MARK WHY`. */
export function stateText(state: FileState): string {
  switch (state.kind) {
    case 'none':
      return '-'
    case 'file':
      return `f ${state.mode.toString(8)} ${state.hash} ${state.size}`
    case 'link':
      return `l ${state.target}`
    case 'folder':
      return `d ${state.mode.toString(8)}`
    case 'uncovered':
      return `x ${state.mark} ${state.why}`
  }
}

/** What {@link stateText} wrote. A text that is none of it is of something that is not covered. */
export function parseState(text: string): FileState {
  if (text === '-') return none
  const file = /^f ([0-7]{1,4}) ([0-9a-f]{64}) (\d+)$/.exec(text)
  if (file) return {kind: 'file', mode: Number.parseInt(file[1] ?? '', 8), hash: file[2] ?? '', size: Number(file[3])}
  if (text.startsWith('l ')) return {kind: 'link', target: text.slice(2)}
  const folder = /^d ([0-7]{1,4})$/.exec(text)
  if (folder) return {kind: 'folder', mode: Number.parseInt(folder[1] ?? '', 8)}
  const uncovered = /^x (\S*) ([\s\S]*)$/.exec(text)
  return {kind: 'uncovered', mark: uncovered?.[1] ?? '', why: uncovered?.[2] ?? 'what is noted of it cannot be read'}
}

/** Whether it is the same as far as it would be put back. Of folders the mode is not. */
export function sameState(one: FileState, other: FileState): boolean {
  if (one.kind === 'folder') return other.kind === 'folder'
  if (one.kind === 'uncovered') return other.kind === 'uncovered' && one.mark === other.mark && one.mark !== ''
  return stateText(one) === stateText(other)
}

/** Name of the stored content that is needed to bring it back. */
export function contentOf(state: FileState): string | null {
  return state.kind === 'file' ? state.hash : null
}
