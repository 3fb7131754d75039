import {randomUUID} from 'node:crypto'
import {type Measure, withHome} from './helpers/measure.js'
import {supervise} from './helpers/supervised.js'
import {percentile, type Row} from './helpers/table.js'

const SAMPLES = 3

/** From SIGSTOP of the gateway in mid-reply to the same session accepting a prompt, with the default heartbeat. */
export const stuck: Measure = {
  name: 'stuck',
  run: () =>
    withHome(async (home): Promise<Row[]> => {
      const run = await supervise(home, {kind: 'new'})
      const {supervisor} = run
      const times: number[] = []
      const submit = (text: string) =>
        supervisor.request('prompt.submit', {session_id: run.opened().session_id, text, prompt_id: randomUUID()})
      try {
        for (let i = 0; i < SAMPLES; i++) {
          const flows = run.next('message.delta')
          await submit('stream 1000 tokens at 100')
          await flows
          const back = run.next('session')
          const {pid} = supervisor.view
          if (pid === undefined) throw new Error('no gateway')
          const stopped = performance.now()
          process.kill(pid, 'SIGSTOP')
          await back
          await submit('stream 1 tokens at 100')
          times.push(performance.now() - stopped)
          await run.next('message.complete')
        }
      } finally {
        await supervisor.close('quit')
      }
      const worst = percentile(times, 1)
      return [{what: 'stopped gateway to usable, worst', measured: worst, unit: 'ms', n: SAMPLES, target: 6000}]
    }),
}
