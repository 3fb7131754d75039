import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {messageOf} from '../../src/errors.js'
import {processesOfHome} from '../../test/helpers/processes-of-home.js'
import type {TestHome} from '../../test/helpers/pty/chat.js'
import {isRunning} from '../../test/helpers/pty/processes.js'
import type {Row} from '../helpers/table.js'
import {DrivenAgent, type Killed} from './driven.js'
import type {MeasuredAgent} from './measured.js'
import {type Provider, startProvider} from './provider.js'
import {type Compared, compared, grown} from './words.js'

/** So long what was killed may take to be gone. */
const GONE_MS = 10_000

/** A command that is still running when its agent is killed. */
const SLEEPS = 'sleep 617'

/** What was seen of one kill. */
export interface StageSeen {
  agent: string
  stage: string
  killed: Killed
  /** From its death to a prompt that is accepted, milliseconds. */
  usable: number
  /** From there to the end of the reply to that prompt. */
  answered: number
  /** What the agent was asked after it shows what was said before; undefined: nothing was, or it can't be told. */
  context: 'kept' | 'lost' | undefined
  /** What the person was told of it. */
  why: string
  shown: number
  lost: number
  doubled: number
  /** Processes that outlived it. */
  left: number
}

interface Place {
  agent: DrivenAgent
  provider: Provider
  /** How often the agent was asked for its session. */
  asked: () => number
  measured: MeasuredAgent
  home: TestHome
  /** Of all until now. */
  words: Compared
}

interface Stage {
  name: string
  /** Gets there. */
  reach: (place: Place) => Promise<void>
  /** More that is killed before it is back. */
  again?: (place: Place, kill: () => void) => Promise<void>
}

const stages: readonly Stage[] = [
  {name: 'idle, before the first prompt', reach: async () => {}},
  {
    name: 'prompt sent, nothing answered',
    async reach({agent, provider, measured}) {
      const before = provider.count()
      await agent.submit('nothing [hold]')
      // The example speaks at once.
      while (measured.isScripted && provider.count() === before) await pause(10)
    },
  },
  {
    name: 'in the text of its reply',
    async reach({agent, measured}) {
      await agent.submit('much [long]')
      await agent.until(() => (agent.shown.at(-1)?.text.length ?? 0) > measured.killedAfter)
    },
  },
  {
    name: 'a call runs',
    async reach({agent, home, measured}) {
      const before = agent.tools
      await agent.submit(`sleep [call: ${SLEEPS}]`)
      await agent.until(() => agent.tools > before)
      while (measured.isScripted && !sleepers(home).length) await pause(20)
    },
  },
  {
    name: 'a question is open',
    async reach({agent}) {
      agent.asks = 'open'
      await agent.submit('ask [call: touch asked.txt]')
      await agent.until(() => agent.questions > 0)
    },
  },
  {
    // Here gemini has a session of which it was not asked yet: a second time it is not.
    name: 'while it is asked for its session again',
    reach: async () => {},
    async again({agent, asked}, kill) {
      const before = asked()
      while (asked() === before && agent.opened === undefined) await pause(2)
      if (agent.opened === undefined) kill()
    },
  },
  {
    name: 'after the end of a turn',
    async reach({agent}) {
      await agent.submit('little [short]')
      await agent.until(() => !agent.running)
    },
  },
]

/** Kills an agent in each stage of a turn, all in one session. */
export async function killedInStages(
  measured: MeasuredAgent,
  killed: Killed,
  home: TestHome,
  progress: (text: string) => void,
): Promise<StageSeen[]> {
  const provider = await startProvider()
  const log = path.join(home.dir, 'asked.log')
  const words = measured.command.map((word) => `'${word}'`).join(' ')
  home.configure(
    [
      'discoverLocal: false',
      `permissions: {allow: ['bash(${SLEEPS})']}`,
      // What it is asked is looked at on its way.
      `acp: {agents: {${measured.name}: ["sh", "-c", "tee -a ${log} | ${words}"]}}`,
    ].join('\n'),
  )
  const env = home.env(measured.configure(home, provider.url))
  const agent = await DrivenAgent.start(measured.name, [measured.name], home, env)
  const asked = () =>
    existsSync(log) ? (readFileSync(log, 'utf8').match(/"session\/(?:load|resume)"/g) ?? []).length : 0
  const place: Place = {agent, provider, asked, measured, home, words: {shown: 0, lost: 0, doubled: 0}}
  const all: StageSeen[] = []
  try {
    for (const [index, stage] of stages.entries()) {
      progress(`${measured.name}, ${killed} killed: ${stage.name}`)
      all.push(await killedAt(stage, index, place, killed))
      if (Number.isNaN(all.at(-1)?.usable)) break
    }
  } finally {
    await agent.supervisor.close('quit')
    await provider.close()
  }
  const last = all.at(-1)
  if (last) last.left += await outlived(processesOfHome(home.hermes, []))
  return all
}

async function killedAt(stage: Stage, index: number, place: Place, killed: Killed): Promise<StageSeen> {
  const {agent, provider, measured} = place
  const seen: StageSeen = {
    agent: measured.name,
    stage: stage.name,
    killed,
    usable: Number.NaN,
    answered: Number.NaN,
    context: undefined,
    why: '',
    shown: 0,
    lost: 0,
    doubled: 0,
    left: 0,
  }
  try {
    await stage.reach(place)
    const [losses, waits] = [agent.contextLost.length, agent.waited]
    const before = agent.processes()
    const begun = performance.now()
    let kills = agent.deaths
    const kill = () => {
      agent.kill(killed)
      kills += 1
    }
    kill()
    await agent.until(() => agent.deaths === kills)
    await stage.again?.(place, kill)
    await agent.until(() => agent.deaths === kills)
    agent.asks = 'yes'
    await agent.until(() => agent.opened !== undefined)
    const words = compared(agent.shown, await agent.messages(), measured.pieces)
    Object.assign(seen, grown(place.words, words))
    place.words = words
    await agent.submit(`after-${index} [short]`)
    seen.usable = performance.now() - begun
    await agent.until(() => !agent.running)
    seen.answered = performance.now() - begun - seen.usable
    if (agent.shown.at(-1)?.text === '') throw new Error('the next prompt was not answered')
    if (index > 0 && measured.isScripted) {
      seen.context = provider.last().includes(`after-${index - 1} `) ? 'kept' : 'lost'
    }
    const waited = agent.waited > waits ? ['the rest of a minute was waited'] : []
    seen.why = [...waited, ...agent.contextLost.slice(losses)].join('; ')
    seen.left = await outlived(before)
  } catch (error) {
    seen.usable = Number.NaN
    seen.why = messageOf(error)
  }
  return seen
}

const sleepers = (home: TestHome) =>
  processesOfHome(home.hermes, []).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() === SLEEPS
    } catch {
      return false
    }
  })

async function outlived(pids: readonly number[]): Promise<number> {
  const end = performance.now() + GONE_MS
  while (pids.some(isRunning) && performance.now() < end) await pause(50)
  return pids.filter(isRunning).length
}

const headings = ['stage', 'killed', 'dead → usable', '→ answered', 'context', 'shown', 'lost', 'doubled', 'left', '']

/** A table of all that was seen of an agent. */
export function stagesReport(agent: string, seen: readonly StageSeen[]): {text: string; data: unknown} {
  const seconds = (ms: number) => (Number.isNaN(ms) ? '–' : `${(ms / 1000).toFixed(2)} s`)
  const rows = seen.map(({stage, killed, usable, answered, context = '–', why, shown, lost, doubled, left}) => [
    stage,
    killed,
    seconds(usable),
    seconds(answered),
    context,
    ...[shown, lost, doubled, left].map(String),
    why,
  ])
  const lines = [headings, ...rows]
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return {text: [`${agent}, kill -9 at each stage`, ...text].join('\n'), data: seen}
}

export function stagesRows(agent: string, seen: readonly StageSeen[]): Row[] {
  const sum = (of: (one: StageSeen) => number) => seen.reduce((total, one) => total + of(one), 0)
  const n = sum(({shown}) => shown)
  const failed = seen.filter(({usable}) => Number.isNaN(usable))
  return [
    {
      what: `${agent}, kill -9 at each stage: not usable again`,
      measured: failed.length,
      unit: 'count',
      n: seen.length,
      target: 0,
      note: failed.map(({stage, why}) => `${stage}: ${why}`).join('; '),
    },
    {what: `${agent}: words shown and lost`, measured: sum(({lost}) => lost), unit: 'count', n, target: 0},
    {what: `${agent}: words twice`, measured: sum(({doubled}) => doubled), unit: 'count', n, target: 0},
    {what: `${agent}: processes left`, measured: sum(({left}) => left), unit: 'count', n: seen.length, target: 0},
  ]
}
