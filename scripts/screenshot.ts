// Records the real program into docs/screenshot.svg: a chat whose gateway is killed in mid-reply.
// Run after a build: node --import tsx scripts/screenshot.ts
import {writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {startChat, TestHome} from '../test/helpers/pty/chat.js'
import {terminalSvg} from './terminal-svg.js'

const file = fileURLToPath(new URL('../docs/screenshot.svg', import.meta.url))
const columns = 92
const rows = 22

const home = new TestHome()
home.configure('discoverLocal: false\n')
const args = ['--model', 'offline/think', '--title', 'The gateway dies, the session lives']
const chat = startChat({home, args, cols: columns, rows, env: {COLORTERM: 'truecolor', FORCE_COLOR: '3'}})
try {
  await chat.ready()
  await chat.submit('What happens when your gateway is killed?')
  await chat.waitFor('Real models')
  await chat.killGateway()
  await chat.waitFor('session recovered')
  await chat.ready()
  await chat.submit('/continue')
  await chat.waitFor('reasoningEffort')
  await chat.ready()
  chat.type('and what I was typing is still here')
  await chat.waitFor('still here')

  const screen = chat.screen()
  if (screen.includes(home.dir)) throw new Error(`the picture would show ${home.dir}`)
  const svg = terminalSvg(chat.terminal.buffer.active, {
    title: 'hermes chat',
    from: chat.terminal.buffer.active.viewportY,
    rows,
    columns,
    description: screen,
  })
  // Keys hold the time of their session; a fixed one of the same length keeps changes of the picture meaningful.
  writeFileSync(file, svg.replaceAll(/\d{8}_\d{6}_[0-9a-f]{6}/g, '20300101_120000_c0ffee'))
  process.stdout.write(`${screen}\n\nwritten: docs/screenshot.svg\n`)
} finally {
  chat.dispose()
  await chat.exit
  home.remove()
}
