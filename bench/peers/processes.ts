import {execFileSync} from 'node:child_process'
import {readdirSync, readFileSync, readlinkSync} from 'node:fs'
import {processesOfHome} from '../../test/helpers/processes-of-home.js'
import type {TestHome} from '../../test/helpers/pty/chat.js'
import {isRunning, processRow} from '../../test/helpers/pty/processes.js'
import type {PtyScreen} from '../../test/helpers/pty/pty.js'

/** All that runs below those terminals, and what left them but has that home in its environment. */
export function processesOf(screens: readonly PtyScreen[], home: TestHome): number[] {
  const below = screens.flatMap((screen) => screen.left())
  return [...new Set([...below, ...processesOfHome(home.hermes, below)])].filter(isRunning)
}

/** Those of them that have a connection to a port of this machine. */
export function connectedTo(port: number, pids: readonly number[]): number[] {
  return process.platform === 'linux' ? byProc(port, pids) : byLsof(port, pids)
}

function byProc(port: number, pids: readonly number[]): number[] {
  const inodes = new Set<string>()
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readText(file).split('\n')) {
      const [, , remote, state, , , , , , inode] = line.trim().split(/\s+/)
      if (inode && state === '01' && remote?.endsWith(`:${hex}`)) inodes.add(`socket:[${inode}]`)
    }
  }
  return pids.filter((pid) => descriptors(pid).some((target) => inodes.has(target)))
}

function byLsof(port: number, pids: readonly number[]): number[] {
  try {
    const out = execFileSync('lsof', ['-nP', `-iTCP@127.0.0.1:${port}`, '-sTCP:ESTABLISHED', '-Fp'], {encoding: 'utf8'})
    const found = new Set([...out.matchAll(/^p(\d+)$/gm)].map((match) => Number(match[1])))
    return pids.filter((pid) => found.has(pid))
  } catch {
    // lsof fails where it finds nothing.
    return []
  }
}

function descriptors(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  try {
    return readdirSync(folder).flatMap((name) => {
      try {
        return [readlinkSync(`${folder}/${name}`)]
      } catch {
        return []
      }
    })
  } catch {
    // It has ended.
    return []
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** `kill -9` of all of them in one go. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself.
    }
  }
}

/** `codex app-server`, `node gateway/main.js`: what runs, without the folders and options. */
export function nameOf(pid: number): string {
  return shortName(processRow(pid)?.command ?? '')
}

export function shortName(command: string): string {
  const [file = '', ...args] = command.split(/\s+/)
  const what = args.find((word) => !word.startsWith('-'))
  const name = file.replace(/^.*\//, '')
  // What a shell runs is a text.
  if (what === undefined || name === 'sh') return name
  return `${name} ${what.split('/').slice(-2).join('/')}`
}
