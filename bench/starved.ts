import {type ChildProcess, spawn} from 'node:child_process'
import {randomUUID} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import type {LifecycleDetails} from '../src/lifecycle/events.js'
import {type Measure, withHome} from './helpers/measure.js'
import {supervise} from './helpers/supervised.js'
import {percentile, type Row} from './helpers/table.js'

const HOGS = 32
/** A tool of the offline model is ended after two minutes. */
const TOOL_S = 100

/** A gateway whose tool is silent, on a machine that 32 busy processes share: slow, and never to be taken for stuck. */
export const starved: Measure = {
  name: 'starved',
  run: ({minutes, progress}) =>
    withHome(async (home): Promise<Row[]> => {
      progress(`starved: ${HOGS} busy processes for ${minutes} min`)
      const records: LifecycleDetails[] = []
      const run = await supervise(home, {kind: 'new', model: 'offline/tools'}, {record: (each) => records.push(each)})
      const {supervisor} = run
      const {pid} = supervisor.view
      const session = () => ({session_id: run.opened().session_id})
      const hogs: ChildProcess[] = []
      const pings: number[] = []
      let turns = 0
      try {
        for (let i = 0; i < HOGS; i++) hogs.push(spawn(process.execPath, ['-e', 'for (;;);'], {stdio: 'ignore'}))
        const end = performance.now() + minutes * 60_000
        while (performance.now() < end) {
          const seconds = Math.ceil(Math.min(TOOL_S, Math.max(1, (end - performance.now()) / 1000)))
          const asked = run.next('approval.request')
          await supervisor.request('prompt.submit', {
            ...session(),
            text: `run sleep ${seconds}; touch slept`,
            prompt_id: randomUUID(),
          })
          await asked
          await supervisor.request('approval.respond', {...session(), choice: 'once'})
          const until = performance.now() + seconds * 1000
          while (performance.now() < until) {
            const sent = performance.now()
            await supervisor.request('gateway.ping')
            pings.push(performance.now() - sent)
            await sleep(1000)
          }
          while ((await activeSessions(supervisor.request('session.active_list', {}))).some((one) => one !== 'idle')) {
            await sleep(200)
          }
          turns++
        }
      } finally {
        for (const hog of hogs) hog.kill('SIGKILL')
      }
      const count = (type: LifecycleDetails['type']) => records.filter((each) => each.type === type).length
      const survived = supervisor.view.pid === pid ? 0 : 1
      await supervisor.close('quit')
      const note = `${HOGS} busy processes, ${minutes} min, ${turns} silent tools`
      return [
        {what: 'starved: verdicts of a hang', measured: count('hang'), unit: 'count', n: turns, target: 0, note},
        {what: 'starved: gateways lost', measured: survived, unit: 'count', n: turns, target: 0},
        {what: 'starved: ping answered, worst', measured: percentile(pings, 1), unit: 'ms', n: pings.length},
      ]
    }),
}

async function activeSessions(answer: Promise<Record<string, unknown>>): Promise<unknown[]> {
  const {sessions} = await answer
  return Array.isArray(sessions) ? sessions.map((session) => session.status) : []
}
