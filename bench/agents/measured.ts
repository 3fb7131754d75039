import {accessSync, constants, mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {knownAgents} from '../../src/acp/agents/known.js'
import {exampleAgent} from '../../test/acp/helpers/adapter.js'
import type {TestHome} from '../../test/helpers/pty/chat.js'

/** An agent that can be driven here without an account. */
export interface MeasuredAgent {
  name: string
  /** As after `--agent`, in words. */
  words: readonly string[]
  /** It is killed when so many pieces of its reply were shown. */
  pieces: number
  kills: number
  /** Points it at the provider of this machine; returns what is set in its environment. */
  configure: (home: TestHome, url: string) => Record<string, string>
}

const agents: readonly MeasuredAgent[] = [
  {
    name: 'example of the library',
    words: [process.execPath, exampleAgent],
    pieces: 2,
    kills: 5,
    configure: () => ({EXAMPLE_PAUSE_MS: '50'}),
  },
  {
    name: 'opencode',
    words: ['opencode'],
    pieces: 40,
    kills: 3,
    configure(home, url) {
      const folder = path.join(home.dir, '.config', 'opencode')
      mkdirSync(folder, {recursive: true})
      const provider = {
        npm: '@ai-sdk/openai-compatible',
        name: 'bench',
        options: {baseURL: `${url}/v1`, apiKey: 'none'},
        models: {words: {name: 'words'}},
      }
      const configuration = {autoupdate: false, model: 'bench/words', provider: {bench: provider}}
      writeFileSync(path.join(folder, 'opencode.json'), JSON.stringify(configuration))
      return {}
    },
  },
  {
    name: 'gemini',
    words: ['gemini'],
    pieces: 40,
    kills: 3,
    configure: (_home, url) => ({GEMINI_API_KEY: 'none', GOOGLE_GEMINI_BASE_URL: url}),
  },
]

/** Those that are here, and the names of known ones that are not. */
export function agentsHere(): {here: readonly MeasuredAgent[]; missing: readonly string[]} {
  const isHere = (name: string) => !knownAgents.has(name) || onPath(knownAgents.get(name)?.command[0] ?? '')
  return {
    here: agents.filter(({name}) => isHere(name)),
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
