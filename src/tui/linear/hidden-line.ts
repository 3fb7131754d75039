import type {GuardedTerminal} from '../../supervisor/types.js'

/**
 * The terminal's own line, which is off while something is typed that is not to be seen: who kills this program then would
 * leave a shell in which nobody sees what he types. Nothing but that was changed.
 */
export class HiddenLine implements GuardedTerminal {
  readonly fd: number
  #isHidden = false
  #listener: (() => void) | undefined

  constructor(fd: number) {
    this.fd = fd
  }

  get undo(): GuardedTerminal['undo'] {
    return this.#isHidden ? {atOnce: '', later: ''} : undefined
  }

  onChange(listener: () => void): void {
    this.#listener = listener
  }

  /** The modes are set already. */
  set(isHidden: boolean): void {
    this.#isHidden = isHidden
    this.#listener?.()
  }
}
