import {expect} from 'chai'
import fc from 'fast-check'
import type {GatewayEvent} from '../../../src/protocol/events.js'
import type {Job} from '../../../src/protocol/methods.js'
import {jobCommands} from '../../../src/tui/commands/jobs-command.js'
import type {CommandContext} from '../../../src/tui/commands/types.js'
import {tidings} from '../../../src/tui/linear/tidings.js'
import {statusLine} from '../../../src/tui/screen/status-line.js'
import {reduce} from '../../../src/tui/state/reduce.js'
import type {ChatAction, ChatState} from '../../../src/tui/state/state.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {stripSgr} from '../../../src/tui/text/wrap.js'
import {toolLine} from '../../../src/tui/transcript/tool-lines/index.js'
import {freshChat, liveView, sessionInfo} from '../../helpers/chat-state.js'

const job = (more: Partial<Job> = {}): Job => ({
  job: 1,
  command: 'npm run dev',
  cwd: '/w',
  state: 'running',
  started_at: Date.now() / 1000 - 65,
  kept: false,
  bytes: 12_345,
  file: '/h/outputs/k/job-1.txt',
  ...more,
})

const changed = (state: ChatState, jobs: Job[]) => {
  const event: GatewayEvent = {type: 'jobs.changed', sessionId: liveView.session?.liveId, payload: {jobs}}
  return reduce(state, {type: 'event', event, now: 0})
}
const status = (state: ChatState) =>
  stripSgr(statusLine(state, {columns: 80, rows: 24, style: createStyle({}), now: 0, tick: 0, commands: []} as never))
const notices = (state: ChatState) => state.items.flatMap((item) => (item.kind === 'notice' ? [item.text] : []))

describe('jobs on the screen', () => {
  it('are counted in the status line, as lines too, and told of when they end', () => {
    const one = changed(freshChat(), [job()])
    expect(status(one)).to.include(' · 1 job')
    expect(tidings(freshChat(), one, {now: 0, width: 80})).to.deep.equal(['1 job in the background'])
    expect(notices(one)).to.deep.equal([])
    const two = changed(one, [job(), job({job: 2})])
    expect(status(two)).to.include(' · 2 jobs')
    const over = changed(two, [job({state: 'ended', exit_code: 3}), job({job: 2, state: 'lost'})])
    expect(status(over)).to.not.include('job')
    expect(notices(over)).to.deep.equal([
      'job 1 has ended, exit 3: npm run dev',
      'job 2 is gone, nobody saw how: npm run dev',
    ])
    expect(tidings(two, over, {now: 0, width: 80})).to.deep.equal(['no job runs any more'])
    expect(notices(changed(over, [job({state: 'ended', exit_code: 3})]))).to.have.length(2)
  })

  it('that ended with a session are told where another one is opened, and not where it is the same', () => {
    const opened = (key: string, how: 'resumed' | 'recovered' = 'resumed') =>
      ({
        type: 'opened',
        how,
        now: 0,
        opened: {
          session_id: 's',
          session_key: key,
          message_count: 0,
          messages: [],
          info: sessionInfo,
          interrupted: null,
        },
      }) as unknown as ChatAction
    const at = reduce(freshChat(), opened('K'))
    const some = changed(at, [job(), job({job: 2, kept: true}), job({job: 3, state: 'ended'})])
    const left = reduce(some, opened('other'))
    expect(notices(left).slice(notices(some).length)).to.deep.equal([
      'job 1 ended with the session that was left: npm run dev · /jobs keep 1 lets one go on',
    ])
    expect(notices(reduce(some, opened('K', 'recovered'))).join()).to.not.include('was left')
  })

  function chat(answers: Record<string, unknown>, capabilities: readonly string[] = ['jobs']) {
    const said: string[] = []
    const asked: [string, unknown][] = []
    const context = {
      store: {state: freshChat({...liveView, capabilities: new Set(capabilities)})},
      notice: (tone: string, text: string) => said.push(`${tone}: ${text}`),
      output: (text: string) => said.push(text),
      ask: async (method: string, params: Record<string, unknown> = {}) => {
        asked.push([method, params])
        return answers[method]
      },
    } as unknown as CommandContext
    return {said, asked, run: async (words = '') => jobCommands[0]?.run(context, words)}
  }

  it('are listed, shown, stopped and kept by /jobs', async () => {
    // One start for both: a clock read twice made five seconds into 4.999, shown as "4s", on a busy machine.
    const one = job()
    const two = job({job: 2, state: 'ended', exit_code: 0, started_at: one.started_at, ended_at: one.started_at + 5})
    const {run, said, asked} = chat({
      'jobs.list': {jobs: [one, two, 'odd']},
      'jobs.output': {job: job(), text: 'listening\n\u001b[2J'},
      'jobs.stop': {stopped: true},
      'jobs.keep': {kept: true},
    })
    await run()
    expect(said[0]).to.match(/^1 {2}runs · 1m 0\ds · 12 kB · npm run dev\n2 {2}has ended, exit 0 · 5s · /)
    await run('1')
    expect(said[1]).to.match(/^listening\n1 {2}runs .*\n\/h\/outputs\/k\/job-1\.txt$/)
    await run('stop 1')
    await run('keep 2')
    expect(said.slice(2)).to.deep.equal(['good: job 2 goes on when this session ends'])
    expect(asked.slice(1)).to.deep.equal([
      ['jobs.output', {job: 1}],
      ['jobs.stop', {job: 1}],
      ['jobs.keep', {job: 2, keep: true}],
    ])
  })

  it('say of whatever else is typed what there is, and ask no gateway that has none', async () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('stop', 'keep', 'stop x', 'keep -1', 'stop 1234567', '1x y'))
    await fc.assert(
      fc.asyncProperty(word, async (words) => {
        const {run, said, asked} = chat({})
        await run(words.trim())
        if (asked.length === 0) expect(said.join()).to.match(/^warn: .*(?:\/jobs)/)
        const foreign = chat({}, [])
        await foreign.run(words.trim())
        expect(foreign.asked).to.deep.equal([])
      }),
    )
  })

  it('are lines of their tools', () => {
    const line = (name: string, result: unknown, args: unknown = {}) =>
      toolLine({id: '1', name, context: '', status: 'complete', args, result})
    expect(line('terminal', {job: 1, state: 'running'}, {command: 'npm start'})).to.deep.include({
      verb: 'Started',
      subject: 'npm start',
      facts: ['job 1', '/jobs shows it'],
    })
    expect(line('job_output', {job: 2, state: 'ended', exit_code: 1, output: 'no\n'})).to.deep.include({
      verb: 'Read',
      subject: 'job 2',
      facts: ['ended', 'exit 1'],
    })
    expect(line('job_stop', {job: 2, state: 'stopped', exit_code: null})).to.deep.include({subject: 'job 2'})
    expect(
      line('terminal', {output: 'x', exit_code: 0, output_file: '/h/a.txt', left_running: [{}, {}]}),
    ).to.deep.include({
      facts: ['2 processes go on', 'output in /h/a.txt'],
    })
  })
})
