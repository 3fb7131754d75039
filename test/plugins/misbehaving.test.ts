import {expect} from 'chai'
import {linkPlugin} from '../helpers/linked-plugin.js'
import {offlinePlugins, useProgramBox} from '../helpers/program/box.js'
import {type Ended, runHermes} from '../helpers/program/run-program.js'
import {someOf} from '../helpers/sample.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

/** What code of a plugin can do to the process that it runs in. */
const ways = {
  'never resolves': 'await new Promise(() => {})',
  'waits for ever': 'setInterval(() => {}, 1000); await new Promise(() => {})',
  'ends the process': 'process.exit(0)',
  'ends the process with 7': 'process.exit(7)',
  throws: "throw new Error('broken')",
  'throws what oclif exits by': "throw Object.assign(new Error('broken'), {oclif: {exit: 3}})",
  'loops for ever': 'for (;;);',
}
const events = ['init', 'prerun', 'postrun', 'finally', 'command_not_found', 'plugins:postuninstall']

describe('a plugin that misbehaves', function () {
  this.timeout(120_000)
  const program = useProgramBox(offlinePlugins)
  const {hermes} = program

  /** As `plugins link` leaves it. A statement each for the hooks and for the top of the module of its command `greet`. */
  function link(hooks: string, module = '', into = program.box): void {
    const declared = Object.fromEntries(events.map((event) => [event, './hook.js']))
    linkPlugin(
      into,
      'bad',
      {oclif: {commands: './commands', hooks: declared}},
      {
        'hook.js': `export default async function () { ${hooks} }\n`,
        'commands/greet.js': `${module}\nexport default class {static args = {}; static flags = {}; static async run() {console.log('hello')}}\n`,
      },
    )
  }

  async function everythingElseWorks(helps: boolean): Promise<number> {
    const [paths, sessions, list, doctor, help, unknown] = await Promise.all([
      hermes('config', 'path'),
      hermes('sessions'),
      hermes('plugins', 'list'),
      hermes('doctor', '--json'),
      helps ? hermes('--help') : hermes('chat', '--help'),
      helps ? hermes('nonsense') : undefined,
    ])
    expect(paths.code, paths.stderr).to.equal(0)
    expect(paths.stdout).to.not.equal('')
    expect(sessions.code, sessions.stderr).to.equal(0)
    expect(list.stdout).to.include('bad 1.0.0 (link)')
    expect(JSON.parse(doctor.stdout).checks).to.be.an('array')
    expect(help.code, help.stderr).to.equal(0)
    expect(help.stdout).to.include('USAGE')
    if (unknown) expect(unknown.stderr).to.include('"nonsense" is not a command')
    const gone = await hermes('plugins', 'uninstall', 'bad')
    expect(gone.code, gone.stderr).to.equal(0)
    expect((await hermes('plugins', 'list')).stdout).to.equal('No plugins installed.\n')
    return helps ? 8 : 7
  }

  let runs = 0
  for (const [way, statement] of someOf(Object.entries(ways), 1)) {
    it(`in its hooks around commands leaves those of others alone: it ${way}`, async () => {
      link(statement)
      runs += await everythingElseWorks(true)
    })

    it(`while its commands are loaded leaves those of hermes alone: it ${way}`, async () => {
      link('', statement)
      // Who asks for the commands of all plugins asks for its too: these end it, and none can stop a loop.
      runs += await everythingElseWorks(false)
    })
  }
  after(() => console.log(`        ${runs} commands`))

  /** Together: each of them is waited for, for 5 s. */
  describe('for ever', () => {
    const boxes: Sandbox[] = []
    const hangs = async (hooks: string, module: string, ...args: string[]) => {
      const own = createSandbox()
      boxes.push(own)
      link(hooks, module, own)
      return runHermes(args, {cwd: own.project, env: {...own.env, ...offlinePlugins}})
    }
    let ended: Ended[] = []
    before(async () => {
      ended = await Promise.all([
        hangs(ways['never resolves'], '', 'greet'),
        hangs(ways['waits for ever'], '', 'greet'),
        hangs('', ways['never resolves'], '--help'),
      ])
    })
    after(() => {
      for (const own of boxes) own.remove()
    })

    it('by its init, before its own command, is named with how to be rid of it', () => {
      for (const {code, stderr} of ended.slice(0, 2)) {
        expect({code, stderr}).to.deep.equal({
          code: 1,
          stderr: 'hermes: plugin bad hangs: its init hook still runs after 5 s\n  try: hermes plugins uninstall bad\n',
        })
      }
    })

    it('while its commands are loaded is named where all commands are asked for', () => {
      expect(ended[2]).to.deep.include({
        code: 0,
        stderr:
          'hermes: plugin bad hangs: its commands are not loaded after 5 s; to be rid of it: hermes plugins uninstall bad\n',
      })
      expect(ended[2]?.stdout).to.include('USAGE')
    })
  })

  it('by its init, before its own command, is named when it ends hermes, and not when it throws', async () => {
    const remedy = 'hermes plugins uninstall bad'
    const of = async (way: keyof typeof ways) => {
      link(ways[way])
      return hermes('greet')
    }
    const ended = `hermes: plugin bad ended hermes while its init hook ran; to be rid of it: ${remedy}\n`
    expect(await of('ends the process')).to.include({code: 1, stderr: ended})
    expect(await of('ends the process with 7')).to.include({code: 7, stderr: ended})
    expect(await of('throws')).to.include({code: 0, stdout: 'hello\n'})
  })

  it('while its commands are loaded is named when it ends hermes', async () => {
    const remedy = 'to be rid of it: hermes plugins uninstall bad\n'
    link('', ways['ends the process'])
    expect(await hermes('--help')).to.include({
      code: 1,
      stderr: `hermes: plugin bad ended hermes while its commands were loaded; ${remedy}`,
    })
  })

  it('whose command is broken is named in one line, and only where its commands matter', async () => {
    link('', "import 'not-installed'")
    expect((await hermes('sessions')).stderr).to.equal('')
    const {code, stderr} = await hermes('--help')
    expect(code).to.equal(0)
    expect(stderr).to.match(
      /^hermes: a command of plugin bad can't be loaded: .*not-installed.*; to be rid of it: hermes plugins uninstall bad\n$/,
    )
  })

  it('is not there for a plugin that behaves: its hooks run around its own commands', async () => {
    link("console.log('hook')")
    expect((await hermes('greet')).stdout).to.equal('hook\nhook\nhello\nhook\nhook\n')
    expect((await hermes('config', 'path')).stdout).to.not.include('hook')
  })
})
