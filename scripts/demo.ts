// Records the real program for README.md: docs/pictures/demo.svg, in which gateway, screen and terminal are killed in turn while a reply
// streams. Fails where a word of it is lost or comes twice. Run after a build: npm run demo.
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {programPath, TestHome} from '../test/helpers/pty/chat.js'
import {type Condition, PtyScreen} from '../test/helpers/pty/pty.js'
import {captureRows, type Frame, surfaces, terminalFilm} from './terminal-svg.js'

const file = fileURLToPath(new URL('../docs/pictures/demo.svg', import.meta.url))
const columns = 84
const rows = 18
const WORDS = 420
const frames: Frame[] = []

/** A shell that sets the modes of its terminal itself, in a window of its own; `hermes` is on its path. */
function openWindow(home: TestHome): PtyScreen {
  const env = home.env({
    PS1: '$ ',
    COLORTERM: 'truecolor',
    HERMES_MODEL: 'offline',
    PATH: `${home.dir}/bin:${process.env.PATH}`,
  })
  const background = `rgb:${surfaces.dark.background.slice(1).match(/../g)?.join('/')}`
  return new PtyScreen({
    file: '/bin/bash',
    args: ['--norc', '--noprofile'],
    env,
    cwd: home.cwd,
    cols: columns,
    rows,
    background,
  })
}

async function frame(screen: PtyScreen, caption: string, condition: Condition, seconds: number): Promise<void> {
  await screen.waitFor(condition, {timeout: 30_000})
  const {active} = screen.terminal.buffer
  frames.push({caption, rows: captureRows(active, {from: active.viewportY, rows, columns}), seconds})
  process.stdout.write(`── ${caption}\n${screen.screen()}\n`)
}

async function enter(screen: PtyScreen, line: string): Promise<void> {
  screen.type(line)
  await screen.waitFor(line)
  screen.press('enter')
}

function kill(screen: PtyScreen, pattern: RegExp): void {
  const found = screen.descendants().find(({command}) => pattern.test(command))
  if (!found) throw new Error(`nothing to be killed: ${pattern}`)
  process.kill(found.pid, 'SIGKILL')
}

/** Of the shell, with nothing typed. */
const prompt = /^\$$/m

const word = (at: number) => () => new RegExp(`\\bword${at}\\b`).test(current.screen())

const home = new TestHome()
chmodSync(home.configure('discoverLocal: false\n'), 0o600)
mkdirSync(path.join(home.dir, 'bin'))
const program = path.join(home.dir, 'bin', 'hermes')
writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${programPath}' "$@"\n`, {mode: 0o755})
const windows: PtyScreen[] = []
let current = openWindow(home)
windows.push(current)
try {
  await current.waitFor(prompt)
  await enter(current, 'hermes')
  await frame(current, 'A session begins', /^● ready/m, 2)
  await enter(current, `stream ${WORDS} tokens at 25`)
  await frame(current, 'A long reply streams in', word(12), 1.5)
  await frame(current, 'A long reply streams in', word(30), 1.5)
  kill(current, /gateway/)
  await frame(current, '1 · kill -9 of the gateway, the process that holds the session', 'session recovered', 4)
  await current.waitFor(/^● ready/m)
  current.type('/continue')
  await current.waitFor('/continue')
  await frame(current, 'Its words are kept. /continue', '/continue', 2)
  current.press('enter')
  await frame(current, 'The reply goes on where it was', word(70), 2)
  current.type('a thought that I am typing')
  await frame(current, 'Something is being typed meanwhile', 'that I am typing', 2)
  await current.waitFor(word(100), {timeout: 30_000})
  kill(current, /run\.js|hermes/)
  await frame(current, '2 · kill -9 of the screen, the program in the terminal', /Killed[^\n]*\n\$/, 3)
  await enter(current, 'hermes -c')
  await frame(
    current,
    'hermes -c: the reply went on meanwhile, and the draft is there',
    () => word(255)() && current.screen().includes('that I am typing'),
    4,
  )
  current.hangUp()
  current = openWindow(home)
  windows.push(current)
  await frame(current, '3 · the window is closed, terminal and all. A new one', prompt, 2.5)
  await enter(current, 'hermes -c')
  await frame(
    current,
    'hermes -c in the new window',
    () => word(330)() && current.screen().includes('that I am typing'),
    3,
  )
  await current.waitFor(word(WORDS - 1), {timeout: 30_000})
  await current.waitFor(/^● ready/m)
  await frame(current, `All ${WORDS} words are there, each once, and so is the draft`, 'that I am typing', 6)
  const said = [...current.scrollback().matchAll(/\bword(\d+)\b/g)].map(([, at]) => Number(at))
  const missing = Array.from({length: WORDS}, (_, at) => at).filter(
    (at) => said.filter((each) => each === at).length !== 1,
  )
  if (missing.length > 0) throw new Error(`lost or doubled: ${missing.join(', ')}`)
  const text = windows.map((each) => each.scrollback()).join('\n')
  const picture = {title: 'Gateway, screen and terminal are killed in turn; nothing is lost', from: 0, rows, columns}
  const description = frames.map(({caption}) => `› ${caption}`).join('\n')
  const svg = terminalFilm(frames, {...picture, description, surface: surfaces.dark})
  if (svg.includes(home.dir) || /\/tmp\/|\d{8}_\d{6}_[0-9a-f]{6}/.test(svg))
    throw new Error(`it would show this machine:\n${text}`)
  writeFileSync(file, svg)
  process.stdout.write(
    `\nwritten: docs/pictures/demo.svg, ${frames.length} moments, ${Math.round(svg.length / 1000)} KB; ${said.length} words of ${WORDS}\n`,
  )
} finally {
  for (const each of windows) each.dispose()
  home.remove()
}
process.exit(process.exitCode ?? 0)
