import {randomUUID} from 'node:crypto'
import {pathToFileURL} from 'node:url'
import {agentGateway} from '../src/chat/agent-gateway.js'
import {loadConfig} from '../src/config/index.js'
import {policiesOf} from '../src/policies.js'
import type {SessionOpened} from '../src/protocol/methods.js'
import {createSupervisor} from '../src/supervisor/supervisor.js'
import type {TestHome} from '../test/helpers/pty/chat.js'
import {childrenOf} from '../test/helpers/pty/processes.js'
import {agentsHere, type MeasuredAgent} from './agents/measured.js'
import {startProvider} from './agents/provider.js'
import {bundledGateway, type Measure, root, withHome} from './helpers/measure.js'
import {median, type Row} from './helpers/table.js'

/** An agent starts slowly, and the rest of a minute may have to be waited. */
const PATIENCE_MS = 180_000

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

async function killed(agent: MeasuredAgent, home: TestHome, progress: (text: string) => void): Promise<Seen> {
  const provider = await startProvider()
  const env = home.env(agent.configure(home, provider.url))
  const {values} = await loadConfig({cwd: home.cwd, env})
  const command = [process.execPath, ...agentGateway(root, agent.words, pathToFileURL(bundledGateway).href)]
  const supervisor = createSupervisor({
    ...policiesOf(values, {command, cwd: home.cwd, env}, {recovery: {limit: 1000, longLimit: 1000, backoffMs: [0]}}),
    cols: () => 100,
    record: () => {},
  })
  const seen: Seen = {usable: [], answers: [], shown: 0, lost: 0, contextLost: [], waited: 0}
  let opened: SessionOpened | undefined
  let pieces: string[] = []
  let waiting: (() => void)[] = []
  const wake = () => {
    const all = waiting
    waiting = []
    for (const one of all) one()
  }
  supervisor.on('session', (session) => {
    opened = session
    wake()
  })
  supervisor.on('death', () => {
    opened = undefined
  })
  supervisor.on('view', wake)
  supervisor.on('event', ({type, payload}) => {
    if (type === 'message.delta') pieces.push(payload.text)
    if (type === 'status.update') {
      const [, why] = /context is lost: .*?: (.*) · /.exec(payload.text ?? '') ?? []
      if (why !== undefined) seen.contextLost.push(why)
      if (payload.text?.includes(': waiting ')) seen.waited++
    }
    wake()
  })
  const until = async (condition: () => boolean) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      wake()
    }, PATIENCE_MS)
    while (!condition()) {
      const {phase, problem} = supervisor.view
      if (late || phase === 'exhausted') throw new Error(`${agent.name}: ${phase} ${problem?.message ?? 'too late'}`)
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    clearTimeout(timer)
  }
  const submit = async () => {
    pieces = []
    await supervisor.request('prompt.submit', {session_id: opened?.session_id, text: 'go', prompt_id: randomUUID()})
  }
  try {
    supervisor.start({kind: 'new'})
    await until(() => opened !== undefined)
    await submit()
    for (let kill = 0; kill < agent.kills; kill++) {
      progress(`agents: ${agent.name}, ${kill + 1} of ${agent.kills}`)
      await until(() => pieces.length >= agent.pieces)
      const [first] = childrenOf(supervisor.view.pid ?? 0)
      if (!first) throw new Error(`${agent.name} has no process`)
      const begun = performance.now()
      process.kill(first.pid, 'SIGKILL')
      await until(() => opened === undefined)
      const shown = pieces.join('')
      await until(() => opened !== undefined)
      const kept = opened?.interrupted?.assistant ?? ''
      seen.shown += wordsOf(shown).length
      seen.lost += wordsOf(shown).filter((word, index) => wordsOf(kept)[index] !== word).length
      await submit()
      seen.usable.push(performance.now() - begun)
      const accepted = performance.now()
      await until(() => pieces.length > 0)
      seen.answers.push(performance.now() - accepted)
    }
  } finally {
    await supervisor.close('quit')
    await provider.close()
  }
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
