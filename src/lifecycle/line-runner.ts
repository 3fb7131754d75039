import {type ChildProcess, spawn} from 'node:child_process'
import {homedir} from 'node:os'
import {messageOf} from '../errors.js'
import {isWindows} from '../platform.js'
import {hookNames, type PluginHooks} from './declared-hooks.js'
import {
  type DeclaredHook,
  endGroup,
  type HookOutcome,
  type HookRunner,
  LINES,
  oneLine,
  type PluginMessage,
} from './hook-runner.js'
import type {GatewayHookName, HookEvent} from './hooks.js'
import {readPluginOutput} from './plugin-output.js'
import {readVerdict} from './tool-hooks/verdict.js'

export interface LineRunnerOptions {
  hooks: readonly DeclaredHook[]
  /** How long a line may take, milliseconds. */
  timeoutMs: number
  env: NodeJS.ProcessEnv
  /** Program and arguments that start it, so that it ends with us; may be empty. */
  launcher: readonly string[]
  onMessage: (message: PluginMessage) => void
}

/** Exit code by which a line of `tool:before` denies. */
const DENIES = 2

/** Messages of a line that are shown for each event, as of a plugin. */
const messagesPerEvent = 20

/** Lines of shell as hooks; `target` is the line. */
export function declaredLines(lines: Readonly<Partial<Record<GatewayHookName, string>>>): PluginHooks {
  const hooks = hookNames.flatMap((hook): DeclaredHook[] => {
    const target = lines[hook]
    return target === undefined ? [] : [{hook, target, identifier: '', file: undefined}]
  })
  return {plugin: {name: LINES, version: '', root: ''}, builtIn: false, hooks}
}

/**
 * Runs each hook as a line of the system's shell: a process group of its own, without a terminal, in the home directory;
 * the event is on stdin as one line of JSON and its hook in `HERMES_HOOK`. At the deadline the group is ended. What a line
 * that ended in time has left in the background lives on. Of `tool:before` exit code 2 denies, with what it printed to
 * stderr as the reason, and a line of JSON on stdout is its answer.
 */
export function createLineRunner({hooks, timeoutMs, env, launcher, onMessage}: LineRunnerOptions): HookRunner {
  /** One, and those beside it that decide on calls of tools. */
  const running = new Set<ChildProcess>()
  let ended: Promise<void> = Promise.resolve()

  function start(line: string, hook: GatewayHookName): ChildProcess {
    const shell = isWindows ? [env.ComSpec ?? 'cmd.exe', '/d', '/s', '/c', `"${line}"`] : ['/bin/sh', '-c', line]
    const [program = '', ...args] = [...launcher, ...shell]
    return spawn(program, args, {
      cwd: homedir(),
      env: {...env, HERMES_HOOK: hook},
      detached: !isWindows,
      windowsVerbatimArguments: true,
      stdio: 'pipe',
    })
  }

  function call({target, hook}: DeclaredHook, event: HookEvent): Promise<HookOutcome> {
    const deadlineMs = event.type === 'end' ? Math.max(timeoutMs, event.deadlineMs) : timeoutMs
    let shown = 0
    let lastWords = ''
    let answer: string | undefined
    const say = (level: PluginMessage['level'], text: string) => {
      shown += 1
      if (shown <= messagesPerEvent) onMessage({plugin: LINES, level, text: oneLine(text)})
    }
    return new Promise((resolve) => {
      const child = start(target, hook)
      running.add(child)
      const finish = (outcome: HookOutcome) => {
        clearTimeout(timer)
        running.delete(child)
        resolve(outcome)
      }
      const timer = setTimeout(() => {
        endGroup(child)
        finish({ok: false, kind: 'stopped', message: `was not done after ${deadlineMs} ms and was ended`})
      }, deadlineMs)
      child.on('error', (error) => finish({ok: false, kind: 'load', message: oneLine(messageOf(error))}))
      child.on('exit', (code, signal) => {
        // What it printed may come behind its end; what it left in the background may hold the pipes.
        void closed(child).then(() => {
          if (hook === 'tool:before' && (code === 0 || code === DENIES)) return finish(decided(code, answer, lastWords))
          if (code === 0) return finish({ok: true})
          const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`
          finish({ok: false, kind: 'exit', message: oneLine(lastWords ? `${how}: ${lastWords}` : how)})
        })
      })
      readPluginOutput(child.stdout, (text) => {
        if (hook === 'tool:before' && text.trimStart().startsWith('{')) answer = text
        else say('log', text)
      })
      readPluginOutput(child.stderr, (text) => {
        lastWords = text
        say('debug', text)
      })
      // A line need not read it.
      child.stdin?.on('error', () => {})
      child.stdin?.end(`${JSON.stringify(event)}\n`)
      child.unref()
    })
  }

  return {
    place: 'own-process',
    get pid() {
      const [first] = running
      return first?.pid
    },
    load: async () => [],
    run(index, event) {
      const hook = hooks[index]
      if (!hook) return {ok: true}
      const outcome = call(hook, event)
      ended = Promise.all([ended, outcome]).then(() => {})
      return outcome
    },
    async end(deadlineMs) {
      if (running.size === 0) return true
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<boolean>((resolve) => {
        timer = setTimeout(resolve, deadlineMs, true)
      })
      const isLate = await Promise.race([ended.then(() => false), late])
      clearTimeout(timer)
      if (isLate) for (const child of running) endGroup(child)
      return !isLate
    },
    endNow() {
      for (const child of running) endGroup(child)
    },
  }
}

function decided(code: number, answer: string | undefined, lastWords: string): HookOutcome {
  if (code === DENIES) return {ok: true, verdict: {deny: oneLine(lastWords) || 'no reason given'}}
  if (answer === undefined) return {ok: true}
  let value: unknown
  try {
    value = JSON.parse(answer)
  } catch {
    return {ok: false, kind: 'wrong-answer', message: oneLine(`printed what is no JSON: ${answer.slice(0, 100)}`)}
  }
  const read = readVerdict(value)
  if ('wrong' in read) return {ok: false, kind: 'wrong-answer', message: oneLine(read.wrong)}
  return {ok: true, verdict: read.verdict}
}

function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 100)
    child.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
