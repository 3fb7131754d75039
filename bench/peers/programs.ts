import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {programPath, type TestHome} from '../../test/helpers/pty/chat.js'
import type {CountingModel} from './model.js'

/** How a program is started in a home, and how it is told to go on with its last session. */
export interface Start {
  args: readonly string[]
  again: readonly string[]
  env?: Record<string, string>
}

/** A program that is measured. Everything else about it is found out on its screen. */
export interface Program {
  /** The command, as it is looked for on the PATH. */
  name: string
  /** Found without the PATH: the program and its first arguments. */
  own?: readonly string[]
  /** Writes into an empty home what points it at the model, and what keeps it from asking at its first start. */
  prepare(home: TestHome, model: CountingModel): Start
  /** Pressed to put a prompt behind the one that runs; default Enter. */
  queueKey?: string
  /** On its screen when it takes a prompt; default: it echoes what is typed. */
  ready?: RegExp
}

function write(home: TestHome, file: string, text: string | object): void {
  const place = path.join(home.dir, file)
  mkdirSync(path.dirname(place), {recursive: true})
  // It holds a key.
  writeFileSync(place, typeof text === 'string' ? text : JSON.stringify(text, null, 2), {mode: 0o600})
}

export const programs: readonly Program[] = [
  {
    name: 'hermes',
    own: [process.execPath, programPath],
    ready: /^● ready/m,
    prepare(home, {url}) {
      const provider = `  bench:\n    baseUrl: ${url}/v1\n    apiKey: bench\n    models: [counting]\n`
      write(home, '.config/hermes/config.yaml', `discoverLocal: false\nmodel: bench/counting\nproviders:\n${provider}`)
      return {args: ['chat'], again: ['chat', '-c']}
    },
  },
  {
    name: 'codex',
    // Enter gives it to the reply that runs.
    queueKey: '\t',
    prepare(home, {url}) {
      write(
        home,
        '.codex/config.toml',
        `model = "counting"
model_provider = "bench"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.bench]
name = "bench"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "BENCH_KEY"
[projects."${home.cwd}"]
trust_level = "trusted"
`,
      )
      return {args: [], again: ['resume', '--last'], env: {BENCH_KEY: 'bench'}}
    },
  },
  {
    name: 'gemini',
    prepare(home, {url}) {
      write(home, '.gemini/settings.json', {
        general: {enableAutoUpdate: false, enableAutoUpdateNotification: false},
        security: {auth: {selectedType: 'gemini-api-key'}, folderTrust: {enabled: false}},
        privacy: {usageStatisticsEnabled: false},
      })
      return {
        args: ['-m', 'gemini-2.5-flash'],
        again: ['-m', 'gemini-2.5-flash', '--resume'],
        env: {GEMINI_API_KEY: 'bench', GOOGLE_GEMINI_BASE_URL: url},
      }
    },
  },
  {
    name: 'opencode',
    prepare(home, {url}) {
      write(home, '.config/opencode/opencode.json', {
        $schema: 'https://opencode.ai/config.json',
        model: 'bench/counting',
        autoupdate: false,
        share: 'disabled',
        provider: {
          bench: {
            npm: '@ai-sdk/openai-compatible',
            options: {baseURL: `${url}/v1`, apiKey: 'bench'},
            models: {counting: {name: 'counting'}},
          },
        },
      })
      return {args: [], again: ['-c'], env: {OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_LSP_DOWNLOAD: '1'}}
    },
  },
  {
    name: 'claude',
    prepare(home, {url}) {
      write(home, '.claude.json', {
        hasCompletedOnboarding: true,
        theme: 'dark',
        projects: {[home.cwd]: {hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true}},
      })
      return {
        args: [],
        again: ['-c'],
        env: {
          ANTHROPIC_BASE_URL: url,
          ANTHROPIC_AUTH_TOKEN: 'bench',
          DISABLE_AUTOUPDATER: '1',
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        },
      }
    },
  },
]
