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
  /** Another program has the terminal: its keys that end programs are not meant for this one. */
  isAway: () => boolean
}): TerminalSignals {
  const {stdin, stdout, giveBack, drawBelow, isAway} = options
  const removers: (() => void)[] = []
  const on = (signal: NodeJS.Signals, listener: () => void) => {
    process.on(signal, listener)
    removers.push(() => process.off(signal, listener))
  }
  const received = new Promise<EndSignal>((resolve) => {
    for (const signal of endSignals) {
      const isKey = signal === 'SIGINT' || signal === 'SIGQUIT'
      on(signal, () => {
        if (!isKey || !isAway()) resolve(signal)
      })
    }
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

  /** A window that changed meanwhile told the shell of it. Node asks for its size at this signal alone. */
  const readSize = () => process.emit('SIGWINCH')
  let takeAgain: (() => void) | undefined
  let stopsNext = false
  const back = () => {
    stopsNext = false
    if (takeAgain) {
      readSize()
      takeAgain()
      takeAgain = undefined
      return
    }
    // After a SIGSTOP, which no handler sees, the shell has set modes of its own; Node sets none that it believes to be set.
    drawBelow()
    readSize()
  }
  /** With a handler of ours SIGTSTP no longer stops the process; SIGSTOP cannot be caught. */
  const stopNow = () => {
    if (!stopsNext) return
    stopsNext = false
    process.kill(process.pid, 'SIGSTOP')
  }
  if (process.platform !== 'win32') {
    on('SIGTSTP', () => {
      takeAgain ??= giveBack()
      stopsNext = true
      // A SIGCONT may be here already: a wrapper (npm, an old Node) stops sooner than this process, and its shell, which
      // has the terminal again, has this one stopped by SIGTTOU until `fg`. Between the two steps signals are read.
      setImmediate(() => setImmediate(stopNow))
    })
    on('SIGCONT', back)
    // Node would open its inspector and say so in the middle of the screen.
    on('SIGUSR1', () => {})
  }
  return {
    received,
    // The whole foreground job is stopped, as the terminal itself would do it, and the shell goes on as soon as a wrapper is.
    suspend: () => {
      if (process.platform === 'win32') return
      takeAgain ??= giveBack()
      process.kill(0, 'SIGTSTP')
    },
    stop() {
      for (const remove of removers.splice(0)) remove()
    },
  }
}
