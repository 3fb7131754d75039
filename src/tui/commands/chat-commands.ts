import {oneLine} from '../text/sanitize.js'
import {copyReply} from './copy.js'
import {isBuiltIn} from './gateway/desk.js'
import {ownMethods} from './gateway/own-method.js'
import type {CommandContext, SlashCommand} from './types.js'

function detach({store, busy, notice, detach: leave}: CommandContext): void {
  if (!store.state.view.capabilities.has('detach')) notice('warn', 'this gateway ends with the chat')
  else if (!busy()) notice('info', 'nothing runs that could go on: /quit leaves, and hermes chat -c comes back')
  else leave()
}

export const chatCommands: SlashCommand[] = [
  {name: 'quit', aliases: ['exit'], args: '', summary: 'leave; the session stays', run: (context) => context.quit()},
  {name: 'detach', aliases: [], args: '', summary: 'leave while the reply goes on without a terminal', run: detach},
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
