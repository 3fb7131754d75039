// The process in which the hooks of one plugin run. It may import types alone: Node strips them, so
// that the file also starts from source, where `.js` names a `.ts`.
import {pathToFileURL} from 'node:url'
import {format} from 'node:util'
import type {HookProblem} from './hook-runner.js'
import type {HookContext} from './hooks.js'
import type {SlashCommandAnswer} from './slash-command.js'
import type {FromWorker, ToWorker} from './worker-messages.js'

type Loaded = Extract<ToWorker, {type: 'load'}> & {
  functions: ((this: HookContext, options: object) => unknown)[]
  context: HookContext
}

let loaded: Loaded | undefined

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
  for (const [index, {file, target, identifier}] of message.hooks.entries()) {
    try {
      const found = await find(file, target, identifier)
      if (typeof found === 'function') functions[index] = found as Loaded['functions'][number]
      else
        problems.push({
          index,
          kind: 'missing-export',
          message: `${target} has no function ${identifier} among its exports`,
        })
    } catch (error) {
      problems.push({index, kind: 'load', message: messageOf(error)})
    }
  }
  loaded = {...message, functions, context: createContext(message)}
  send({type: 'loaded', problems})
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
    await functions[index]?.call(context, {...event, settings, config, context})
    send({type: 'done', id, failure: undefined})
  } catch (error) {
    send({type: 'done', id, failure: failureOf(error)})
  }
}

async function runCommand({id, command, input}: Extract<ToWorker, {type: 'command'}>): Promise<void> {
  if (!loaded) return
  const {context, config, settings} = loaded
  try {
    const {file, target, identifier} = command
    const found = await find(file, target, identifier)
    if (typeof found !== 'function') throw new Error(`${target} has no function ${identifier} among its exports`)
    const answer: unknown = await found.call(context, {...input, settings, config, context})
    send({type: 'done', id, failure: undefined, answer: answer as SlashCommandAnswer})
  } catch (error) {
    send({type: 'done', id, failure: failureOf(error)})
  }
}

/** oclif's own error for an exit has this code too. */
function failureOf(error: unknown): {kind: 'exit' | 'threw'; message: string} {
  const exits = (error as {code?: unknown} | undefined)?.code === 'EEXIT'
  return {kind: exits ? 'exit' : 'threw', message: messageOf(error)}
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
