import {existsSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import type {Kind} from './causes.js'

/** Dies of an error at SIGUSR1, and by a code some time after a thread's harmless error at SIGUSR2. */
const faults = `import signal, sys, threading
def thrown(*_): raise KeyError('no such')
def harmless(): raise RuntimeError('harmless')
def code(*_):
    thread = threading.Thread(target=harmless, name='worker')
    thread.start()
    thread.join()
    sys.exit(3)
signal.signal(signal.SIGUSR1, thrown)
signal.signal(signal.SIGUSR2, code)
`

/**
 * Deaths of the Python gateway, where HERMES_PYTHON_SRC_ROOT names its sources and HERMES_PYTHON an interpreter that
 * can run them; none otherwise. It writes its own records, without pid and zone, into the same log.
 */
export function pythonKinds(directory: string): Kind[] {
  const root = process.env.HERMES_PYTHON_SRC_ROOT
  if (!root || !existsSync(path.join(root, 'tui_gateway', 'entry.py'))) return []
  writeFileSync(path.join(directory, 'sitecustomize.py'), faults)
  const command = [process.env.HERMES_PYTHON ?? 'python3', '-m', 'tui_gateway.entry']
  const env = {
    PYTHONPATH: [directory, root, process.env.PYTHONPATH].filter(Boolean).join(':'),
    PYTHONDONTWRITEBYTECODE: '1',
    HERMES_DISABLE_LAZY_INSTALLS: '1',
  }
  const kind = (signal: NodeJS.Signals, cause: string, name: string = signal): Kind => {
    return {name: `Python: ${name}`, cause, command, env, signal, ownLog: true}
  }
  return [
    kind('SIGKILL', 'external-sigkill'),
    kind('SIGTERM', 'external-SIGTERM'),
    kind('SIGHUP', 'external-SIGHUP'),
    kind('SIGSEGV', 'native-crash:SIGSEGV'),
    kind('SIGABRT', 'native-crash:SIGABRT'),
    kind('SIGQUIT', 'external-SIGQUIT'),
    kind('SIGUSR1', 'uncaught:KeyError', 'throw'),
    kind('SIGUSR2', 'exit-code:3', 'exit 3'),
  ]
}

/** Has a gateway that writes a log of its own in `home` write into `log`. */
export function shareLog(home: string, log: string): void {
  mkdirSync(path.join(home, 'logs'), {recursive: true})
  symlinkSync(log, path.join(home, 'logs', 'tui_gateway_crash.log'))
}
