import {existsSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {isRunning} from '../../helpers/pty/processes.js'
import {someOf} from '../../helpers/sample.js'
import {calls, eventsOf, promptOf, resultOf, resultsOf, says, stepsOf, useProgram} from './program.js'

const formats = ['text', 'json', 'stream-json']
const wrongCounts = ['0', '-1', '1e9', '1000000000', 'abc', '1.5', '', ' ', '0x10', 'Infinity', '99999999999999999999']

describe('hermes chat --max-turns', function () {
  this.timeout(60_000)
  const program = useProgram()
  const look = (count: number) => calls('list_files', {path: '.'}, `c${count}`)

  for (const format of someOf(formats, 1)) {
    it(`stops after so many model steps, and says so as ${format}`, async () => {
      program.script((_, count) => ({...look(count), text: ['looking ']}))
      for (const flag of someOf(['--max-turns', '--max-steps'], 1)) {
        const before = program.asked().length
        const ended = await program.run(['-p', 'look', flag, '2', '--output-format', format])
        expect(ended.code, ended.stderr).to.equal(9)
        expect(program.asked()).to.have.lengthOf(before + 2)
        expect(ended.stdout).to.include('looking')
        expect(ended.stderr).to.include('Stopped after 2 model steps')
        const result = format === 'json' ? resultOf(ended) : format === 'stream-json' && resultsOf(ended)[0]
        if (result) {
          expect(result).to.include({status: 'incomplete', stop_reason: 'step-limit', num_turns: 2})
          expect(result.error?.code).to.equal('turn/step-limit')
        }
      }
    })
  }

  it('is not begun anew where the gateway dies', async () => {
    // The second step is held until its gateway is killed.
    program.script(async (request, count) => {
      if (count === 1) await new Promise(() => {})
      return look(stepsOf(request))
    })
    const {child, ended, killGateway} = program.start('-p', 'look', '--max-turns', '3', '--output-format', 'json')
    child.stdin.end()
    while (program.asked().length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    killGateway()
    const done = await ended
    expect(done.code, done.stderr).to.equal(9)
    expect(resultOf(done)).to.include({recoveries: 1, num_turns: 3, stop_reason: 'step-limit'})
    // One of them was cut off by the death.
    expect(program.asked()).to.have.lengthOf(4)
  })

  it('is not begun anew where the gateway dies in a tool of the last step', async () => {
    program.script((request) => calls('terminal', {command: 'echo begun; sleep 300'}, `c${stepsOf(request)}`))
    const args = ['--max-turns', '1', '--allow', 'bash(*)', '--output-format', 'stream-json']
    const {child, ended, killGateway, shows} = program.start('-p', 'go', ...args)
    child.stdin.end()
    await shows('"tool_start"')
    killGateway()
    const done = await ended
    expect(done.code, done.stderr).to.equal(9)
    expect(resultsOf(done)[0]).to.include({recoveries: 1, num_turns: 1, stop_reason: 'step-limit'})
    expect(program.asked()).to.have.lengthOf(1)
  })

  it('lets the session go on', async () => {
    program.script((request, count) => (promptOf(request) === 'and?' ? says('done') : look(count)))
    const {session_key: key} = resultOf(
      await program.run(['-p', 'look', '--max-turns', '1', '--output-format', 'json']),
    )
    const next = resultOf(await program.run(['-p', 'and?', '-c', '--max-turns', '1', '--output-format', 'json']))
    expect(next).to.include({session_key: key, text: 'done', status: 'complete'})
  })

  it('refuses with code 2 what is no number of steps', async () => {
    for (const flag of someOf(['--max-turns', '--max-steps', '--max-seconds'], 1)) {
      for (const wrong of someOf(wrongCounts, 3)) {
        const ended = await program.run(['-p', 'x', `${flag}=${wrong}`])
        expect(ended.code, `${flag}=${wrong}`).to.equal(2)
        expect(ended.stderr, `${flag}=${wrong}`).to.include(flag)
      }
    }
    const both = await program.run(['-p', 'x', '--max-turns', '1', '--max-steps', '2'])
    expect(both).to.include({code: 2})
    expect(both.stderr).to.include('--max-steps and --max-turns exclude each other')
    expect(program.asked()).to.deep.equal([])
  })
})

describe('hermes chat --max-seconds', function () {
  this.timeout(60_000)
  const program = useProgram()
  /** Of three seconds one and more may pass on a busy machine before there is a reply. */
  const limited = (seconds: 1 | 3, ...args: string[]) =>
    program.run(['-p', 'go', '--max-seconds', `${seconds}`, ...args])

  for (const format of someOf(formats, 1)) {
    it(`stops a reply that takes longer, keeps what there is of it, and says so as ${format}`, async () => {
      program.script(() => ({...says('begun ', 'never'), perSecond: 0.01}))
      const ended = await limited(3, '--output-format', format)
      expect(ended.code, ended.stderr).to.equal(10)
      expect(ended.stdout).to.include('begun')
      expect(ended.stderr).to.include('took longer than 3 s')
      const result = format === 'json' ? resultOf(ended) : format === 'stream-json' && resultsOf(ended)[0]
      if (result) {
        expect(result).to.include({status: 'incomplete', stop_reason: 'time-limit', text: 'begun '})
        expect(result.error?.code).to.equal('turn/time-limit')
      }
      program.script(() => says('here'))
      const next = resultOf(await program.run(['-p', 'what was it?', '-c', '--output-format', 'json']))
      expect(next).to.include({text: 'here', status: 'complete'})
      expect(JSON.stringify(program.asked().at(-1)?.messages)).to.include('begun')
    })
  }

  it('stops a tool that runs, and says so', async () => {
    program.script((request) =>
      stepsOf(request) === 0 ? calls('terminal', {command: 'echo $$; exec sleep 300'}) : says('?'),
    )
    const ended = await limited(3, '--allow', 'bash(*)', '--output-format', 'stream-json')
    expect(ended.code, ended.stderr).to.equal(10)
    const [result] = resultsOf(ended)
    expect(result).to.include({stop_reason: 'time-limit', status: 'incomplete'})
    expect(result?.tools[0]).to.include({name: 'terminal'})
    const told = eventsOf(ended).find((event) => event.type === 'tool_complete')
    expect(JSON.stringify(told)).to.match(/interrupted/)
    const pid = Number(/(\d+)\\n/.exec(JSON.stringify(told))?.[1])
    expect(pid).to.be.above(1)
    expect(isRunning(pid)).to.equal(false)
  })

  it('stops the wait for another try of a model that refuses', async () => {
    program.script(() => ({
      kind: 'answer',
      status: 529,
      headers: {'retry-after': '100'},
      body: {error: {message: 'full'}},
    }))
    const ended = await limited(1, '--output-format', 'json')
    expect(ended.code, ended.stderr).to.equal(10)
    expect(resultOf(ended)).to.include({stop_reason: 'time-limit', text: ''})
  })

  it('ends while the gateway is brought back, and what was stored stays', async () => {
    program.script(() => ({...says('begun ', 'never'), perSecond: 0.01}))
    const {child, ended, killGateway, shows} = program.start(
      '-p',
      'go',
      '--max-seconds',
      '3',
      '--output-format',
      'stream-json',
    )
    child.stdin.end()
    await shows('begun')
    // It dies whenever it is back.
    const killing = setInterval(killGateway, 20)
    const done = await ended
    clearInterval(killing)
    expect([4, 10], done.stderr).to.include(done.code)
    expect(resultsOf(done)).to.have.lengthOf(1)
    expect(resultsOf(done)[0]).to.include({text: 'begun '})
    program.script(() => says('here'))
    const next = await program.run(['-p', 'what was it?', '-c', '--output-format', 'json'])
    expect(resultOf(next)).to.include({text: 'here'})
    expect(JSON.stringify(program.asked().at(-1)?.messages)).to.include('begun')
  })

  it('counts on where the gateway dies', async () => {
    program.script(() => ({...says('begun ', 'never'), perSecond: 0.01}))
    const {child, ended, killGateway, shows} = program.start(
      '-p',
      'go',
      '--max-seconds',
      '4',
      '--output-format',
      'stream-json',
    )
    child.stdin.end()
    await shows('begun')
    killGateway()
    await shows('"recovered"')
    const done = await ended
    expect(done.code, done.stderr).to.equal(10)
    const [result] = resultsOf(done)
    expect(result).to.include({stop_reason: 'time-limit', recoveries: 1})
  })

  it('says where the prompt was not sent', async () => {
    const gateway = path.join(program.home.dir, 'silent.mjs')
    writeFileSync(gateway, 'process.stdin.resume(); setInterval(() => {}, 1000)')
    const ended = await limited(1, '--gateway-command', `${process.execPath} ${gateway}`, '--output-format', 'json')
    expect(ended.code).to.equal(10)
    expect(resultOf(ended)).to.include({stop_reason: 'time-limit', session_key: null})
    expect(ended.stderr).to.include('the prompt was not sent')
  })

  it('has no effect on a reply that is in time, and is no flag of the screen', async () => {
    program.script(() => says('quick'))
    // A second may pass before there is a gateway.
    expect(await program.run(['-p', 'go', '--max-seconds', '60'])).to.include({code: 0, stdout: 'quick\n', stderr: ''})
    expect(existsSync(program.home.database)).to.equal(true)
  })
})
