import type {InterruptedTurn, WireMessage} from '../../protocol/methods.js'

/** So much of a long text is told to the agent, from its end. */
const TOLD_CHARACTERS = 24_000

/** What an agent is told that lost a reply in the middle of it: it has none of what the person saw. */
export function continuation({user, assistant, tools}: InterruptedTurn, lost: boolean): string {
  const ran = tools.map(({name, context, status}) => `- ${name} ${context}: ${stateWords[status]}`)
  return [
    'Your process was killed in the middle of your last reply, and started again.',
    lost ? 'What was said before that is lost to you.' : 'What you had written of it may not be in your memory.',
    `My prompt was:\n${quoted(user)}`,
    assistant === ''
      ? 'Nothing of your reply was shown.'
      : `This is what was shown of your reply:\n${quoted(assistant)}`,
    ...(ran.length > 0 ? [`Tools that you had called:\n${ran.join('\n')}`] : []),
    'Go on with that reply from where it ends. Do not say again what is there, and before you run again what may have run, look at what it did.',
  ].join('\n\n')
}

const stateWords = {
  complete: 'done',
  denied: 'not allowed',
  unknown: 'it may have run, wholly or in part',
  asked: 'not run, its question was open',
  'not-started': 'not run',
} as const

/** All that was said, for an agent that lost it. */
export function transcriptFor(messages: readonly WireMessage[]): string {
  const parts = messages.flatMap(({role, text = '', name = '', context = ''}) => {
    if (role === 'tool') return [`(you called ${name} ${context})`]
    return text === '' ? [] : [`${role === 'user' ? 'I' : 'You'}:\n${text}`]
  })
  return `This is what was said in this session until now; your own memory of it is lost. Answer with one short line that you have read it.\n\n${tail(parts.join('\n\n'))}`
}

/** A title from the first prompt. */
export function titleOf(prompt: string): string {
  const line = prompt.trim().split('\n', 1)[0] ?? ''
  return line.length <= 60 ? line : `${line.slice(0, 59).toWellFormed()}…`
}

const quoted = (text: string) =>
  tail(text)
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')

function tail(text: string): string {
  return text.length <= TOLD_CHARACTERS ? text : `[…]${text.slice(-TOLD_CHARACTERS).toWellFormed()}`
}
