import type {TestHome} from '../test/helpers/pty/chat.js'
import {DrivenAgent} from './agents/driven.js'
import {agentsHere, type MeasuredAgent} from './agents/measured.js'
import {startProvider} from './agents/provider.js'
import {killedInStages, stagesReport, stagesRows} from './agents/stages.js'
import {type Measure, withHome} from './helpers/measure.js'
import {median, type Row} from './helpers/table.js'

interface Seen {
  /** From its death to a prompt that is accepted, milliseconds. */
  usable: number[]
  /** From there to the first piece of the next reply. */
  answers: number[]
  shown: number
  lost: number
  /** Why its context was lost, each time. */
  contextLost: string[]
  waited: number
}

/** Other agents below the screen's supervisor: killed in mid-reply, until they are usable again, and what is kept. */
export const agents: Measure = {
  name: 'agents',
  async run({progress}) {
    const {here, missing} = agentsHere()
    const rows: Row[] = []
    for (const agent of here) rows.push(...rowsOf(agent, await withHome((home) => killed(agent, home, progress))))
    const note = missing.map((name) => `${name}: not on the PATH`).join(', ')
    rows.push({what: 'known agents that were not measured', measured: missing.length, unit: 'count', n: 0, note})
    return rows
  },
}

/** The same at each stage of a turn, of the agent alone and of the process group that it shares with its gateway. */
export const agentStages: Measure = {
  name: 'agent-stages',
  byNameOnly: true,
  async run({progress, report, agent: only}) {
    const {here} = agentsHere(only)
    const rows: Row[] = []
    for (const agent of here) {
      const seen = []
      for (const what of agent.stagesKilled) {
        seen.push(...(await withHome((home) => killedInStages(agent, what, home, progress))))
      }
      report(stagesReport(agent.name, seen))
      rows.push(...stagesRows(agent.name, seen))
    }
    return rows
  },
}

async function killed(agent: MeasuredAgent, home: TestHome, progress: (text: string) => void): Promise<Seen> {
  const provider = await startProvider()
  const env = home.env(agent.configure(home, provider.url))
  const driven = await DrivenAgent.start(agent.name, agent.words, home, env)
  const seen: Seen = {usable: [], answers: [], shown: 0, lost: 0, contextLost: driven.contextLost, waited: 0}
  try {
    await driven.submit('go [long]')
    for (let kill = 0; kill < agent.kills; kill++) {
      progress(`agents: ${agent.name}, ${kill + 1} of ${agent.kills}`)
      await driven.until(() => (driven.shown.at(-1)?.text.length ?? 0) > agent.killedAfter)
      const begun = performance.now()
      driven.kill('agent')
      await driven.until(() => driven.opened === undefined)
      const shown = wordsOf(driven.shown.at(-1)?.text ?? '')
      await driven.until(() => driven.opened !== undefined)
      const kept = wordsOf(driven.opened?.interrupted?.assistant ?? '')
      seen.shown += shown.length
      seen.lost += shown.filter((word, index) => kept[index] !== word).length
      await driven.submit('go [long]')
      seen.usable.push(performance.now() - begun)
      const accepted = performance.now()
      await driven.until(() => driven.shown.at(-1)?.text !== '')
      seen.answers.push(performance.now() - accepted)
    }
  } finally {
    await driven.supervisor.close('quit')
    await provider.close()
  }
  seen.waited = driven.waited
  return seen
}

const wordsOf = (text: string) => text.split(/\s+/).filter(Boolean)

function rowsOf({name, kills}: MeasuredAgent, {usable, answers, shown, lost, contextLost, waited}: Seen): Row[] {
  const why = [...new Set(contextLost)].join(', ')
  const context = `its context: ${kills - contextLost.length} times loaded, ${contextLost.length} times lost${why && ` (${why})`}`
  const young = waited > 0 ? `; ${waited} times the rest of a minute was waited` : ''
  return [
    {
      what: `${name}, kill -9 in mid-reply: usable, p50`,
      measured: median(usable),
      unit: 'ms',
      n: kills,
      note: context + young,
    },
    {what: `${name}: from there to its first word, p50`, measured: median(answers), unit: 'ms', n: kills},
    {what: `${name}: words shown and lost`, measured: lost, unit: 'count', n: shown, target: 0},
  ]
}
