import {readFileSync} from 'node:fs'
import {userInfo} from 'node:os'
import path from 'node:path'
import {MAX_SOCKET_PATH, socketFolders, unfitFolder} from '../../hand-over/run-folder.js'
import {isStuck, leftBehind, type RunningGateway, runningGateways} from '../../hand-over/running.js'
import {homeFiles, isWindows} from '../../platform.js'
import {readProcessFacts} from '../../supervisor/process/process-facts.js'
import {type LogindFacts, readLogind} from '../logind.js'
import {bytesText, count, durationText, shellWord} from '../text.js'
import type {Check, DoctorContext, Finding, Remedy} from '../types.js'

/** As long as the name of a socket is: pid, six hex digits, and the suffix. */
const NAME_BYTES = '4194304-abcdef.sock'.length

export interface DetachedGateway extends Pick<RunningGateway, 'pid' | 'detachedAt' | 'sessions' | 'build'> {
  /** Resident, bytes; undefined where the system does not tell. */
  rssBytes: number | undefined
  /** It gives no sign of life; `stopped`: by a signal. */
  stuck: 'no' | 'stuck' | 'stopped'
}

export interface DetachedFacts {
  /** Without a terminal. */
  gateways: readonly DetachedGateway[]
  /** Why a folder is not used, with its name: `/home/me/.hermes/run is a link`. */
  unfit: readonly {folder: string; why: string; needed: boolean}[]
  /** Paths of what gateways have left that are gone. */
  leftBehind: readonly string[]
  logind: LogindFacts | undefined
  /** `session.detach`. */
  policy: string
  version: string
  now: number
}

export const detachedCheck: Check = {
  id: 'detached',
  title: 'Detached',
  run: (context) => {
    if (isWindows) return {status: 'skipped', summary: 'not available on Windows'}
    return judgeDetached(factsOf(context))
  },
}

function factsOf({home, env, config, version, now}: DoctorContext): DetachedFacts {
  const folder = homeFiles(home).runs
  const sockets = socketFolders(env, folder)
  const {username, uid} = userInfo()
  return {
    gateways: runningGateways(folder)
      .filter(({detachedAt}) => detachedAt !== undefined)
      .map((gateway) => ({...gateway, rssBytes: rssOf(gateway.pid), stuck: stuckness(folder, gateway, now)})),
    unfit: unfitFolders(folder, sockets),
    leftBehind: leftBehind(folder, sockets),
    logind: readLogind({env, user: username, uid}),
    policy: 'values' in config ? config.values['session.detach'] : 'turn',
    version,
    now,
  }
}

/** Pure. */
export function judgeDetached(facts: DetachedFacts): Finding {
  const {gateways, unfit, leftBehind: left, logind, policy, now} = facts
  const sessions = gateways.flatMap(({sessions: open, ...gateway}) => open.map((session) => ({...session, gateway})))
  const problems: string[] = []
  const remedy: Remedy[] = []
  for (const {key, gateway} of sessions.filter(({gateway: {stuck}}) => stuck !== 'no')) {
    problems.push(`session ${key} is ${gateway.stuck}: its gateway ${gateway.pid} gives no sign of life`)
    const text = 'End it; the session is stored up to there, and hermes attach goes on with it'
    remedy.push({text, command: `hermes stop ${shellWord(key)}`})
  }
  for (const {folder, why} of unfit.filter(({needed}) => needed)) {
    problems.push(`no session outlives its terminal: ${folder} ${why}`)
    remedy.push(fitRemedy(folder, why))
  }
  if (logind?.kills && !logind.inService) {
    problems.push(`logging out ends every session: KillUserProcesses=yes in ${logind.says}`)
    if (!logind.lingers) remedy.push({text: 'Let your services outlive it', command: 'loginctl enable-linger'})
    remedy.push(
      logind.userBus
        ? {text: 'Then start the chat as one', command: 'systemd-run --user --scope hermes chat'}
        : 'There is no user bus here, by which systemd-run --user could start the chat outside of the login session.',
    )
  }
  const waiting = sessions.filter(({status}) => status === 'waiting').length
  const calm = [
    sessions.length === 0
      ? 'no session works without a terminal'
      : `${count(sessions.length, 'session')} without a terminal${spanOf(gateways, now)}`,
    ...(waiting > 0 ? [`${waiting} ${waiting === 1 ? 'waits' : 'wait'} for your answer`] : []),
    ...(policy === 'never' ? ['none is to (session.detach: never)'] : []),
  ].join(', ')
  const evidence = [
    ...sessions.map((session) => rowOf(session, facts)),
    ...unfit.filter(({needed}) => !needed).map(({folder, why}) => `${folder} ${why}: the run folder is used instead`),
    ...(logind?.endsServices && logind.inService
      ? ['Ubuntu 24.04 may end it at your last logout, although you linger (fixed in systemd 256.3)']
      : []),
    ...left.map((file) => `${file} is of a gateway that is gone: harmless, the next one removes it`),
  ]
  const [first, ...others] = problems
  if (first === undefined) return {status: 'ok', summary: calm, evidence}
  return {status: 'warn', summary: first, evidence: [...others, ...evidence], remedy}

  function rowOf({key, status, gateway}: (typeof sessions)[number], {version}: DetachedFacts): string {
    const {pid, detachedAt = now, rssBytes, build} = gateway
    const facts = [
      `session ${key} is ${status} without a terminal, pid ${pid}`,
      `for ${durationText(Math.max(0, now - detachedAt))}`,
      ...(rssBytes === undefined ? [] : [bytesText(rssBytes)]),
      ...(status === 'waiting' ? ['a question waits'] : []),
      ...(build === version ? [] : [`hermes ${build}`]),
    ]
    return `${facts.join(', ')}: hermes attach ${key}`
  }
}

/** ` for up to 5 min, 160 MB`: of all together. */
function spanOf(gateways: readonly DetachedGateway[], now: number): string {
  const longest = Math.max(...gateways.map(({detachedAt = now}) => now - detachedAt), 0)
  const bytes = gateways.reduce((sum, {rssBytes = 0}) => sum + rssBytes, 0)
  const age = `${gateways.length > 1 ? ' for up to' : ' for'} ${durationText(longest)}`
  return bytes > 0 ? `${age}, ${bytesText(bytes)}` : age
}

function fitRemedy(folder: string, why: string): Remedy {
  const name = shellWord(folder)
  if (why.startsWith('is open')) return {text: 'Keep it to yourself', command: `chmod 700 ${name}`}
  if (why.includes('too long')) return 'Set XDG_RUNTIME_DIR to a folder of yours with a short path.'
  return {text: 'Look whose it is, and put it out of the way', command: `ls -ld ${name}`}
}

/** What would hold a gateway up that wants to listen. The first folder that fits is taken. */
function unfitFolders(runFolder: string, sockets: readonly string[]): DetachedFacts['unfit'] {
  const found = [...new Set([runFolder, ...sockets])].flatMap((folder) => {
    const why = unfitFolder(folder)
    return why === undefined || why === 'is missing' ? [] : [{folder, why}]
  })
  const isLong = (folder: string) => Buffer.byteLength(path.join(folder, ' '.repeat(NAME_BYTES))) > MAX_SOCKET_PATH
  const tooLong = sockets.every((folder) => isLong(folder) || found.some((each) => each.folder === folder))
  // The run folder holds what says where the socket is, whatever place that has.
  const named = found.map((each) => ({...each, needed: each.folder === runFolder}))
  if (!tooLong || named.some(({needed}) => needed)) return named
  return [...named, {folder: runFolder, why: 'is too long a path for a socket', needed: true}]
}

function stuckness(folder: string, gateway: RunningGateway, now: number): DetachedGateway['stuck'] {
  if (readProcessFacts(gateway.pid)?.state === 'T') return 'stopped'
  return isStuck(folder, gateway, now) ? 'stuck' : 'no'
}

function rssOf(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}
