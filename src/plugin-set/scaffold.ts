/** What a new plugin may have. */
export const parts = ['hooks', 'tool-hooks', 'slash-command', 'command'] as const
export type Part = (typeof parts)[number]

/** What it has where nothing else is said: no call of a tool waits for a plugin whose author did not mean it to. */
export const usualParts: readonly Part[] = parts.filter((part) => part !== 'tool-hooks')

export interface ScaffoldOptions {
  /** Lower case letters, digits and hyphens. */
  name: string
  parts: ReadonlySet<Part>
  /** Version of hermes that it is written for. */
  version: string
  /** Ranges of what it is built with. */
  versions: {'hermes-chat-types': string; '@oclif/core': string; '@types/node': string; typescript: string}
}

/** All files of a new plugin, by their path in it. Pure. */
export function scaffold({name, parts: chosen, version, versions}: ScaffoldOptions): Record<string, string> {
  const has = (part: Part) => chosen.has(part)
  const oclif = {
    ...(has('command') ? {commands: './dist/commands', topicSeparator: ' '} : {}),
    ...(has('hooks') || has('tool-hooks')
      ? {
          hooks: {
            ...(has('hooks') && {
              'gateway:exit': {target: './dist/hooks.js', identifier: 'onExit'},
              'gateway:recover': {target: './dist/hooks.js', identifier: 'onRecover'},
            }),
            ...(has('tool-hooks') && {
              'tool:before': {target: './dist/tool-hooks.js', identifier: 'onToolBefore'},
              'tool:after': {target: './dist/tool-hooks.js', identifier: 'onToolAfter'},
            }),
          },
        }
      : {}),
  }
  const slashCommands = [
    {
      name,
      args: '[WORDS]',
      description: `a first answer of ${name}`,
      target: './dist/slash-command.js',
      identifier: 'answer',
    },
  ]
  const manifest = {
    name,
    version: '0.1.0',
    description: 'A plugin of hermes',
    type: 'module',
    files: ['/dist'],
    engines: {hermes: `>=${version}`, node: '^22.18 || >=24'},
    scripts: {build: 'tsc', test: 'node --test "test/*.test.ts"', prepack: 'npm run build'},
    oclif,
    ...(has('slash-command') ? {hermes: {slashCommands}} : {}),
    ...(has('command') ? {dependencies: {'@oclif/core': versions['@oclif/core']}} : {}),
    devDependencies: {
      '@types/node': versions['@types/node'],
      'hermes-chat': `npm:hermes-chat-types@${versions['hermes-chat-types']}`,
      typescript: versions.typescript,
    },
  }
  return {
    'package.json': json(manifest),
    'tsconfig.json': json({
      compilerOptions: {
        target: 'es2024',
        module: 'nodenext',
        types: ['node'],
        strict: true,
        verbatimModuleSyntax: true,
        erasableSyntaxOnly: true,
        rewriteRelativeImportExtensions: true,
        skipLibCheck: true,
        rootDir: 'src',
        outDir: 'dist',
      },
      include: ['src'],
    }),
    '.gitignore': 'node_modules/\ndist/\n',
    'README.md': readme(name, chosen),
    ...(has('hooks') ? {'src/hooks.ts': hooks, 'test/hooks.test.ts': hooksTest} : {}),
    ...(has('tool-hooks') ? {'src/tool-hooks.ts': toolHooks, 'test/tool-hooks.test.ts': toolHooksTest} : {}),
    ...(has('slash-command') ? {'src/slash-command.ts': slashCommand, 'test/slash-command.test.ts': slashTest} : {}),
    ...(has('command') ? {[`src/commands/${name}.ts`]: command(name), 'test/command.test.ts': commandTest(name)} : {}),
  }
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

const hooks = `import {defineHook} from 'hermes-chat'

export const onExit = defineHook<'gateway:exit'>(function (event) {
  // An end that somebody asked for is no news.
  if (!event.expected) this.log(\`the gateway died: \${event.cause}\`)
})

export const onRecover = defineHook<'gateway:recover'>(function ({outcome, downtimeMs}) {
  if (outcome === 'resumed') this.log(\`back after \${Math.round(downtimeMs)} ms\`)
})
`

const hooksTest = `import assert from 'node:assert/strict'
import {test} from 'node:test'
import {sampleEvent, tryHook} from 'hermes-chat/testing'
import {onExit, onRecover} from '../src/hooks.ts'

test('a crash is told, an orderly end is not', async () => {
  const crash = await tryHook(onExit, sampleEvent('exit', {expected: false, cause: 'external-sigkill'}))
  assert.deepEqual(crash, [{level: 'log', text: 'the gateway died: external-sigkill'}])
  assert.deepEqual(await tryHook(onExit, sampleEvent('exit', {expected: true})), [])
})

test('a recovery is told', async () => {
  const said = await tryHook(onRecover, sampleEvent('recover', {outcome: 'resumed', downtimeMs: 84}))
  assert.deepEqual(said, [{level: 'log', text: 'back after 84 ms'}])
})
`

const toolHooks = `import {defineHook} from 'hermes-chat'

/** Nothing that it answers loosens what rules and mode of the person say. */
export const onToolBefore = defineHook<'tool:before'>(({name, args}) => {
  const {command} = args as {command?: unknown}
  if (name !== 'terminal' || typeof command !== 'string') return
  if (/\\bgit push\\b.*--force/.test(command)) return {deny: 'history that others have is not rewritten'}
  if (/\\bgit push\\b/.test(command)) return {ask: 'it leaves this machine'}
  return
})

export const onToolAfter = defineHook<'tool:after'>(function ({name, preview, ok, summary}) {
  if (!ok) this.debug(\`\${name} \${preview}: \${summary}\`)
})
`

const toolHooksTest = `import assert from 'node:assert/strict'
import {test} from 'node:test'
import {sampleEvent, tryHook, tryToolHook} from 'hermes-chat/testing'
import {onToolAfter, onToolBefore} from '../src/tool-hooks.ts'

const answerTo = async (command: string) =>
  (await tryToolHook(onToolBefore, sampleEvent('tool-before', {args: {command}}))).answer

test('what leaves the machine is asked for, and history is not rewritten', async () => {
  assert.deepEqual(await answerTo('git push'), {ask: 'it leaves this machine'})
  assert.deepEqual(await answerTo('git push --force'), {deny: 'history that others have is not rewritten'})
  assert.equal(await answerTo('git status'), undefined)
})

test('what failed is noted', async () => {
  const event = sampleEvent('tool-after', {ok: false, summary: '1 failing'})
  assert.deepEqual(await tryHook(onToolAfter, event), [{level: 'debug', text: 'terminal npm test: 1 failing'}])
})
`

const slashCommand = `import {defineSlashCommand} from 'hermes-chat'

/** A text is shown; an object with a prompt is sent to the model. */
export const answer = defineSlashCommand(({args, name}) => {
  if (args === '') return \`Hello from /\${name}. Type words behind it to ask the model about them.\`
  return {prompt: \`Explain in one paragraph: \${args}\`}
})
`

const slashTest = `import assert from 'node:assert/strict'
import {test} from 'node:test'
import {trySlashCommand} from 'hermes-chat/testing'
import {answer} from '../src/slash-command.ts'

test('words are sent to the model, none are answered', async () => {
  const alone = await trySlashCommand(answer, {name: 'hello'})
  assert.match(String(alone.answer), /^Hello from \\/hello/)
  const {answer: sent} = await trySlashCommand(answer, {args: 'a monad'})
  assert.deepEqual(sent, {prompt: 'Explain in one paragraph: a monad'})
})
`

function command(name: string): string {
  const type = name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return `import {Command} from '@oclif/core'

export default class ${type} extends Command {
  static override summary = 'Say hello.'

  async run(): Promise<void> {
    await this.parse(${type})
    this.log('Hello from ${name}.')
  }
}
`
}

const commandTest = (name: string) => `import assert from 'node:assert/strict'
import {test} from 'node:test'
import Command from '../src/commands/${name}.ts'

test('the command says hello', async (t) => {
  const said: unknown[] = []
  t.mock.method(Command.prototype, 'log', (text: unknown) => said.push(text))
  await Command.run([], import.meta.dirname)
  assert.deepEqual(said, ['Hello from ${name}.'])
})
`

function readme(name: string, chosen: ReadonlySet<Part>): string {
  const has = [
    ...(chosen.has('hooks') ? ['- hooks that hear of a dead gateway and of its recovery: `src/hooks.ts`'] : []),
    ...(chosen.has('tool-hooks')
      ? ['- hooks that decide on calls of tools, and hear of their ends: `src/tool-hooks.ts`']
      : []),
    ...(chosen.has('slash-command') ? [`- the slash command \`/${name}\`: \`src/slash-command.ts\``] : []),
    ...(chosen.has('command') ? [`- the command \`hermes ${name}\`: \`src/commands/${name}.ts\``] : []),
  ]
  const attempt = [
    ...(chosen.has('hooks') ? ['hermes plugins test gateway:exit'] : []),
    ...(chosen.has('tool-hooks') ? ['hermes plugins test tool:before --set \'args={"command": "git push"}\''] : []),
    ...(chosen.has('command') ? [`hermes ${name}`] : []),
    'hermes chat',
  ]
  return `# ${name}

A plugin of hermes. It has

${has.join('\n')}

## Work on it

\`\`\`sh
npm test
npm install
npm run build
hermes plugins link . --no-install
${attempt.join('\n')}
\`\`\`

The tests need nothing but Node and hermes; TypeScript, for the build, comes with \`npm install\`. After a change, build it and
start hermes again.

## Give it to others

\`npm publish\`; whoever wants it runs \`hermes plugins install ${name}\`.
`
}
