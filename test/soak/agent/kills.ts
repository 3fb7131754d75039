import {randomFrom} from '../random.js'
import type {Turn} from './plan.js'

export const targets = [
  'gateway by SIGKILL',
  'gateway by SIGTERM',
  'screen',
  'terminal',
  'guard',
  'screen and gateway',
  'servers',
] as const
export type Target = (typeof targets)[number]

/** MCP servers, more seldom than three times a minute: oftener they are not started again. */
const SERVERS_EVERY = 40

/** When: none of them is a time. */
export type Moment =
  | {at: 'sent'}
  | {at: 'output'; bytes: number}
  | {at: 'reply'; reply: number; deltas: number}
  | {at: 'work'; work: string; part: 'before' | 'after'}
  | {at: 'question'}
  | {at: 'idle'}
  | {at: 'rewind'; when: 'chosen' | 'file'}

export interface Kill {
  target: Target
  moment: Moment
  /** What a command waits for goes on before the person is back. */
  goesOnAlone: boolean
}

/** What is killed in a turn, the same for the same seed; undefined: nothing. */
export function killOf(seed: string, turn: Turn): Kill | undefined {
  const random = randomFrom(`${seed} kill ${turn.number}`)
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  if (random() < 0.3 && turn.number % SERVERS_EVERY !== SERVERS_EVERY / 2) return undefined
  // What is queued or said to the reply goes out when its gateway is gone, before the person can let the reply go on.
  const lasting = turn.meanwhile !== undefined
  const others = targets.filter((target) => target !== 'servers')
  const target =
    turn.number % SERVERS_EVERY === SERVERS_EVERY / 2
      ? 'servers'
      : lasting
        ? pick(['screen', 'terminal'] as const)
        : pick([...others, 'gateway by SIGKILL', 'screen'] as const)
  const work = turn.steps.flatMap((step) => step.work ?? [])
  const moments: Moment[] = lasting
    ? [{at: 'idle'}, {at: 'output', bytes: Math.floor(random() * 6000)}]
    : [
        {at: 'sent'},
        {at: 'idle'},
        {at: 'output', bytes: Math.floor(random() * 12_000)},
        {at: 'reply', reply: 1 + Math.floor(random() * (turn.steps.length + 1)), deltas: 1 + Math.floor(random() * 12)},
        {at: 'reply', reply: turn.steps.length + 1, deltas: 1 + Math.floor(random() * 19)},
      ]
  // What is told as unknown is what this is about.
  if (!lasting)
    for (const each of work)
      for (const part of ['before', 'after'] as const)
        moments.push(...Array.from({length: 2}, () => ({at: 'work', work: each, part}) as const))
  if (turn.steps.some(({asks}) => asks)) moments.push({at: 'question'}, {at: 'question'})
  const moment: Moment =
    turn.back !== undefined && random() < 0.7 ? {at: 'rewind', when: pick(['chosen', 'file'] as const)} : pick(moments)
  return {target, moment, goesOnAlone: random() < 0.5}
}

export function toldKill({target, moment}: Kill): string {
  const {at, ...more} = moment
  return `${target} at ${at}${Object.values(more)
    .map((each) => ` ${each}`)
    .join('')}`
}
