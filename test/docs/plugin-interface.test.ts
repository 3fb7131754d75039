import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {ensureBuilt, root} from '../helpers/build.js'
import {codeBlocks} from '../helpers/markdown/code-blocks.js'
import {installOffline} from '../helpers/plugin-project.js'
import {runProgram} from '../helpers/program/run-program.js'

const documented = ['docs/plugins.md', 'docs/crash-log.md']
const sources = ['src/lifecycle/hooks.ts', 'src/lifecycle/slash-command.ts', 'src/index.ts']

/** The examples in comments of a source. */
function commentExamples(file: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8')
  return [...text.matchAll(/^ \* ```ts\n([\s\S]*?)^ \* ```$/gm)].map((match) =>
    (match[1] ?? '').replace(/^ \* ?/gm, ''),
  )
}

describe('the documentation of the interface for plugins', function () {
  this.timeout(60_000)
  let project: string
  before(() => ensureBuilt())
  beforeEach(() => {
    project = mkdtempSync(path.join(tmpdir(), 'hermes-docs-'))
    installOffline(project)
    writeFileSync(path.join(project, 'package.json'), '{"type": "module"}')
    writeFileSync(path.join(project, 'notify.ts'), 'export async function notify(_text: string): Promise<void> {}\n')
  })
  afterEach(() => rmSync(project, {recursive: true, force: true}))

  /** Together, since TypeScript takes most of its time for what they share. */
  async function compile(texts: Readonly<Record<string, readonly string[]>>): Promise<string> {
    const examples = Object.entries(texts).flatMap(([name, all]) =>
      all.map((text, index) => ({file: `${name}-${index}.ts`, text})),
    )
    for (const {file, text} of examples) writeFileSync(path.join(project, file), text)
    const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node']
    const files = examples.map(({file}) => file)
    const args = [tsc, '--ignoreConfig', ...options, '--skipLibCheck', ...files]
    return (await runProgram(process.execPath, args, {cwd: project, env: process.env})).stdout
  }

  it('has examples that compile against what is published, where wrong ones do not', async () => {
    const pages = documented.flatMap((page) =>
      codeBlocks(path.join(root, page)).filter(({language}) => language === 'ts'),
    )
    const examples = [...pages.map(({text}) => text), ...sources.flatMap(commentExamples)]
    expect(examples.length).to.be.at.least(5)
    const wrong = [
      "import {defineHook} from 'hermes-chat'\nexport default defineHook<'gateway:exit'>((event) => event.nothing)",
      "import {defineHook} from 'hermes-chat'\nexport default defineHook<'gateway:died'>(() => {})",
      "import {defineHook} from 'hermes-chat'\nexport default defineHook<'tool:before'>(() => ({allow: true}))",
      "import {defineSlashCommand} from 'hermes-chat'\nexport default defineSlashCommand(() => ({prompt: 7}))",
    ]
    const said = await compile({example: examples, wrong})
    for (const index of wrong.keys()) expect(said).to.include(`wrong-${index}.ts`)
    expect(said).to.not.include('example-')
    for (const line of said.split('\n')) expect(line, said).to.match(/^(?:wrong-\d\.ts\(| |$)/)
  })

  it('names every event and every field of it', () => {
    const table = readFileSync(path.join(root, 'docs', 'plugins.md'), 'utf8')
    const events = readFileSync(path.join(root, 'src', 'lifecycle', 'events.ts'), 'utf8')
    const union = events.slice(
      events.indexOf('export type LifecycleEvent'),
      events.indexOf('export type LifecycleEventType'),
    )
    const tools = readFileSync(path.join(root, 'src', 'lifecycle', 'tool-hooks', 'events.ts'), 'utf8')
    const toolUnion = tools.slice(tools.indexOf('export type ToolEvent'), tools.indexOf('export type ToolEventType'))
    const types = [...(union + toolUnion).matchAll(/\btype: ((?:'[\w-]+'(?: \| )?)+)/g)].flatMap(
      ([, names = '']) => names.match(/[\w-]+/g) ?? [],
    )
    expect(types).to.include.members([
      'tool-before',
      'turn-end',
      'spawn',
      'vanished',
      'memory-critical',
      'transport-end',
    ])
    for (const name of types) expect(table, `event ${name}`).to.match(new RegExp(`^\\|.*\`${name}\``, 'm'))
    const fields = [...(union + toolUnion).matchAll(/[{;\n]\s*(\w+): /g)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'type')
    for (const name of fields) expect(table, `field ${name}`).to.match(new RegExp(`^\\|.*\`${name}\``, 'm'))
  })
})
