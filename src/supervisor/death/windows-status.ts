/** What a status of Windows means, with which a process ends there that did not end by itself. */
export interface WindowsStatus {
  cause: string
  summary: string
  /** False when a retry can't cure it. */
  retriable: boolean
  remedy: string | undefined
}

const reinstall = 'Install it again, or the packages that it needs (the Visual C++ runtime is the commonest).'
const memory = 'End other programs, or enlarge the page file.'

const crashes: Readonly<Record<number, [name: string, words: string]>> = {
  2147483651: ['BREAKPOINT', 'at a breakpoint'],
  3221225477: ['ACCESS_VIOLATION', 'reading or writing memory that is not its own'],
  3221225478: ['IN_PAGE_ERROR', 'as a page of it could not be read from disk'],
  3221225501: ['ILLEGAL_INSTRUCTION', 'at an instruction that this processor does not know'],
  3221225509: ['NONCONTINUABLE_EXCEPTION', 'by an exception that can not be gone on from'],
  3221225614: ['FLOAT_DIVIDE_BY_ZERO', 'by a division by zero'],
  3221225620: ['INTEGER_DIVIDE_BY_ZERO', 'by a division by zero'],
  3221225622: ['PRIVILEGED_INSTRUCTION', 'at an instruction that it may not run'],
  3221225725: ['STACK_OVERFLOW', 'as its stack was full'],
  3221226356: ['HEAP_CORRUPTION', 'as its heap was damaged'],
  3221226505: ['STACK_BUFFER_OVERRUN', 'by its own check (abort, or a damaged stack)'],
  3221226528: ['ASSERTION_FAILURE', 'by its own check'],
}

const others: Readonly<Record<number, WindowsStatus>> = {
  1073807364: {
    cause: 'console-closed',
    summary: 'ended with the session of Windows: a logoff or a shutdown',
    retriable: true,
    remedy: undefined,
  },
  3221225786: {
    cause: 'console-closed',
    summary: 'ended by its console: the window was closed, or Ctrl+C or Ctrl+Break was sent to it',
    retriable: true,
    remedy: 'Leave with /quit before the window is closed; `hermes chat --continue` goes on.',
  },
  3221225495: {cause: 'system-memory', summary: 'ended as there was no memory left', retriable: true, remedy: memory},
  3221225773: {cause: 'system-memory', summary: 'ended as there was no memory left', retriable: true, remedy: memory},
  3221225506: {
    cause: 'windows:ACCESS_DENIED',
    summary: 'was refused by Windows: access denied',
    retriable: false,
    remedy: 'Look whether a virus scanner or a policy forbids it.',
  },
  3221225781: {
    cause: 'windows:DLL_NOT_FOUND',
    summary: 'could not be started by Windows: a DLL of it is missing',
    retriable: false,
    remedy: reinstall,
  },
  3221225785: {
    cause: 'windows:ENTRYPOINT_NOT_FOUND',
    summary: 'could not be started by Windows: a DLL of it is of another version',
    retriable: false,
    remedy: reinstall,
  },
  3221225794: {
    cause: 'windows:DLL_INIT_FAILED',
    summary: 'could not be started by Windows: a DLL of it did not start',
    retriable: true,
    remedy: undefined,
  },
}

/** Undefined for a code that a program chose itself. Some write the code with a sign. */
export function windowsStatus(code: number): WindowsStatus | undefined {
  const status = code >>> 0
  if (code < 0 ? status < 0x80000000 : code < 0x40000000) return undefined
  const crash = crashes[status]
  const hex = `0x${status.toString(16).toUpperCase().padStart(8, '0')}`
  if (crash) {
    const summary = `crashed ${crash[1]} (${hex})`
    return {cause: `native-crash:${crash[0]}`, summary, retriable: true, remedy: undefined}
  }
  const known = others[status]
  if (known) return {...known, summary: `${known.summary} (${hex})`}
  return {
    cause: `exit-code:${code}`,
    summary: `ended with the Windows status ${hex}`,
    retriable: true,
    remedy: undefined,
  }
}
