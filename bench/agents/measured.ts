import {accessSync, constants, mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {knownAgents} from '../../src/acp/agents/known.js'
import {exampleAgent} from '../../test/acp/helpers/adapter.js'
import type {TestHome} from '../../test/helpers/pty/chat.js'
import type {Killed} from './driven.js'

/** An agent that can be driven here without an account. */
export interface MeasuredAgent {
  name: string
  /** As after `--agent`, in words. */
  words: readonly string[]
  /** The same as its own program is started. */
  command: readonly string[]
  /** It asks our provider; otherwise it says what it says. */
  isScripted: boolean
  /** Pieces of a reply of which no two are the same. */
  pieces: RegExp
  /** It is killed when so many characters of its reply were shown. */
  killedAfter: number
  kills: number
  /** What is killed at each stage; one that has to be waited for is not killed in both ways. */
  stagesKilled: readonly Killed[]
  /** Points it at the provider of this machine; returns what is set in its environment. */
  configure: (home: TestHome, url: string) => Record<string, string>
}

const agents: readonly MeasuredAgent[] = [
  {
    name: 'example',
    words: [process.execPath, exampleAgent],
    command: [process.execPath, exampleAgent],
    isScripted: false,
    pieces: /[^.]+\./g,
    killedAfter: 150,
    kills: 5,
    stagesKilled: ['agent', 'group'],
    configure: () => ({EXAMPLE_PAUSE_MS: '50'}),
  },
  {
    name: 'opencode',
    words: ['opencode'],
    command: knownAgents.get('opencode')?.command ?? [],
    isScripted: true,
    pieces: /\S+/g,
    killedAfter: 300,
    kills: 3,
    stagesKilled: ['agent', 'group'],
    configure(home, url) {
      const folder = path.join(home.dir, '.config', 'opencode')
      mkdirSync(folder, {recursive: true})
      const provider = {
        npm: '@ai-sdk/openai-compatible',
        name: 'bench',
        options: {baseURL: `${url}/v1`, apiKey: 'none'},
        models: {words: {name: 'words'}},
      }
      const permission = {bash: 'ask'}
      const configuration = {autoupdate: false, model: 'bench/words', provider: {bench: provider}, permission}
      writeFileSync(path.join(folder, 'opencode.json'), JSON.stringify(configuration))
      return {}
    },
  },
  {
    name: 'gemini',
    words: ['gemini'],
    command: knownAgents.get('gemini')?.command ?? [],
    isScripted: true,
    pieces: /\S+/g,
    killedAfter: 300,
    kills: 3,
    stagesKilled: ['agent'],
    configure: (_home, url) => ({GEMINI_API_KEY: 'none', GOOGLE_GEMINI_BASE_URL: url}),
  },
]

/** Those that are here (of `only`, where that is given), and the names of known ones that are not. */
export function agentsHere(only?: string): {here: readonly MeasuredAgent[]; missing: readonly string[]} {
  const isHere = (name: string) => !knownAgents.has(name) || onPath(knownAgents.get(name)?.command[0] ?? '')
  return {
    here: agents.filter(({name}) => isHere(name) && (only === undefined || name === only)),
    missing: [...knownAgents.keys()].filter((name) => !isHere(name)),
  }
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
