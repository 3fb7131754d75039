import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {ensureBuilt, root} from '../helpers/build.js'
import {runHermes, runProgram} from '../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

interface Launcher {
  isSupported(version: string): boolean
  nodeRange: string
  withCommand(args: readonly string[], isTerminal: boolean): string[]
}

const manifest: {name: string; version: string; engines: {node: string}} = JSON.parse(
  readFileSync(path.join(root, 'package.json'), 'utf8'),
)

describe('bin/run.js', () => {
  let box: Sandbox
  before(function () {
    this.timeout(60_000)
    ensureBuilt()
  })
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  it('takes the Node versions of package.json and no other', async () => {
    const {isSupported, nodeRange}: Launcher = await import(path.join(root, 'bin', 'launcher.js'))
    expect(nodeRange).to.equal(manifest.engines.node)
    const versions = [
      '18.20.0',
      '20.20.2',
      '22.17.9',
      '22.18.0',
      '22.99.0',
      '23.11.0',
      '24.0.0',
      '25.1.0',
      '26.0.0-nightly1',
    ]
    expect(versions.filter(isSupported)).to.deep.equal(['22.18.0', '22.99.0', '24.0.0', '25.1.0', '26.0.0-nightly1'])
  })

  it('is a chat on a terminal, or where a flag of one comes first, and else what was asked for', async () => {
    const {withCommand}: Launcher = await import(path.join(root, 'bin', 'launcher.js'))
    expect(withCommand([], true)).to.deep.equal(['chat'])
    expect(withCommand([], false)).to.deep.equal([])
    for (const isTerminal of [true, false]) {
      for (const args of [['-c'], ['--resume', 'x'], ['-p', 'hi'], ['--nope']]) {
        expect(withCommand(args, isTerminal)).to.deep.equal(['chat', ...args])
      }
      for (const args of [['--help'], ['-h'], ['--version'], ['-v'], ['chat', '-c'], ['doctor'], ['help'], ['']]) {
        expect(withCommand(args, isTerminal)).to.deep.equal(args)
      }
    }
    const {code, stdout} = await runHermes([], {cwd: box.project, env: box.env})
    expect(code).to.equal(0)
    expect(stdout).to.contain('USAGE').and.to.contain('COMMANDS')
  })

  it('prints its version like the commands’ own frame does', async () => {
    const text = `${manifest.name}/${manifest.version} ${process.platform}-${process.arch} node-${process.version}\n`
    const options = {cwd: box.project, env: box.env}
    expect((await runHermes(['--version'], options)).stdout).to.equal(text)
    expect((await runHermes(['-v'], options)).stdout).to.equal(text)
    // A second argument takes the long way.
    expect((await runHermes(['--version', 'x'], options)).stdout).to.equal(text)
  })

  const onPosix = process.platform === 'win32' ? () => undefined : it
  onPosix('says so when its working directory is gone', async () => {
    const script = `mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" config`
    const run = path.join(root, 'bin', 'run.js')
    const options = {cwd: box.project, env: box.env}
    const {code, stderr} = await runProgram('/bin/sh', ['-c', script, process.execPath, run], options)
    expect({code, stderr}).to.deep.equal({
      code: 2,
      stderr: 'hermes: the working directory is gone\n  try: cd to one that is there\n',
    })
  })

  // As in a container that is run with `--user 54321`.
  onPosix('serves a user whom the system does not list, given a home directory', async function () {
    if (process.getuid?.() !== 0 || spawnSync('setpriv', ['--version']).status !== 0) this.skip()
    const run = path.join(root, 'bin', 'run.js')
    const unlisted = async (env: NodeJS.ProcessEnv, words = ['config', 'get', 'recovery.limit']) => {
      const args = ['--reuid', '54321', '--clear-groups', process.execPath, run, ...words]
      const {code, stdout, stderr} = await runProgram('setpriv', args, {cwd: '/', env})
      return {code, stdout, stderr}
    }
    expect(await unlisted({PATH: process.env.PATH, HOME: '/'})).to.deep.equal({code: 0, stdout: '3\n', stderr: ''})
    const without = 'hermes: this user has no home directory\n  try: set HOME to a directory\n'
    const env = {PATH: process.env.PATH}
    expect(await unlisted(env)).to.deep.equal({code: 2, stdout: '', stderr: without})
    expect(await unlisted({...env, HERMES_HOME: '/nowhere'})).to.deep.equal({code: 0, stdout: '3\n', stderr: ''})
    for (const words of [['--help'], [], ['-h'], ['help', 'chat'], ['chat', '--help']]) {
      const help = await unlisted(env, words)
      expect(help, words.join(' ')).to.include({code: 0, stderr: ''})
      expect(help.stdout).to.include('USAGE')
    }
  })

  onPosix(
    'keeps what it makes to its user, under any umask, and takes no code from a folder that others could write',
    async () => {
      const run = path.join(root, 'bin', 'run.js')
      const folder = path.join(box.home, '.cache', 'hermes', 'compile')
      const start = (umask: string, ...words: string[]) => {
        const args = ['-c', `umask ${umask}; exec "$0" "$@"`, process.execPath, run, ...words]
        return runProgram('/bin/sh', args, {
          cwd: box.project,
          env: {...box.env, XDG_CACHE_HOME: path.join(box.home, '.cache'), HERMES_MODEL: 'offline/5'},
        })
      }
      for (const umask of ['000', '002', '022', '077']) {
        rmSync(path.join(box.home, '.cache'), {recursive: true, force: true})
        rmSync(path.join(box.home, '.hermes'), {recursive: true, force: true})
        const {code, stderr} = await start(umask, 'chat', '-p', 'hi')
        expect(code, stderr).to.equal(0)
        expect(existsSync(folder)).to.equal(true)
        const open = [box.env.HERMES_HOME ?? '', path.dirname(folder), folder].flatMap((top) =>
          [
            top,
            ...readdirSync(top, {withFileTypes: true}).flatMap((entry) =>
              entry.isDirectory() ? [path.join(top, entry.name)] : [],
            ),
          ].filter(
            // Below a private folder Node makes them as it does.
            (name) => path.dirname(name) !== folder && (statSync(name).mode & 0o077) !== 0,
          ),
        )
        expect(open, umask).to.deep.equal([])
      }
      for (const [mode, taken] of [
        [0o775, false],
        [0o777, false],
        [0o755, true],
        [0o700, true],
      ] as const) {
        writeFileSync(path.join(folder, 'planted'), '')
        chmodSync(folder, mode)
        expect((await start('022', 'config', 'path')).code).to.equal(0)
        expect(existsSync(path.join(folder, 'planted')), mode.toString(8)).to.equal(taken)
        expect(statSync(folder).mode & 0o777).to.equal(0o700)
      }
    },
  )

  it('takes no relative home: in a clone it could hold rules and sessions of somebody else', async () => {
    for (const home of ['.hermes', './h', ' h/x ', '..', '~other']) {
      const {code, stderr} = await runHermes(['permissions', 'list'], {
        cwd: box.project,
        env: {...box.env, HERMES_HOME: home},
      })
      expect(code, home).to.equal(3)
      expect(stderr).to.include(`HERMES_HOME is ${JSON.stringify(home.trim())}; expected an absolute path`)
    }
    const asked = await runHermes(['--help'], {cwd: box.project, env: {...box.env, HERMES_HOME: '.hermes'}})
    expect(asked.code).to.equal(0)
  })

  it('finds chunks where they are said to be, and all else as Node does', async () => {
    const folder = path.join(box.directory, 'installed')
    const write = (name: string, text: string) => {
      mkdirSync(path.dirname(path.join(folder, name)), {recursive: true})
      writeFileSync(path.join(folder, name), text)
    }
    write('package.json', '{"type": "module"}')
    write('bin/launcher.js', readFileSync(path.join(root, 'bin', 'launcher.js'), 'utf8'))
    write('elsewhere.js', 'export const url = import.meta.url')
    mkdirSync(path.join(folder, 'dist', 'chunks'), {recursive: true})
    for (const link of ['dist/chunks/linked.js', 'dist/linked.js'])
      symlinkSync(path.join(folder, 'elsewhere.js'), path.join(folder, link))
    write('dist/gateway/package.json', '{"type": "commonjs"}')
    write('dist/gateway/main.js', 'module.exports = typeof module')
    write('dist/chunks/named.js', "export {basename} from 'node:path'")
    write(
      'dist/cli.js',
      `import {url as chunk} from './chunks/linked.js'
      import {url as other} from './linked.js'
      import gateway from './gateway/main.js'
      import {basename} from './chunks/named.js'
      const missing = await import('./chunks/missing.js').catch(({code}) => code)
      console.log([basename(chunk), basename(other), gateway, missing].join())`,
    )
    write('start.js', "import {findOwnChunks} from './bin/launcher.js'\nfindOwnChunks()\nawait import('./dist/cli.js')")
    const {stdout, stderr} = await runProgram(process.execPath, [path.join(folder, 'start.js')], {
      cwd: folder,
      env: box.env,
    })
    // Node follows the link to the file that it is.
    expect({stdout, stderr}).to.deep.equal({stdout: 'linked.js,elsewhere.js,object,ENOENT\n', stderr: ''})
  })

  it('says what to do when it is not built', async () => {
    cpSync(path.join(root, 'bin'), path.join(box.directory, 'bin'), {recursive: true})
    cpSync(path.join(root, 'package.json'), path.join(box.directory, 'package.json'))
    const {code, stdout, stderr} = await runProgram(
      process.execPath,
      [path.join(box.directory, 'bin', 'run.js'), 'chat'],
      {
        cwd: box.project,
        env: box.env,
      },
    )
    expect({code, stdout, stderr}).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: 'hermes: it is not built yet\n  try: npm run build\n',
    })
  })

  it('runs from source by bin/dev.js', async function () {
    this.timeout(60_000)
    const {code, stdout, stderr} = await runProgram(
      process.execPath,
      [path.join(root, 'bin', 'dev.js'), 'config', 'get', 'recovery.limit'],
      {cwd: box.project, env: box.env},
    )
    expect({code, stdout, stderr}).to.deep.equal({code: 0, stdout: '3\n', stderr: ''})
  })

  // The part of the launcher that serves a Node which is too old is run by the Node of these tests:
  // a module that is loaded first makes it look like 20.0.0.
  describe('on a Node that is too old', () => {
    const oldNode = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.0.0"})'

    /** A copy of the program whose pinned Node is `script`, or which has none. */
    function install(script?: string): string {
      cpSync(path.join(root, 'bin'), path.join(box.directory, 'bin'), {recursive: true})
      cpSync(path.join(root, 'package.json'), path.join(box.directory, 'package.json'))
      if (script !== undefined) {
        const node = path.join(box.directory, 'node_modules', 'node', 'bin', 'node')
        mkdirSync(path.dirname(node), {recursive: true})
        box.write('node_modules/node/bin/node', script)
        chmodSync(node, 0o755)
      }
      return path.join(box.directory, 'bin', 'run.js')
    }

    const nodeArgs = (run: string, ...args: string[]) => ['--import', oldNode, run, ...args]

    it('says what is needed when there is no other', async () => {
      const {code, stdout, stderr} = await runProgram(process.execPath, nodeArgs(install(), 'chat'), {
        cwd: box.project,
        env: box.env,
      })
      expect(code).to.equal(2)
      expect(stdout).to.equal('')
      expect(stderr).to.equal(
        `hermes: Node is 20.0.0 (${process.execPath}); expected ^22.18 || >=24\n` +
          '  try: install a newer one from https://nodejs.org\n' +
          '  try: npm install, in a clone of the project: it brings one along\n',
      )
    })

    it('does not start a pinned Node that is as old for ever', async () => {
      // The pinned one is the real program on a Node that looks old, again.
      const script = `#!/bin/sh\nexec "${process.execPath}" --import '${oldNode}' "$@"\n`
      const {code, stderr} = await runProgram(process.execPath, nodeArgs(install(script), 'chat'), {
        cwd: box.project,
        env: box.env,
      })
      expect(code).to.equal(2)
      expect(stderr).to.contain('hermes: Node is')
    })

    it('hands over arguments, input, output and exit code', async () => {
      const run = install('#!/bin/sh\nshift\nprintf "%s|" "$@"\ncat\necho oops >&2\nexit 7\n')
      const ended = await runProgram(process.execPath, nodeArgs(run, 'a b', '--c'), {
        cwd: box.project,
        env: box.env,
        input: 'typed',
      })
      expect(ended).to.deep.equal({code: 7, signal: null, stdout: 'a b|--c|typed', stderr: 'oops\n'})
    })

    it('hands over from source as well, to itself and before anything is loaded that an old one lacks', async () => {
      const run = install('#!/bin/sh\nprintf "%s|" "$@"\nexit 7\n')
      const dev = path.join(path.dirname(run), 'dev.js')
      const ended = await runProgram(process.execPath, nodeArgs(dev, 'doctor', '--json'), {
        cwd: box.project,
        env: box.env,
      })
      expect(ended).to.deep.equal({code: 7, signal: null, stdout: `${dev}|doctor|--json|`, stderr: ''})
    })

    it('ends by the signal that ended the other', async () => {
      const run = install('#!/bin/sh\nkill -KILL $$\n')
      const ended = await runProgram(process.execPath, nodeArgs(run), {cwd: box.project, env: box.env})
      expect(ended.signal).to.equal('SIGKILL')
    })

    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      it(`passes ${signal} on, once, where no terminal has done so`, async () => {
        const script = `#!/bin/sh\nexec "${process.execPath}" -e '
          let count = 0
          process.on("${signal}", () => { count++; setTimeout(() => { console.log("got " + count); process.exit(9) }, 100) })
          console.log("ready"); setInterval(() => {}, 1000)'\n`
        const child = spawn(process.execPath, nodeArgs(install(script)), {
          env: box.env,
          stdio: ['ignore', 'pipe', 'pipe'],
        })
        const output = await outputUntil(child, 'ready')
        child.kill(signal)
        const rest = await ended(child)
        expect(output + rest.stdout).to.equal('ready\ngot 1\n')
        expect(rest.code).to.equal(9)
      })
    }

    it('passes a signal on that comes before its spawn has returned', async () => {
      const signalled = path.join(box.directory, 'signalled')
      const script = `#!/bin/sh\nexec "${process.execPath}" -e '
          process.on("SIGINT", () => process.exit(9)); setTimeout(() => {}, 15_000)
          process.kill(process.ppid, "SIGINT"); fs.writeFileSync("${signalled}", "")'\n`
      const slowSpawn = `data:text/javascript,${encodeURIComponent(`
        import child from 'node:child_process'
        import fs from 'node:fs'
        import {syncBuiltinESMExports} from 'node:module'
        const {spawn} = child
        child.spawn = (...args) => {
          const started = spawn(...args)
          while (!fs.existsSync(${JSON.stringify(signalled)}));
          return started
        }
        syncBuiltinESMExports()`)}`
      const ended = await runProgram(process.execPath, ['--import', slowSpawn, ...nodeArgs(install(script))], {
        cwd: box.project,
        env: box.env,
      })
      expect({code: ended.code, signal: ended.signal}).to.deep.equal({code: 9, signal: null})
    })

    it('runs the real program', async () => {
      const run = install()
      const pinned = path.join(box.directory, 'node_modules', 'node', 'bin')
      mkdirSync(pinned, {recursive: true})
      symlinkSync(process.execPath, path.join(pinned, 'node'))
      cpSync(path.join(root, 'dist'), path.join(box.directory, 'dist'), {recursive: true})
      cpSync(path.join(root, 'oclif.manifest.json'), path.join(box.directory, 'oclif.manifest.json'))
      const {code, stdout, stderr} = await runProgram(
        process.execPath,
        nodeArgs(run, 'config', 'get', 'recovery.limit'),
        {
          cwd: box.project,
          env: box.env,
        },
      )
      expect({code, stdout, stderr}).to.deep.equal({code: 0, stdout: '3\n', stderr: ''})
    })
  })
})

function outputUntil(child: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const listen = (chunk: Buffer) => {
      output += chunk
      if (!output.includes(text)) return
      child.stdout?.off('data', listen)
      resolve(output)
    }
    child.stdout?.on('data', listen)
    child.once('exit', () => reject(new Error(`it ended before it wrote ${text}: ${output}`)))
  })
}

function ended(child: ChildProcess): Promise<{code: number | null; stdout: string}> {
  return new Promise((resolve) => {
    let stdout = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk
    })
    child.removeAllListeners('exit')
    child.once('close', (code) => resolve({code, stdout}))
  })
}
