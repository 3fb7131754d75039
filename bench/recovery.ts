import {randomUUID} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {childrenOf} from '../test/helpers/pty/processes.js'
import {type Measure, withHome} from './helpers/measure.js'
import {storeSession} from './helpers/stored-sessions.js'
import {supervise} from './helpers/supervised.js'
import {percentile, type Row} from './helpers/table.js'

interface Times {
  exitSeen: number[]
  sessionBack: number[]
  usable: number[]
}

/** Kills the gateway in mid-reply, again and again: until its end is seen, until the same session has accepted a prompt. */
async function timeDeaths(deaths: number, options: {standby: boolean; messages: number}): Promise<Times> {
  return withHome(async (home) => {
    const key = options.messages > 0 ? storeSession(home.database, options.messages) : undefined
    const run = await supervise(home, key ? {kind: 'stored', key} : {kind: 'new'}, options)
    const {supervisor} = run
    const times: Times = {exitSeen: [], sessionBack: [], usable: []}
    const submit = async () => {
      const flows = run.next('message.delta')
      const accepted = await supervisor.request('prompt.submit', {
        session_id: run.opened().session_id,
        text: 'stream 1000 tokens at 100',
        prompt_id: randomUUID(),
      })
      return {accepted, flows}
    }
    try {
      let {flows} = await submit()
      for (let death = 0; death < deaths; death++) {
        await flows
        if (options.standby) await standbyReady(supervisor.view.pid)
        const died = run.next('death')
        const back = run.next('session')
        const {pid} = supervisor.view
        if (pid === undefined) throw new Error('no gateway')
        const killed = performance.now()
        process.kill(pid, 'SIGKILL')
        times.exitSeen.push((await died) - killed)
        times.sessionBack.push((await back) - killed)
        const submitted = await submit()
        times.usable.push(performance.now() - killed)
        flows = submitted.flows
      }
    } finally {
      await supervisor.close('quit')
    }
    return times
  })
}

/** A second gateway that waits beside the first one, and has done what it does to be ready for it. */
async function standbyReady(active: number | undefined): Promise<void> {
  const deadline = performance.now() + 10_000
  let worked = ''
  while (performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    const waiting = childrenOf(process.pid).find((row) => row.pid !== active && /gateway/.test(row.command))
    const time = waiting ? processorTime(waiting.pid) : ''
    if (time !== '' && time === worked) return
    worked = time
  }
  throw new Error('no standby gateway was started, or it never rests')
}

/** User and system time of a process, in ticks of the system. */
function processorTime(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .join(' ')
}

function rowsOf(what: string, {exitSeen, sessionBack, usable}: Times, target: {p50: number; p95?: number}): Row[] {
  const n = usable.length
  return [
    {what: `${what}: exit seen, p50`, measured: percentile(exitSeen, 0.5), unit: 'ms', n},
    {what: `${what}: session back, p50`, measured: percentile(sessionBack, 0.5), unit: 'ms', n},
    {what: `${what}: usable, p50`, measured: percentile(usable, 0.5), unit: 'ms', n, target: target.p50},
    {
      what: `${what}: usable, p95`,
      measured: percentile(usable, 0.95),
      unit: 'ms',
      n,
      ...(target.p95 === undefined ? {} : {target: target.p95}),
    },
  ]
}

const cold = {p50: 100, p95: 200}

/** From `kill -9` of the gateway to the same session accepting a prompt. */
export const recovery: Measure = {
  name: 'recovery',
  run: async ({deaths, progress}) => {
    const rows: Row[] = []
    for (const messages of [0, 1000, 10_000]) {
      progress(`recovery: ${deaths} deaths with ${messages} stored messages`)
      const times = await timeDeaths(deaths, {standby: false, messages})
      rows.push(...rowsOf(`kill -9, ${messages} messages`, times, messages === 10_000 ? {p50: 300} : cold))
    }
    progress(`recovery: ${deaths} deaths with a standby`)
    rows.push(...rowsOf('kill -9, standby', await timeDeaths(deaths, {standby: true, messages: 0}), {p50: 16}))
    return rows
  },
}
