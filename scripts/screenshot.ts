// Records the real program for README.md: docs/pictures/*.svg, of a model that says what a script says.
// Run after a build: node --import tsx scripts/screenshot.ts [NAME]…
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {type ChatScreen, startChat, TestHome} from '../test/helpers/pty/chat.js'
import {type ModelStep, startScriptedModel} from '../test/helpers/scripted-model.js'
import {surfaces, terminalSvg} from './terminal-svg.js'

const docs = fileURLToPath(new URL('../docs/pictures', import.meta.url))

const source = `export function total(prices: number[]): number {
  let sum = 0
  for (let i = 1; i < prices.length; i++) sum += prices[i]
  return sum
}
`

const reply = `## The first price was left out

The loop began at \`1\`, so \`prices[0]\` **never counted**. It goes over the values now:

- an empty list gives \`0\`, as before
- one price is its own total

\`\`\`ts
total([]) // 0
total([3]) // 3, was 0
total([3, 4]) // 7, was 4
\`\`\``

const script: Record<string, ModelStep[]> = {
  'total is too low': [
    [{name: 'read_file', args: {path: 'src/total.ts'}}],
    [
      {
        name: 'edit_file',
        args: {
          path: 'src/total.ts',
          edits: [
            {
              old: '  for (let i = 1; i < prices.length; i++) sum += prices[i]\n',
              new: '  for (const price of prices) sum += price\n',
            },
          ],
        },
      },
    ],
    reply,
  ],
  'Build it afresh': [[{name: 'terminal', args: {command: 'rm -rf dist && npm run build'}}]],
}

interface Scene {
  surface: keyof typeof surfaces
  columns: number
  rows: number
  title: string
  args?: string[]
  play(chat: ChatScreen): Promise<void>
}

const conversation: Omit<Scene, 'surface'> = {
  columns: 92,
  rows: 32,
  title: 'hermes chat',
  args: ['--permission-mode', 'accept-edits', '--title', 'Totals'],
  async play(chat) {
    await chat.submit('The total is too low by the first price. Why?')
    await chat.waitFor('was 4')
  },
}

const scenes: Record<string, Scene> = {
  'chat-dark': {...conversation, surface: 'dark'},
  'chat-light': {...conversation, surface: 'light'},
  approval: {
    surface: 'dark',
    columns: 92,
    rows: 18,
    title: 'hermes chat',
    async play(chat) {
      await chat.submit('Build it afresh')
      await chat.waitFor('or type what to do instead')
    },
  },
  screenshot: {
    surface: 'dark',
    columns: 92,
    rows: 20,
    title: 'hermes chat',
    args: ['--model', 'offline/think', '--title', 'The gateway dies, the session lives'],
    async play(chat) {
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
    },
  },
}

/** A folder with the program that the model works on. */
function prepare(home: TestHome, configuration: string): void {
  chmodSync(home.configure(`discoverLocal: false\n${configuration.replaceAll('mine', 'demo')}`), 0o600)
  mkdirSync(path.join(home.cwd, 'src'))
  writeFileSync(path.join(home.cwd, 'src', 'total.ts'), source)
}

async function record(name: string, {surface, columns, rows, title, args = [], play}: Scene, configuration: string) {
  const home = new TestHome()
  prepare(home, configuration)
  const env = {COLORTERM: 'truecolor'}
  const hex = surfaces[surface].background.slice(1)
  const background = `rgb:${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex.slice(4)}`
  const chat = startChat({home, args, cols: columns, rows, env, background})
  try {
    await chat.ready()
    await play(chat)
    if (name !== 'approval') await chat.ready()
    const screen = chat.screen()
    if (screen.includes(home.dir)) throw new Error(`the picture would show ${home.dir}`)
    const {active} = chat.terminal.buffer
    const place = {from: active.viewportY, rows, columns}
    const picture = {title, ...place, description: screen, surface: surfaces[surface]}
    const file = path.join(docs, `${name}.svg`)
    writeFileSync(file, terminalSvg(active, picture))
    process.stdout.write(`${screen}\n\nwritten: docs/pictures/${name}.svg\n\n`)
  } finally {
    chat.dispose()
    await chat.exit
    home.remove()
  }
}

const wanted = process.argv.slice(2)
const model = await startScriptedModel(script)
try {
  for (const [name, scene] of Object.entries(scenes)) {
    if (wanted.length === 0 || wanted.includes(name)) await record(name, scene, model.configuration)
  }
} finally {
  await model.close()
}
