import {queued} from '../state/prompts.js'
import {oneLine} from '../text/sanitize.js'
import {copyReply} from './copy.js'
import {isBuiltIn} from './gateway/desk.js'
import {ownMethods} from './gateway/own-method.js'
import type {CommandContext, SlashCommand} from './types.js'

const keyHelp = [
  'Enter      send; while a reply runs it waits in the queue',
  'Alt+Enter  new line; also \\ Enter, Ctrl+J, Shift+Enter',
  'Esc        interrupt the reply; close what is open',
  'Ctrl+C     the same, else clear the draft; twice: leave',
  'Ctrl+D     leave, when the draft is empty',
  '↑ ↓        in the draft; then queue and earlier prompts',
  'Ctrl+R     search earlier prompts',
  'Ctrl+O     read what is folded, in full: the last, and with ← → any; / searches',
  'Ctrl+O     open a question that waits; it opens by itself when you pause',
  'Tab        complete a command',
  'Ctrl+A E   start, end of the line',
  'Alt+B F    a word back, forward',
  'Ctrl+K U   delete to the end, to the start',
  'Ctrl+W Y   delete a word, put back what was deleted',
  'Ctrl+_     undo, word by word; Alt+_ does it again',
  'Ctrl+Z     stop, for the shell; fg goes on',
  'Ctrl+L     draw the screen again',
].join('\n')

function help({commands, output}: CommandContext): void {
  const rows = commands.map(({name, aliases, args, summary}) => {
    const also = aliases.length > 0 ? ` (${aliases.map((alias) => `/${alias}`).join(', ')})` : ''
    return `/${`${name}${args ? ` ${args}` : ''}`.padEnd(23)} ${summary}${also}`
  })
  output([...rows, '', '//text sends text that starts with a slash', '', keyHelp].join('\n'))
}

function detach({store, busy, notice, detach: leave}: CommandContext): void {
  if (!store.state.view.capabilities.has('detach')) notice('warn', 'this gateway ends with the chat')
  else if (!busy()) notice('info', 'nothing runs that could go on: /quit leaves, and hermes chat -c comes back')
  else leave()
}

function lastPrompt({store}: CommandContext): string | undefined {
  const {items, broken} = store.state
  if (broken?.user) return broken.user
  const asked = items.findLast((item) => item.kind === 'user')
  return asked?.kind === 'user' ? asked.text : undefined
}

export const chatCommands: SlashCommand[] = [
  {name: 'help', aliases: ['commands'], args: '', summary: 'commands and keys', run: help},
  {name: 'quit', aliases: ['exit'], args: '', summary: 'leave; the session stays', run: (context) => context.quit()},
  {name: 'detach', aliases: [], args: '', summary: 'leave while the reply goes on without a terminal', run: detach},
  {
    name: 'queue',
    aliases: [],
    args: '[clear]',
    summary: 'show or drop what waits to be sent',
    run({store, notice, output}, args) {
      const waiting = queued(store.state.prompts)
      if (args === 'clear') {
        store.dispatch({type: 'clear-queue'})
        return notice('good', `${waiting.length} queued prompts dropped`)
      }
      if (args !== '') return notice('warn', `/queue shows the queue, /queue clear drops it; "${args}" is neither`)
      if (waiting.length === 0) return notice('info', 'the queue is empty')
      output(waiting.map((prompt, index) => `${index + 1}. ${oneLine(prompt.text, 400)}`).join('\n'))
    },
  },
  {
    name: 'continue',
    aliases: [],
    args: '',
    summary: 'go on with an interrupted reply',
    run({delivery, notice}) {
      const problem = delivery.continueTurn()
      if (problem) notice('warn', problem)
    },
  },
  {
    name: 'retry',
    aliases: [],
    args: '',
    summary: 'send the last prompt again',
    run(context) {
      const problem = context.delivery.retryTurn(lastPrompt(context))
      if (problem) context.notice('warn', problem)
    },
  },
  {
    name: 'recover',
    aliases: [],
    args: '',
    summary: 'try once more to start the gateway',
    run: (context) => context.recover(),
  },
  {
    name: 'restart',
    aliases: [],
    args: '',
    summary: 'end the gateway and start it again on this session',
    run({supervisor, notice}) {
      notice('info', 'the gateway is restarted on request')
      supervisor.restart('asked by /restart')
    },
  },
  {
    name: 'copy',
    aliases: [],
    args: '[N]',
    summary: "put the last reply, or its Nth code block, into the terminal's clipboard",
    run: copyReply,
  },
  {
    name: 'reasoning',
    aliases: [],
    args: 'show|hide',
    summary: 'show or hide what the model thinks',
    async run(context, args) {
      const {store, notice} = context
      if (/^\w+$/.test(args) && !/^(?:show|hide)$/.test(args) && !isBuiltIn(store.state.view.capabilities)) {
        return ownMethods.reasoning?.(context, args)
      }
      const show = args === 'show' || (args === '' && !store.state.showReasoning)
      if (args !== '' && args !== 'show' && args !== 'hide') {
        return notice('warn', `/reasoning takes show or hide, not "${args}"`)
      }
      store.dispatch({type: 'show-reasoning', show})
      notice('info', show ? 'reasoning is shown from now on' : 'reasoning is folded from now on')
    },
  },
  {
    name: 'doctor',
    aliases: [],
    args: '[ID|last]',
    summary: 'examine hermes and its deaths, or tell one in full',
    async run({doctor, notice, output}, args) {
      if (!doctor) return notice('warn', 'there is no doctor here: run hermes doctor in a shell')
      notice('info', args === '' ? 'hermes examines itself…' : 'looking into the crash log…')
      output((await doctor(args === '' ? undefined : args)).join('\n'))
    },
  },
  {
    name: 'logs',
    aliases: [],
    args: '[count]',
    summary: 'last lines that the gateway wrote to stderr',
    run({store, stderr, crashLog, output}, args) {
      const lines = stderr.length > 0 ? stderr : (store.state.view.lastExit?.stderrTail ?? [])
      const shown = lines.slice(-(Number.parseInt(args, 10) || 40))
      const head = shown.length > 0 ? shown.map((line) => oneLine(line, 2000)) : ['the gateway wrote nothing to stderr']
      output([...head, '', `crash log: ${crashLog}`].join('\n'))
    },
  },
]
