import {queued, shownText} from '../state/prompts.js'
import {oneLine} from '../text/sanitize.js'
import type {CommandContext, SlashCommand} from './types.js'

const usage = '/queue shows the queue · /queue edit N, remove N, steer N, up N, down N, hold, send, clear change it'

/** `/queue`, `/queue remove 2`. */
async function queue({store, delivery, notice, output}: CommandContext, args: string) {
  const {prompts, held} = store.state
  const waiting = queued(prompts)
  const [verb = '', which = ''] = args.split(/\s+/)
  if (waiting.length === 0) return notice('info', 'the queue is empty')
  switch (verb) {
    case '': {
      const rows = waiting.map(
        (prompt, index) =>
          `${index + 1}. ${prompt.steers ? '(for the running reply) ' : ''}${oneLine(shownText(prompt), 400)}`,
      )
      return output(
        [...rows, held ? 'it is held: /queue send, or Enter on the empty line, sends it on' : usage].join('\n'),
      )
    }
    case 'clear':
      await Promise.all(waiting.map(({id, steers}) => steers && delivery.release(id)))
      store.dispatch({type: 'clear-queue'})
      return notice('good', `${waiting.length - queued(store.state.prompts).length} queued prompts dropped`)
    case 'hold':
      store.dispatch({type: 'hold'})
      return notice('good', 'the queue is held · /queue send, or Enter on the empty line, sends it on')
    case 'send':
      store.dispatch({type: 'release'})
      delivery.pump()
      return notice('good', 'the queue is sent on')
  }
  if (!/^(?:edit|remove|steer|up|down)$/.test(verb))
    return notice('warn', `there is no /queue ${oneLine(verb, 60)} · ${usage}`)
  const chosen = /^\d{1,6}$/.test(which) ? waiting[Number(which) - 1] : undefined
  if (!chosen) return notice('warn', `/queue ${verb} takes a number from 1 to ${waiting.length}`)
  const {id} = chosen
  const text = oneLine(shownText(chosen), 60)
  if (/^(?:edit|remove)$/.test(verb) && chosen.steers && !(await delivery.release(id))) return
  switch (verb) {
    case 'steer':
      return delivery.steerQueued(id)
        ? notice('good', `told at its next step: ${text}`)
        : notice('warn', 'no reply runs that it could be told to')
    case 'edit':
      // When the command has left the input.
      return void queueMicrotask(() => store.dispatch({type: 'take-queued', id}))
    case 'remove':
      store.dispatch({type: 'dequeue', id})
      return notice('good', `removed: ${text}`)
    default:
      store.dispatch({type: 'move-queued', id, by: verb === 'up' ? -1 : 1})
      return notice('good', `sent ${verb === 'up' ? 'earlier' : 'later'}: ${text}`)
  }
}

export const queueCommands: SlashCommand[] = [
  {
    name: 'queue',
    aliases: [],
    args: '[edit|remove|steer|up|down N, hold, send, clear]',
    summary: 'show or change what waits to be sent',
    run: queue,
  },
  {
    name: 'steer',
    aliases: [],
    args: 'TEXT',
    summary: 'tell the running reply something, at its next step',
    run({delivery, notice, echo}, words) {
      if (words === '') return notice('warn', 'what to tell the agent? /steer TEXT')
      // Above the prompt that it is where no turn runs.
      echo()
      delivery.steer(words, {fromDraft: true})
    },
  },
]
