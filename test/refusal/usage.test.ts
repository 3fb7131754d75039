import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {ensureBuilt} from '../helpers/build.js'
import {runHermes} from '../helpers/program/run-program.js'
import {someOf} from '../helpers/sample.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

/** Bad lines of arguments, what is said of each, and of which command the help is shown. */
const rows: readonly (readonly [line: string, message: string, help: string])[] = [
  ['chat --modle x', '"--modle" is not a flag of hermes chat; did you mean "--model"?', 'chat'],
  ['chat --modle=x', '"--modle" is not a flag of hermes chat; did you mean "--model"?', 'chat'],
  ['chat -x', '"-x" is not a flag of hermes chat', 'chat'],
  ['chat -p', '--print is without a value; expected PROMPT', 'chat'],
  ['chat --output-format', '--output-format is without a value; expected one of text, json, stream-json', 'chat'],
  [
    'chat --output-format jsn',
    '--output-format is "jsn"; expected one of text, json, stream-json; did you mean "json"?',
    'chat',
  ],
  ['chat --model a --model b', '--model is given twice; expected once', 'chat'],
  ['chat -c --title b', '--continue and --title exclude each other', 'chat'],
  ['chat -c -r b', '--continue and --resume exclude each other', 'chat'],
  ['chat -r a --title b', '--resume and --title exclude each other', 'chat'],
  ['chat -cr', '--continue and --resume exclude each other', 'chat'],
  ['chat --resume --title b', '--resume and --title exclude each other', 'chat'],
  ['chat -r --modle x', '"--modle" is not a flag of hermes chat; did you mean "--model"?', 'chat'],
  ['chat --title -r', '--title is without a value; expected TITLE', 'chat'],
  ['chat a b', '"b" is an argument too many: hermes chat takes PROMPT', 'chat'],
  ['sessions x', '"sessions x" is not a command', 'sessions'],
  ['sessions delet x', '"sessions delet" is not a command; did you mean "hermes sessions delete"?', 'sessions'],
  ['sessions -n x', '--limit is "x"; expected a whole number', 'sessions'],
  ['sessions -n 0', '--limit is "0"; expected a whole number of at least 1', 'sessions'],
  ['sessions -n 99999', '--limit is "99999"; expected a whole number of at most 10000', 'sessions'],
  ['doctor --yes', '--yes counts only together with --bundle', 'doctor'],
  ['doctor --drill --bundle x', '--bundle and --drill exclude each other', 'doctor'],
  ['config get', 'KEY is missing: Key of the setting, such as recovery.limit', 'config get'],
  ['completion bsh', 'SHELL is "bsh"; expected one of bash, zsh, fish; did you mean "bash"?', 'completion'],
  ['completion', 'SHELL is missing: Your shell', 'completion'],
  ['config gte model', '"config gte" is not a command; did you mean "hermes config get"?', 'config'],
  ['plugins --jsn', '"--jsn" is not a flag of hermes plugins; did you mean "--json"?', 'plugins'],
  ['help chta', '"chta" is not a command; did you mean "hermes chat"?', ''],
]

describe('wrong flags and arguments', function () {
  this.timeout(60_000)
  let box: Sandbox
  before(() => ensureBuilt())
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const hermes = (...args: string[]) => runHermes(args, {cwd: box.project, env: box.env})

  for (const [line, message, help] of someOf(rows, 10)) {
    it(`are refused in one line and a pointer: ${line}`, async () => {
      const {code, stdout, stderr} = await hermes(...line.split(' '))
      expect(stderr).to.equal(`hermes: ${message}\n  try: ${['hermes', help, '--help'].filter(Boolean).join(' ')}\n`)
      expect({code, stdout}).to.deep.equal({code: 2, stdout: ''})
    })
  }

  it('are not what oclif says of the usage: no alternative is empty', async () => {
    const manifest = fileURLToPath(new URL('../../oclif.manifest.json', import.meta.url))
    const {commands} = await import(path.resolve(manifest), {with: {type: 'json'}}).then(({default: file}) => file)
    for (const id of someOf(Object.keys(commands), 8)) {
      const {stdout} = await hermes(...id.split(':'), '--help')
      const usage = /^USAGE\n([\s\S]+?)\n\n/m.exec(stdout)?.[1]?.replace(/\s+/g, ' ') ?? ''
      expect(usage, id).to.include(`hermes ${id.replaceAll(':', ' ')}`)
      expect(usage, id).not.to.match(/\|\s*\||\[\s*[|\]]|[|[]\s*\]|\[ | \]/)
    }
  })
})
