import {type EndSignal, endSignals} from '../../platform.js'
import type {TerminalInput, TerminalOutput} from './streams.js'

export interface TerminalSignals {
  /** The first signal that wants the program gone; the terminal's hang-up and the loss of its output count as SIGHUP. */
  received: Promise<EndSignal>
  /** Stops the program as Ctrl+Z does in a shell; it goes on with `fg`. */
  suspend(): void
  stop(): void
}

/**
 * Own handlers for signals: with them Ink leaves the terminal alone until the process exits, so the
 * caller unmounts first and does everything slow afterwards.
 */
export function signalsOf(options: {
  stdin: TerminalInput
  stdout: TerminalOutput
  /** Gives the terminal to the shell; what is returned takes it again. */
  giveBack: () => () => void
  /** Sets the terminal's modes anew and draws below what others have written, without erasing any of it. */
  drawBelow: () => void
}): TerminalSignals {
  const {stdin, stdout, giveBack, drawBelow} = options
  const removers: (() => void)[] = []
  const on = (signal: NodeJS.Signals, listener: () => void) => {
    process.on(signal, listener)
    removers.push(() => process.off(signal, listener))
  }
  const received = new Promise<EndSignal>((resolve) => {
    for (const signal of endSignals) on(signal, () => resolve(signal))
    // A terminal that is gone answers with EIO or EPIPE, or ends the input; SIGHUP may come later or never.
    const gone = () => resolve('SIGHUP')
    stdout.on('error', gone)
    stdin.on('error', gone)
    stdin.on('end', gone)
    removers.push(() => {
      stdin.off('error', gone)
      stdin.off('end', gone)
      // The output's listener stays: a late EPIPE without one would be an uncaught exception.
    })
  })

  let takeAgain: (() => void) | undefined
  const back = () => {
    if (takeAgain) {
      takeAgain()
      takeAgain = undefined
      return
    }
    // After a SIGSTOP, which no handler sees, the shell has set modes of its own; Node sets none that it believes to be set.
    drawBelow()
  }
  if (process.platform !== 'win32') {
    on('SIGTSTP', () => {
      takeAgain ??= giveBack()
      // With a handler of ours SIGTSTP no longer stops the process; SIGSTOP cannot be caught.
      process.kill(process.pid, 'SIGSTOP')
    })
    on('SIGCONT', back)
    // Node would open its inspector and say so in the middle of the screen.
    on('SIGUSR1', () => {})
  }
  return {
    received,
    // The whole foreground job is stopped, as the terminal itself would do it.
    suspend: () => {
      if (process.platform !== 'win32') process.kill(0, 'SIGTSTP')
    },
    stop() {
      for (const remove of removers.splice(0)) remove()
    },
  }
}
