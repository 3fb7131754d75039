import {execFileSync, spawnSync} from 'node:child_process'
import {chmodSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {runningGateways} from '../../../src/hand-over/running.js'
import type {ChatScreen} from '../../helpers/pty/chat.js'
import {processTable} from '../../helpers/pty/processes.js'
import type {ChatSuite} from '../../helpers/pty/suite.js'
import {hasTmux} from '../../helpers/tmux.js'

/** One way of losing a terminal. */
export interface Way {
  name: string
  /** Why this machine can't show it; undefined where it can. */
  missing?: string | undefined
  start(suite: ChatSuite, args: readonly string[]): ChatScreen
  lose(chat: ChatScreen, suite: ChatSuite): void
}

const plainly: Way['start'] = (suite, args) => suite.start(args)

/** The program below another one, which has the terminal: a line of sh before the command. */
function below(line: (suite: ChatSuite) => string): Way['start'] {
  return (suite, args) => {
    const wrapper = path.join(suite.home.dir, 'wrapper.sh')
    writeFileSync(wrapper, `#!/bin/sh\nexec ${line(suite)} '${process.execPath}' "$@"\n`)
    chmodSync(wrapper, 0o755)
    return suite.start(args, {file: wrapper})
  }
}

const socketOf = (suite: ChatSuite) => path.join(suite.home.dir, 'multiplexer')
const hasDtach = spawnSync('dtach', ['--help']).error === undefined

export const ways: readonly Way[] = [
  {name: 'kill -9 of the program', start: plainly, lose: (chat) => chat.signal('SIGKILL')},
  {name: 'SIGHUP', start: plainly, lose: (chat) => chat.signal('SIGHUP')},
  {name: 'a closed terminal', start: plainly, lose: (chat) => chat.hangUp()},
  {
    name: 'kill -9 of the program that was stopped',
    start: plainly,
    lose(chat) {
      chat.signal('SIGSTOP')
      chat.signal('SIGKILL')
    },
  },
  {
    name: 'a closed terminal of the program that was stopped and goes on',
    start: plainly,
    lose(chat) {
      chat.signal('SIGSTOP')
      chat.hangUp()
      chat.signal('SIGCONT')
    },
  },
  {
    name: 'a killed pane of tmux',
    missing: hasTmux ? undefined : 'tmux',
    start: below((suite) => `tmux -f /dev/null -S '${socketOf(suite)}' new-session`),
    lose: (_, suite) => void execFileSync('tmux', ['-S', socketOf(suite), 'kill-pane']),
  },
  {
    name: 'kill -9 of the dtach that has its terminal',
    missing: hasDtach ? undefined : 'dtach',
    start: below((suite) => `dtach -A '${socketOf(suite)}' -E -r none`),
    lose(chat, suite) {
      const masters = processTable().filter(
        ({command, pid}) => command.startsWith(`dtach -A ${socketOf(suite)}`) && pid !== chat.pid,
      )
      for (const {pid} of masters) process.kill(pid, 'SIGKILL')
    },
  },
]

/** Those of this home that listen. */
export const runningIn = (suite: ChatSuite) => runningGateways(path.join(suite.home.hermes, 'run'))
