import {existsSync, readdirSync, statSync} from 'node:fs'
import path from 'node:path'
import {judgeOwner, systemProbe, thisOwner} from '../../gateway/session/ownership/owner.js'
import {isOfGateway, runningGateways} from '../../hand-over/running.js'
import {homeFiles} from '../../platform.js'
import {redactCommand} from '../../redact/index.js'
import {type Ours, orphanGateways} from '../own-gateways.js'
import {listProcesses, originOf, type ProcessRow} from '../processes.js'
import {openForReading} from '../read-database.js'
import {count, shellWord} from '../text.js'
import type {Check, DoctorContext, Finding} from '../types.js'

const DAY_MS = 86_400_000

export const leftoversCheck: Check = {
  id: 'leftovers',
  title: 'Leftovers',
  run: (context) => {
    const {home, now} = context
    const folder = homeFiles(home).runs
    const known = new Set(runningGateways(folder).map(({pid}) => pid))
    const orphans = orphanGateways(listProcesses(), oursOf(context), originOf).filter(({pid}) => !known.has(pid))
    const owners = existsSync(homeFiles(home).database) ? staleOwners(homeFiles(home).database) : []
    const runs = oldFiles(folder, now - DAY_MS).filter((file) => !isOfGateway(file))
    return judgeLeftovers({orphans, owners, runs})
  },
}

export function judgeLeftovers(left: {
  orphans: readonly ProcessRow[]
  owners: readonly string[]
  runs: readonly string[]
}): Finding {
  const {orphans, owners, runs} = left
  const evidence = [
    ...orphans.map(({pid, argv}) => `orphan gateway, pid ${pid}: ${redactCommand(argv).join(' ')}`),
    ...owners.map((each) => `session ${each}`),
    ...runs.map((file) => `run file ${file}`),
  ]
  const calm =
    owners.length > 0 ? `${count(owners.length, 'session')} of a process that is gone, to be opened as usual` : 'none'
  if (orphans.length > 0) {
    const remedy = [{text: 'Nobody talks to them any more', command: `kill ${orphans.map(({pid}) => pid).join(' ')}`}]
    return {status: 'warn', summary: `${count(orphans.length, 'gateway')} without a terminal program`, evidence, remedy}
  }
  if (runs.length > 0) {
    return {
      status: 'warn',
      summary: `${count(runs.length, 'old run file')}`,
      evidence,
      remedy: [{text: 'The next chat tells of them; else', command: `rm ${runs.map(shellWord).join(' ')}`}],
    }
  }
  return {status: 'ok', summary: calm, evidence}
}

/** A gateway file that is missing is another check's finding. */
function oursOf({home, host, builtinEntry}: DoctorContext): Ours {
  const launchers = ['run.js', 'dev.js'].map((name) => path.join(host.root, 'bin', name))
  try {
    return {home, gateways: builtinEntry().slice(-1), launchers}
  } catch {
    return {home, gateways: [], launchers}
  }
}

/** Sessions that belong to a process that is gone; the next hermes that opens one takes it over. */
function staleOwners(file: string): string[] {
  let database: ReturnType<typeof openForReading> | undefined
  try {
    database = openForReading(file)
    const self = thisOwner()
    const probe = systemProbe(self)
    return database
      .prepare('SELECT session_key, pid, birth, boot, since FROM owners')
      .all()
      .flatMap(({session_key: key, pid, birth, boot, since}) => {
        const text = (value: unknown) => (value === null || value === undefined ? null : String(value))
        const owner = {pid: Number(pid), birth: text(birth), boot: text(boot), since: Number(since)}
        return judgeOwner(owner, self, probe) === 'stale'
          ? [`${key}: pid ${pid}, since ${new Date(owner.since).toISOString()}`]
          : []
      })
  } catch {
    // The database's own check says what is wrong with it.
    return []
  } finally {
    database?.close()
  }
}

function oldFiles(directory: string, before: number): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .map((name) => path.join(directory, name))
    .filter((file) => (statSync(file, {throwIfNoEntry: false})?.mtimeMs ?? before) < before)
}
