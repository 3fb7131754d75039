import {existsSync, readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'

/** What the login manager does with a person's processes when the last session of theirs is over. */
export interface LogindFacts {
  /** `KillUserProcesses`: what runs in a login session ends with it. */
  kills: boolean
  /** The file that says so; undefined where it is the default. */
  says: string | undefined
  /** The person's services outlive the session. */
  lingers: boolean
  /** This process is in a service of the person, and not in a login session. */
  inService: boolean
  /** `systemd-run --user` has somebody to talk to. */
  userBus: boolean
  /** Ubuntu 24.04: systemd 255 ends services of the person at the last logout, although they linger (systemd#43361). */
  endsServices: boolean
}

export interface LogindOptions {
  env: NodeJS.ProcessEnv
  user: string
  uid: number
  /** Where the system's files are; default `/`. */
  root?: string
}

/** In the order in which drop-ins of the same name replace each other: those of the administrator win. */
const folders = ['etc/systemd', 'run/systemd', 'usr/local/lib/systemd', 'usr/lib/systemd']

/** Undefined where systemd does not run. Reads files alone. */
export function readLogind({env, user, uid, root = '/'}: LogindOptions): LogindFacts | undefined {
  if (!existsSync(path.join(root, 'run/systemd/system'))) return undefined
  let kills = false
  let says: string | undefined
  let excluded = ['root']
  let only: string[] = []
  for (const file of logindFiles(root)) {
    for (const [key, value] of loginSection(textOf(file))) {
      if (key === 'KillUserProcesses') {
        kills = /^(?:yes|true|on|1)$/i.test(value)
        says = file
      }
      const users = value.split(/\s+/).filter(Boolean)
      if (key === 'KillExcludeUsers') excluded = users
      if (key === 'KillOnlyUsers') only = users
    }
  }
  const spared = excluded.includes(user) || (only.length > 0 && !only.includes(user))
  const runtime = env.XDG_RUNTIME_DIR ?? path.join('/run/user', String(uid))
  return {
    kills: kills && !spared,
    says,
    lingers: existsSync(path.join(root, 'var/lib/systemd/linger', user)),
    inService: textOf(path.join(root, 'proc/self/cgroup')).includes(`/user@${uid}.service`),
    userBus: existsSync(path.join(root, runtime, 'bus')),
    endsServices: /^ID=ubuntu$/m.test(osRelease(root)) && /^VERSION_ID="?24\.04"?$/m.test(osRelease(root)),
  }
}

/** The main file, of which there is one that counts, then all drop-ins by name. */
function logindFiles(root: string): string[] {
  const places = folders.map((folder) => path.join(root, folder))
  const main = places.map((place) => path.join(place, 'logind.conf')).find((file) => existsSync(file))
  const dropIns = new Map<string, string>()
  for (const place of places) {
    for (const name of namesIn(path.join(place, 'logind.conf.d'))) {
      if (name.endsWith('.conf') && !dropIns.has(name)) dropIns.set(name, path.join(place, 'logind.conf.d', name))
    }
  }
  const sorted = [...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file)
  return main === undefined ? sorted : [main, ...sorted]
}

/** Keys and values of `[Login]`, in their order. */
function loginSection(text: string): [key: string, value: string][] {
  let section = ''
  return text.split('\n').flatMap((line): [string, string][] => {
    const [, name] = /^\s*\[(.*)\]\s*$/.exec(line) ?? []
    if (name !== undefined) section = name
    const [, key, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    return section === 'Login' && key !== undefined ? [[key, value ?? '']] : []
  })
}

const osRelease = (root: string) => textOf(path.join(root, 'etc/os-release'))

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
