import {randomUUID} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import {openStore} from '../src/gateway/store/index.js'
import {collectGarbage} from '../src/memory/collect-garbage.js'
import {childrenOf, descriptorsOf, memoryOf} from '../test/helpers/pty/processes.js'
import {type Measure, seeded, withHome} from './helpers/measure.js'
import {type Supervised, supervise} from './helpers/supervised.js'
import {megabytes, percentile, type Row} from './helpers/table.js'

interface Prompt {
  id: string
  text: string
  acknowledged: boolean
}

/** Kills after which memory and descriptors are measured for the first time: caches are filled by then. */
const WARM_UP = 10

/**
 * Sends one prompt and kills the gateway at a random moment around it: before the prompt is written,
 * before it is acknowledged, while the reply streams, at its end. A prompt that was not acknowledged
 * is sent again by the same id, as the chat does.
 */
async function killOnce(run: Supervised, prompt: Prompt, delay: number): Promise<number> {
  const {supervisor} = run
  const {pid} = supervisor.view
  if (pid === undefined) throw new Error('no gateway')
  const back = run.next('session')
  const killing = sleep(delay).then(() => {
    const killed = performance.now()
    process.kill(pid, 'SIGKILL')
    return killed
  })
  const submit = () =>
    supervisor
      .request('prompt.submit', {session_id: run.opened().session_id, text: prompt.text, prompt_id: prompt.id})
      .then(() => {
        prompt.acknowledged = true
      })
  await submit().catch(() => {})
  const killed = await killing
  const backAt = await back
  if (!prompt.acknowledged) await submit()
  if (supervisor.view.session === undefined) throw new Error('no session after the recovery')
  // A turn may run now: the next prompt would be refused as busy.
  await settled(run)
  return backAt - killed
}

async function settled(run: Supervised): Promise<void> {
  const session_id = run.opened().session_id
  await run.supervisor.request('session.interrupt', {session_id})
  const idle = async () => {
    const {sessions} = await run.supervisor.request('session.active_list', {current_session_id: session_id})
    return Array.isArray(sessions) && sessions.every((session) => session.status === 'idle')
  }
  while (!(await idle())) await sleep(2)
}

/** Many `kill -9` in a row at random stages: what is lost, doubled, left behind. */
export const kills: Measure = {
  name: 'kills',
  run: ({kills: count, seed, progress}) =>
    withHome(async (home): Promise<Row[]> => {
      progress(`kills: ${count}, seed ${seed}`)
      const random = seeded(seed)
      const run = await supervise(home, {kind: 'new'})
      const prompts: Prompt[] = []
      const back: number[] = []
      const measure = async () => {
        collectGarbage()
        const {rss} = memoryOf(process.pid)
        return {rss, heap: process.memoryUsage().heapUsed, descriptors: descriptorsOf(process.pid)}
      }
      let before: Awaited<ReturnType<typeof measure>> | undefined
      for (let i = 0; i < count; i++) {
        const prompt = {
          id: randomUUID(),
          text: `stream ${1 + Math.floor(random() * 40)} tokens at 1000`,
          acknowledged: false,
        }
        prompts.push(prompt)
        back.push(await killOnce(run, prompt, random() * 60))
        if (i + 1 === Math.min(WARM_UP, count)) before = await measure()
        if ((i + 1) % 100 === 0) progress(`kills: ${i + 1}`)
      }
      const key = run.supervisor.view.session?.key
      const zombies = childrenOf(process.pid).filter((row) => row.state === 'Z').length
      const others = childrenOf(process.pid).filter((row) => /gateway/.test(row.command)).length - 1
      const after = await measure()
      await run.supervisor.close('quit')

      const store = openStore(home.database)
      const stored = store.messages(key ?? '').filter((message) => message.role === 'user')
      const times = new Map<string, number>()
      for (const {promptId} of stored) if (promptId) times.set(promptId, (times.get(promptId) ?? 0) + 1)
      const sessions = store.listSessions(1000).length
      store.close()
      const lost = prompts.filter(({id, acknowledged}) => acknowledged && !times.has(id)).length
      const doubled = [...times.values()].filter((each) => each > 1).length
      const none = {unit: 'count', n: count, target: 0} as const
      const seeds = `seed ${seed}`
      return [
        {what: 'kills in a row: acknowledged turns lost', measured: lost, ...none, note: seeds},
        {what: 'kills in a row: turns doubled', measured: doubled, ...none},
        {what: 'kills in a row: sessions beside the one', measured: sessions - 1, ...none},
        {what: 'kills in a row: zombies', measured: zombies, ...none},
        {what: 'kills in a row: gateways beside the one', measured: others, ...none},
        {
          what: 'kills in a row: descriptors more than after warm-up',
          measured: (after.descriptors ?? 0) - (before?.descriptors ?? 0),
          ...none,
        },
        {
          what: 'kills in a row: live heap more than after warm-up',
          measured: megabytes(after.heap - (before?.heap ?? 0)),
          unit: 'MB',
          n: count,
        },
        {
          what: 'kills in a row: resident more than after warm-up',
          measured: megabytes(after.rss - (before?.rss ?? 0)),
          unit: 'MB',
          n: count,
        },
        {what: 'kills in a row: session back, p50', measured: percentile(back, 0.5), unit: 'ms', n: count, target: 100},
        {
          what: 'kills in a row: session back, p95',
          measured: percentile(back, 0.95),
          unit: 'ms',
          n: count,
          target: 200,
        },
        {what: 'kills in a row: session back, worst', measured: percentile(back, 1), unit: 'ms', n: count},
      ]
    }),
}
