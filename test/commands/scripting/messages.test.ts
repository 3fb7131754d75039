import {once} from 'node:events'
import {existsSync, readdirSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {png} from '../../helpers/images/files.js'
import {descendantsOf, isRunning} from '../../helpers/pty/processes.js'
import {someOf} from '../../helpers/sample.js'
import {calls, eventsOf, message, promptOf, resultsOf, says, useProgram} from './program.js'

const stream = ['--input-format', 'stream-json']
const bothWays = [...stream, '--output-format', 'stream-json']

describe('hermes chat --input-format stream-json', function () {
  this.timeout(60_000)
  const program = useProgram('models:\n  retries: 0\n')
  const echo = () => program.script((request) => says(`re: ${promptOf(request)}`))

  it('answers each line in order, in one session, in each output format', async () => {
    echo()
    const input = message('one') + message([{type: 'text', text: 'two'}]) + message('three')
    const text = await program.run(stream, input)
    expect(text).to.deep.equal({code: 0, stdout: 're: one\nre: two\nre: three\n', stderr: ''})

    const json = await program.run([...stream, '--output-format', 'json'], input)
    const objects = json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(objects.map(({text, line, status, num_turns}) => ({text, line, status, num_turns}))).to.deep.equal(
      ['one', 'two', 'three'].map((asked, at) => ({
        text: `re: ${asked}`,
        line: at + 1,
        status: 'complete',
        num_turns: 1,
      })),
    )

    const events = eventsOf(await program.run(bothWays, input))
    expect(events.filter(({type}) => type !== 'delta').map(({type}) => type)).to.deep.equal([
      'init',
      'result',
      'init',
      'result',
      'init',
      'result',
    ])
    const keys = events.flatMap((event) =>
      event.type === 'init' || event.type === 'result' ? [event.session_key] : [],
    )
    expect(new Set(keys).size).to.equal(1)
    expect(
      program
        .asked()
        .at(-1)
        ?.messages.filter(({role}) => role === 'user'),
    ).to.have.lengthOf(3)
  })

  it('answers a line before the next one comes, and ends with the input', async () => {
    echo()
    const {child, ended, shows} = program.start(...bothWays)
    for (const asked of ['one', 'two', 'three']) {
      child.stdin.write(message(asked))
      await shows(`"text":"re: ${asked}","usage"`)
    }
    child.stdin.end(`\r\n\n${message('four').trimEnd()}`)
    const done = await ended
    expect(done.code, done.stderr).to.equal(0)
    expect(resultsOf(done).map(({text, line}) => [text, line])).to.deep.equal([
      ['re: one', 1],
      ['re: two', 2],
      ['re: three', 3],
      ['re: four', 6],
    ])
  })

  it('tells a line that is no message with its number, answers the others, and ends with code 2', async () => {
    echo()
    const input = Buffer.concat([
      Buffer.from(message('one')),
      Buffer.from('{"type":"user"\n'),
      Buffer.from([0xff, 0xfe, 10]),
      Buffer.from(message('two')),
      Buffer.from(message('torn').slice(0, -9)),
    ])
    for (const format of someOf(['text', 'json', 'stream-json'], 1)) {
      const ended = await program.run([...stream, '--output-format', format], input)
      expect(ended.code).to.equal(2)
      for (const line of [2, 3, 5]) expect(ended.stderr).to.include(`line ${line} of stdin`)
      expect(ended.stderr).to.include('each line is as {"type":"user"')
      if (format === 'text') expect(ended.stdout).to.equal('re: one\nre: two\n')
      else {
        const results =
          format === 'json'
            ? ended.stdout
                .trimEnd()
                .split('\n')
                .map((line) => JSON.parse(line))
            : resultsOf(ended)
        expect(results.map(({line, status, error}) => [line, status, error?.code])).to.deep.equal([
          [1, 'complete', undefined],
          [2, 'error', 'usage/message'],
          [3, 'error', 'usage/message'],
          [4, 'complete', undefined],
          [5, 'error', 'usage/message'],
        ])
      }
    }
  })

  it('goes on after a prompt that failed, and ends with its code', async () => {
    program.script((request) =>
      promptOf(request) === 'bad'
        ? {kind: 'answer', status: 400, body: {error: {message: 'no such thing'}}}
        : says('fine'),
    )
    const ended = await program.run(bothWays, message('good') + message('bad') + message('good'))
    expect(ended.code).to.equal(5)
    expect(resultsOf(ended).map(({status}) => status)).to.deep.equal(['complete', 'error', 'complete'])
    expect(ended.stderr).to.include('line 2: ').and.to.include('no such thing')
  })

  it('goes on after a prompt that took too long, and after one of too many steps', async () => {
    program.script((request) => {
      if (promptOf(request) === 'slow') return {...says('begun', 'never'), perSecond: 0.01}
      return promptOf(request) === 'many' ? calls('list_files', {path: '.'}) : says('fine')
    })
    const limits = ['--max-seconds', '2', '--max-turns', '2']
    const ended = await program.run([...bothWays, ...limits], ['slow', 'quick', 'many', 'quick'].map(message).join(''))
    expect(ended.code).to.equal(10)
    expect(resultsOf(ended).map(({stop_reason, text}) => [stop_reason, text])).to.deep.equal([
      ['time-limit', 'begun'],
      [undefined, 'fine'],
      ['step-limit', ''],
      [undefined, 'fine'],
    ])
  })

  it('gives a value for each line with --json-schema', async () => {
    program.script((request) =>
      says(promptOf(request).includes('fit the JSON') ? '2' : promptOf(request).startsWith('a') ? '1' : '"x"'),
    )
    const ended = await program.run([...stream, '--json-schema', '{"type":"number"}'], message('a') + message('b'))
    expect(ended.code, ended.stderr).to.equal(0)
    expect(ended.stdout).to.equal('1\n2\n')
  })

  it('sends images, keeps none of them, and tells which cannot be sent', async () => {
    echo()
    const block = (data: Buffer) => ({
      type: 'image',
      source: {type: 'base64', media_type: 'image/png', data: data.toString('base64')},
    })
    const input =
      message([{type: 'text', text: 'look'}, block(png(5, 5)), block(png(6, 6))]) + message([block(png(9000, 9000))])
    const ended = await program.run(bothWays, input)
    expect(ended.code).to.equal(2)
    expect(ended.stderr).to.include('line 2').and.to.include('9000x9000 pixels')
    const sent = JSON.stringify(program.asked()[0])
    expect(sent).to.include(png(5, 5).toString('base64')).and.to.include(png(6, 6).toString('base64'))
    const folder = path.join(program.home.hermes, 'pasted')
    expect(existsSync(folder) ? readdirSync(folder) : []).to.deep.equal([])
  })

  it('goes on where the gateway is killed in a turn and between two', async () => {
    program.script((request) => {
      if (promptOf(request).startsWith('Continue')) return says('end')
      return promptOf(request) === 'long' ? {...says('begin ', 'never'), perSecond: 0.01} : says('short')
    })
    const {child, ended, shows, killGateway} = program.start(...bothWays)
    child.stdin.write(message('long'))
    await shows('begin')
    killGateway()
    await shows('"result"')
    killGateway()
    await shows('"state":"died","cause"')
    child.stdin.end(message('after'))
    const done = await ended
    expect(done.code, done.stderr).to.equal(0)
    expect(resultsOf(done).map(({text, recoveries}) => [text, recoveries > 0])).to.deep.include.members([
      ['begin end', true],
    ])
    expect(resultsOf(done).map(({text}) => text)).to.deep.equal(['begin end', 'short'])
  })

  it('is interrupted by signals, in a turn and between two', async () => {
    const signals = [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const
    for (const [signal, code] of someOf(signals, 1)) {
      for (const idle of someOf([true, false], 1)) {
        program.script(() => (idle ? says('done') : {...says('begun', 'never'), perSecond: 0.01}))
        const {child, ended, shows} = program.start(...bothWays)
        child.stdin.write(message('go'))
        await shows(idle ? '"result"' : 'begun')
        const pids = descendantsOf(child.pid ?? 0).map(({pid}) => pid)
        child.kill(signal)
        const done = await ended
        expect(done.code, `${signal} ${idle} ${done.stderr}`).to.equal(code)
        expect(resultsOf(done).at(-1)).to.include({status: 'interrupted'})
        // The guard sees last that it has nothing to guard any more.
        while (pids.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
  })

  it('ends quietly where its reader goes away', async () => {
    program.script(() => ({...says(...Array.from({length: 2000}, (_, at) => `word${at} `)), perSecond: 200}))
    const {child, output, shows} = program.start(...bothWays)
    child.stdin.write(message('go'))
    await shows('word5')
    child.stdout.destroy()
    const [code] = await once(child, 'exit')
    expect(code).to.equal(0)
    expect(output.stderr).to.equal('')
  })

  it('refuses with code 2 what it cannot be asked with', async () => {
    const cases: [args: string[], input: string, ...words: string[]][] = [
      [['-p', 'x'], message('y'), 'takes its prompts from stdin'],
      [['x'], message('y'), 'takes its prompts from stdin'],
      [[], '', 'the prompt is empty'],
      [[], '\n\n', 'the prompt is empty'],
      [['--max-seconds', '0'], message('x'), '--max-seconds'],
    ]
    for (const [args, input, ...words] of someOf(cases, 2)) {
      const ended = await program.run([...bothWays, ...args], input)
      expect(ended.code, String(args)).to.equal(2)
      for (const word of words) expect(ended.stderr, String(args)).to.include(word)
    }
    const odd = await program.run(['--input-format', 'xml'], '')
    expect(odd.code).to.equal(2)
    expect(odd.stderr).to.include('--input-format is "xml"')
    expect(program.asked()).to.deep.equal([])
  })
})
