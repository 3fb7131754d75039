// What happens before the program proper. This file is read by whatever Node a machine has, so it
// keeps to syntax that an old one parses too: it must come as far as saying what is needed.
import module from 'node:module'

// To be imported, each is made a module of all that it exports, for which that is read: 2 ms more.
const require = module.createRequire(import.meta.url)
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const {fileURLToPath} = require('node:url')

/** The range of package.json's `engines`. */
export const nodeRange = '^22.18 || >=24'

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** @param {string} version as in `process.versions.node` */
export function isSupported(version) {
  const [major, minor] = version.split('.').map(Number)
  return major >= 24 || (major === 22 && minor >= 18)
}

/** The Node that the project pins as a development dependency, if it is installed. */
export function pinnedNode(directory) {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const file = path.join(directory, 'node_modules', 'node', 'bin', name)
  return fs.existsSync(file) ? file : undefined
}

/** Runs `start` on a Node that is new enough, in this process or by starting `file` of bin/ again with another one. */
export function launch(file = 'run.js', start = startBuilt) {
  // A pinned Node that is too old itself must not start itself for ever.
  const again = process.env.HERMES_NODE_PINNED === '1'
  delete process.env.HERMES_NODE_PINNED
  if (isSupported(process.versions.node)) return start()
  const node = again ? undefined : pinnedNode(root)
  if (node) return runWith(node, file)
  return fail(
    `Node is ${process.versions.node} (${process.execPath}); expected ${nodeRange}`,
    ['install a newer one from https://nodejs.org', 'npm install, in a clone of the project: it brings one along'],
    2,
  )
}

/** Of the program and of no command. */
const ownFlags = ['--help', '-h', '--version', '-v']

/**
 * Without a command it is a chat: on a terminal, or where a flag of one comes first (`hermes -c`). Elsewhere a bare
 * `hermes` is the help, for scripts that ask whether it is there.
 */
export function withCommand(args, isTerminal) {
  const [first] = args
  const chats = first === undefined ? isTerminal : first.startsWith('-') && !ownFlags.includes(first)
  return chats ? ['chat', ...args] : args
}

function startBuilt() {
  const args = withCommand(process.argv.slice(2), Boolean(process.stdin.isTTY && process.stdout.isTTY))
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args)
  // The frame costs 35 ms; the text is the one that it prints.
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) return printVersion()

  const cli = path.join(root, 'dist', 'cli.js')
  if (!fs.existsSync(cli)) return fail('it is not built yet', ['npm run build'], 1)

  if (!found(process.cwd)) return fail('the working directory is gone', ['cd to one that is there'], 2)
  const home = homeOfHermes()
  if (home && !/^~(?:[\\/]|$)/.test(home) && !path.isAbsolute(home) && !helps(args)) {
    // In each folder it would be another one, and in a clone it could hold what somebody else allows himself.
    return fail(
      `HERMES_HOME is ${JSON.stringify(home)}; expected an absolute path, or one that begins with ~/`,
      [`export HERMES_HOME="$PWD/${home}", if that is what you mean`],
      3,
    )
  }
  if (!found(os.homedir) && !makeDoWithoutHome(args)) {
    return fail('this user has no home directory', ['set HOME to a directory'], 2)
  }

  // React and Ink take their slow development build without it.
  if (!process.env.NODE_ENV) process.env.NODE_ENV = 'production'
  enableCompileCache()
  if (args[0] === '__complete') {
    const completer = new URL('../dist/completion/main.js', import.meta.url).href
    return import(completer).then((module) => module.complete(root, args.slice(1)))
  }
  const opening = openEarly()
  findOwnChunks()
  const load = () => import(new URL('../dist/cli.js', import.meta.url).href)
  const loaded = opening ? opening.listen().then(load) : load()
  return loaded.then((program) => program.runCli(root, {opening}))
}

/**
 * Where a chunk imports another one, nothing has to be looked for. Node looks at each folder of its path and makes it a URL and
 * a path by turns, character by character, until V8 compiles that for speed, with a compiler that is 5.5 MB of memory.
 */
export function findOwnChunks() {
  const dist = new URL('../dist/', import.meta.url).href
  const chunks = `${dist}chunks/`
  module.registerHooks({
    resolve(specifier, context, next) {
      const {parentURL, conditions} = context
      if (specifier[0] === '.' && parentURL && parentURL.startsWith(dist) && conditions.includes('import')) {
        const {href} = new URL(specifier, parentURL)
        if (href.startsWith(chunks)) return {url: href, format: 'module', shortCircuit: true}
      }
      return next(specifier, context)
    },
  })
}

/** The screen of a chat, before the rest of the program is loaded. */
function openEarly() {
  if (process.argv[2] !== 'chat') return
  return require('../dist/opening.cjs').openEarly(manifest().version)
}

/**
 * A user whom the system does not list, as in `docker run --user 1234`. Help needs no home, and a home of hermes serves
 * as one. False where neither is so.
 */
function makeDoWithoutHome(args) {
  const home = homeOfHermes()
  if (!path.isAbsolute(home) && !helps(args)) return false
  process.env.HOME = path.isAbsolute(home) ? home : path.join(root, 'no-home')
  return true
}

function homeOfHermes() {
  return (process.env.HERMES_HOME || '').trim()
}

function helps(args) {
  return args.length === 0 || args[0] === 'help' || args.includes('--help') || args.includes('-h')
}

/** oclif asks for both first, and says no more than "uv_cwd" and "uv_os_homedir". */
function found(directory) {
  try {
    return directory() !== ''
  } catch {
    return false
  }
}

function manifest() {
  return JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
}

function printVersion() {
  const {name, version} = manifest()
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
}

/** In the person's own cache: the default, a folder in /tmp with a name that can be foretold, could be laid out by another user. */
function enableCompileCache() {
  const home = process.platform === 'win32' ? process.env.LOCALAPPDATA : process.env.XDG_CACHE_HOME
  const ours = path.join(home || path.join(os.homedir(), '.cache'), 'hermes')
  const folder = path.join(ours, 'compile')
  if (process.platform !== 'win32' && !isPrivate(ours, folder)) return
  module.enableCompileCache(folder)
}

/** V8 trusts what it finds there: what others could write to is thrown away, one of somebody else's is not used. */
function isPrivate(ours, folder) {
  try {
    const modes = [makePrivate(ours), makePrivate(folder)]
    if (modes.some((mode) => (mode & 0o022) !== 0)) {
      fs.rmSync(folder, {recursive: true, force: true})
      makePrivate(folder)
    }
    return true
  } catch {
    // A disk that is full or read-only, a folder of another user: it starts without.
    return false
  }
}

/** Makes the folder where there is none, and takes it from others. Returns the mode that it had. */
function makePrivate(folder) {
  fs.mkdirSync(folder, {recursive: true, mode: 0o700})
  const stats = fs.lstatSync(folder)
  if (!stats.isDirectory() || stats.uid !== process.getuid()) throw new Error(`${folder} is not ours`)
  if ((stats.mode & 0o077) !== 0) fs.chmodSync(folder, 0o700)
  return stats.mode
}

/** As the program itself prints an error. */
function fail(message, remedies, code) {
  process.stderr.write(`hermes: ${message}\n${remedies.map((remedy) => `  try: ${remedy}\n`).join('')}`)
  process.exitCode = code
}

/** Runs this program again with another Node and ends as that one ends. */
export function runWith(node, file = 'run.js') {
  return import('node:child_process').then(({spawn}) => {
    // A terminal sends its signals to both of us; the child would take a second one for impatience.
    const terminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY)
    // Before the child is there: a signal that came in between would end us and leave it behind.
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGTERM', 'SIGUSR1', 'SIGUSR2']) {
      if (process.platform === 'win32' && signal.startsWith('SIGUSR')) continue
      const fromTerminal = terminal && ['SIGINT', 'SIGQUIT', 'SIGHUP'].includes(signal)
      process.on(signal, () => {
        if (!fromTerminal) child.kill(signal)
      })
    }
    const child = spawn(node, [path.join(root, 'bin', file), ...process.argv.slice(2)], {
      stdio: 'inherit',
      env: {...process.env, HERMES_NODE_PINNED: '1'},
    })
    return new Promise((resolve) => {
      child.on('error', (error) => {
        fail(`can't start ${node}: ${error.message}`, [], 2)
        resolve()
      })
      child.on('exit', (code, signal) => {
        if (signal === null) process.exitCode = code === null ? 1 : code
        else {
          process.removeAllListeners(signal)
          process.kill(process.pid, signal)
        }
        resolve()
      })
    })
  })
}
