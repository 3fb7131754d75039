import {type ChildProcess, execFileSync, spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:net'
import {tmpdir, userInfo} from 'node:os'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'

const program = '/usr/sbin/sshd'
const separation = '/run/sshd'

/** A server of the machine's OpenSSH on the loopback, for this user alone: key, port and files of its own. */
export class Sshd {
  readonly #folder: string
  readonly #port: number
  readonly #process: ChildProcess

  /** Undefined where there is no OpenSSH, or it does not start here. */
  static async start(): Promise<Sshd | undefined> {
    if (process.platform !== 'linux' || !existsSync(program)) return undefined
    const folder = mkdtempSync(path.join(tmpdir(), 'hermes-sshd-'))
    try {
      for (const name of ['host', 'user']) {
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(folder, name)], {stdio: 'ignore'})
      }
      const server = new Sshd(folder, await freePort())
      if (await server.#listens()) return server
      await server.stop()
    } catch {
      rmSync(folder, {recursive: true, force: true})
    }
    return undefined
  }

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#port = port
    const settings = {
      Port: port,
      ListenAddress: '127.0.0.1',
      HostKey: path.join(folder, 'host'),
      AuthorizedKeysFile: path.join(folder, 'user.pub'),
      PidFile: 'none',
      StrictModes: 'no',
      UsePAM: 'no',
      PasswordAuthentication: 'no',
      KbdInteractiveAuthentication: 'no',
    }
    const file = path.join(folder, 'config')
    writeFileSync(
      file,
      Object.entries(settings)
        .map(([name, value]) => `${name} ${value}\n`)
        .join(''),
    )
    const command = [program, '-D', '-e', '-f', file]
    // For the administrator it wants a folder that the system's own service makes: one that is seen by it alone will do.
    const hidden = `mount -t tmpfs tmpfs /run && mkdir ${separation} && exec "$@"`
    const needed = process.getuid?.() === 0 && !existsSync(separation)
    const [first = '', ...rest] = needed ? ['unshare', '-m', 'sh', '-c', hidden, 'sh', ...command] : command
    this.#process = spawn(first, rest, {stdio: ['ignore', 'ignore', 'pipe']})
  }

  /** Words that run a shell script on the other end, as `hermes chat --gateway-command` takes them. */
  command(script: string): string[] {
    const options = {
      IdentityFile: path.join(this.#folder, 'user'),
      IdentitiesOnly: 'yes',
      StrictHostKeyChecking: 'no',
      UserKnownHostsFile: '/dev/null',
      LogLevel: 'ERROR',
    }
    const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
    const host = `${userInfo().username}@127.0.0.1`
    return ['ssh', '-F', 'none', '-T', '-p', String(this.#port), ...words, host, script]
  }

  /** The processes of its connections. */
  connections(): number[] {
    const {pid} = this.#process
    return pid === undefined ? [] : childrenOf(pid)
  }

  /** Ends every connection as a server that goes down does. */
  cut(): void {
    for (const pid of this.connections()) process.kill(pid, 'SIGKILL')
  }

  async stop(): Promise<void> {
    const {exitCode, signalCode} = this.#process
    if (exitCode === null && signalCode === null) {
      const ended = once(this.#process, 'exit')
      this.#process.kill('SIGTERM')
      await ended
    }
    rmSync(this.#folder, {recursive: true, force: true})
  }

  async #listens(): Promise<boolean> {
    let said = ''
    const {stderr} = this.#process
    if (!stderr) return false
    for await (const piece of stderr) {
      said += String(piece)
      if (said.includes('Server listening')) break
    }
    return said.includes('Server listening')
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await setTimeout(0)
  return typeof address === 'object' && address ? address.port : 0
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent
      } catch {
        return false
      }
    })
}
