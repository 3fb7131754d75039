// The process in which the hooks of one plugin run. Beside types it may import only files that import no other of ours,
// and by their own ending: Node strips types, so that it also starts from source, but takes no `.js` for a `.ts`.
import {fileURLToPath, pathToFileURL} from 'node:url'
import {format} from 'node:util'
import {provideOwnName} from '../own-name.ts'
import {closest} from '../refusal/closest.ts'
import type {DeclaredCommand} from './declared-commands.js'
import {placeOf} from './error-place.ts'
import type {DeclaredHook, HookProblem} from './hook-runner.js'
import type {HookContext} from './hooks.js'
import type {SlashCommandAnswer} from './slash-command.js'
import {readVerdict} from './tool-hooks/verdict.ts'
import type {FromWorker, ToWorker} from './worker-messages.js'

type Loaded = Extract<ToWorker, {type: 'load'}> & {
  functions: ((this: HookContext, options: object) => unknown)[]
  context: HookContext
}

let loaded: Loaded | undefined

// As far from `dist/lifecycle` as from `src/lifecycle`.
provideOwnName(fileURLToPath(new URL('../..', import.meta.url)))

const send = (message: FromWorker, then?: () => void) => {
  if (process.connected) process.send?.(message, undefined, undefined, then && (() => then()))
  else then?.()
}

process.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'load':
      void load(message)
      break
    case 'run':
      void run(message)
      break
    case 'command':
      void runCommand(message)
      break
    case 'probe':
      void probe(message)
      break
    case 'ping':
      send({type: 'pong'})
      break
    case 'end':
      process.channel?.unref()
  }
})
// The chat is gone: nobody wants to know any more.
process.on('disconnect', () => process.exit(0))
process.on('uncaughtException', (error: unknown) => {
  send({type: 'crash', message: messageOf(error)}, () => process.exit(1))
})

async function load(message: Extract<ToWorker, {type: 'load'}>): Promise<void> {
  const functions: Loaded['functions'] = []
  const problems: HookProblem[] = []
  for (const [index, {file, target, identifier, optional}] of message.hooks.entries()) {
    try {
      const found = await find(file, target, identifier)
      if (typeof found === 'function') functions[index] = found as Loaded['functions'][number]
      else if (optional) problems.push({index, kind: 'absent', message: ''})
      else
        problems.push({
          index,
          kind: 'missing-export',
          message: `${target} has no function ${identifier} among its exports`,
        })
    } catch (error) {
      problems.push({index, kind: 'load', message: messageOf(error), at: placeOf(error, message.plugin.root)})
    }
  }
  await nameSlips(message.hooks, problems)
  loaded = {...message, functions, context: createContext(message)}
  send({type: 'loaded', problems})
}

/** A file says by its exports alone which hooks it has: one that is no hook is told in the place of one that it lacks. */
async function nameSlips(hooks: readonly DeclaredHook[], problems: HookProblem[]): Promise<void> {
  const [first] = hooks
  const absent = problems.filter(({kind}) => kind === 'absent')
  if (!first?.optional || first.file === undefined || absent.length === 0) return
  const known = hooks.map(({identifier}) => identifier)
  const all = `there are ${known.join(', ')}`
  const module: Record<string, unknown> = await import(pathToFileURL(first.file).href)
  for (const name of Object.keys(module)) {
    if (!/^on[A-Z]/.test(name) || known.includes(name)) continue
    const meant = closest(name, known)
    const place = absent.find(({index, kind}) => kind === 'absent' && (!meant || known[index] === meant))
    if (!place) continue
    place.kind = 'missing-export'
    place.message = `exports ${name}, which is not a hook: ${meant ? `did you mean ${meant}?` : all}`
  }
  if (absent.length < hooks.length || absent.some(({kind}) => kind !== 'absent')) return
  Object.assign(absent[0] as HookProblem, {kind: 'missing-export', message: `exports no hook: ${all}`})
}

async function find(file: string | undefined, target: string, identifier: string): Promise<unknown> {
  if (file === undefined) throw new Error(`there is no ${target}`)
  const module: Record<string, unknown> = await import(pathToFileURL(file).href)
  return exported(module, identifier)
}

async function run({id, index, event}: Extract<ToWorker, {type: 'run'}>): Promise<void> {
  if (!loaded) return
  const {context, config, settings, functions} = loaded
  try {
    const answer: unknown = await functions[index]?.call(context, {...event, settings, config, context})
    const read = event.type === 'tool-before' ? readVerdict(answer) : {verdict: undefined}
    if ('wrong' in read) send({type: 'done', id, failure: {kind: 'wrong-answer', message: read.wrong}})
    else send({type: 'done', id, failure: undefined, verdict: read.verdict})
  } catch (error) {
    send({type: 'done', id, failure: failureOf(error, loaded?.plugin.root)})
  }
}

async function commandOf({file, target, identifier}: DeclaredCommand) {
  const found = await find(file, target, identifier)
  if (typeof found !== 'function') throw new Error(`${target} has no function ${identifier} among its exports`)
  return found
}

async function probe({id, command}: Extract<ToWorker, {type: 'probe'}>): Promise<void> {
  const failure = await commandOf(command).then(
    () => undefined,
    (error: unknown) => failureOf(error, loaded?.plugin.root),
  )
  send({type: 'done', id, failure})
}

async function runCommand({id, command, input}: Extract<ToWorker, {type: 'command'}>): Promise<void> {
  if (!loaded) return
  const {context, config, settings} = loaded
  try {
    const found = await commandOf(command)
    const answer: unknown = await found.call(context, {...input, settings, config, context})
    const wrong = wrongAnswer(answer)
    if (wrong !== undefined) send({type: 'done', id, failure: {kind: 'wrong-answer', message: wrong}})
    else send({type: 'done', id, failure: undefined, answer: answer as SlashCommandAnswer})
  } catch (error) {
    send({type: 'done', id, failure: failureOf(error, loaded?.plugin.root)})
  }
}

/** What the chat can do nothing with, in words; undefined where it can. */
function wrongAnswer(answer: unknown): string | undefined {
  const expected = 'expected a text, an object with a text as "prompt", or nothing'
  if (answer === undefined || typeof answer === 'string') return
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
    return `answered ${format('%O', answer).slice(0, 100)}; ${expected}`
  if (!('prompt' in answer)) {
    const names = Object.keys(answer).map((name) => JSON.stringify(name))
    return `answered an object ${names.length > 0 ? `with ${names.join(', ')} and ` : ''}without "prompt"; ${expected}`
  }
  if (typeof answer.prompt !== 'string') return `answered a "prompt" that is ${typeof answer.prompt}; ${expected}`
  return
}

/** oclif's own error for an exit has this code too. */
function failureOf(
  error: unknown,
  root: string | undefined,
): {kind: 'exit' | 'threw'; message: string; at: string | undefined} {
  const exits = (error as {code?: unknown} | undefined)?.code === 'EEXIT'
  return {kind: exits ? 'exit' : 'threw', message: messageOf(error), at: root && placeOf(error, root)}
}

function createContext({config, plugin}: Extract<ToWorker, {type: 'load'}>): HookContext {
  return {
    config,
    plugin,
    log: (message = '', ...args) => send({type: 'message', level: 'log', text: format(message, ...args)}),
    warn: (message) =>
      send({type: 'message', level: 'warn', text: message instanceof Error ? message.message : message}),
    debug: (...args) => send({type: 'message', level: 'debug', text: format(...args)}),
    error(message) {
      throw message instanceof Error ? message : new Error(message)
    },
    exit(code = 0) {
      throw Object.assign(new Error(`called this.exit(${code})`), {code: 'EEXIT'})
    },
  }
}

/** As oclif finds it: what CommonJS exports may be seen on `default` alone, and any function serves for `default`. */
function exported(module: Record<string, unknown>, identifier: string): unknown {
  const whole = module.default
  const inWhole =
    typeof whole === 'object' && whole !== null ? (whole as Record<string, unknown>)[identifier] : undefined
  const found = module[identifier] ?? inWhole
  if (typeof found === 'function' || identifier !== 'default') return found
  return Object.values(module).find((value) => typeof value === 'function')
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`
}
