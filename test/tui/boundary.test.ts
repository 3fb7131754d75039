import {readdirSync, readFileSync} from 'node:fs'
import {expect} from 'chai'
import stringWidth from 'string-width'
import {sessionOpened} from '../../src/protocol/shapes/answers.js'
import {eventMembers} from '../../src/protocol/shapes/events.js'
import {readRequest, requestMembers} from '../../src/protocol/shapes/requests.js'
import {cutDepth} from '../../src/supervisor/wire/depth.js'
import {gatewayEvent} from '../../src/supervisor/wire/gateway-event.js'
import {answerPart} from '../../src/tui/state/asked.js'
import {properPayload, type Told} from '../helpers/chat-state.js'
import {DrawnChat, harmless, type Libraries, loadLibraries} from '../helpers/drawn-chat.js'
import {bombs} from '../helpers/markdown/bombs.js'
import {isThorough, someOf} from '../helpers/sample.js'
import {tellTried} from '../helpers/tried.js'
import {wrongValues} from '../helpers/wrong-values.js'

const wrongs = [...wrongValues.values()]

describe('the boundary of drawing', () => {
  const dumb = {env: {TERM: 'dumb'}}
  let libraries: Libraries
  before(async () => {
    libraries = await loadLibraries()
  })

  it('stands any member of any event, through the reducer and on the screen', function () {
    this.timeout(60_000)
    let tried = 0
    for (const [type, members] of Object.entries(eventMembers)) {
      for (const name of Object.keys(members)) {
        for (const wrong of someOf(wrongs, 2)) {
          const payload = properPayload(type, {[name]: wrong})
          // As the reader of frames does.
          const frame = JSON.parse('{"payload": {}}') as {payload: Record<string, unknown>}
          Object.assign(frame.payload, payload)
          if (typeof wrong === 'object' && wrong !== null) frame.payload[name] = structuredCopy(wrong)
          cutDepth(frame)
          const read = gatewayEvent(type, 's', frame.payload)
          if (!read || !('event' in read)) continue
          tried++
          const drawn = new DrawnChat(libraries, tried % 2 === 0 ? {} : dumb)
          drawn.event({type: 'message.start', payload: undefined})
          drawn.event({type: 'tool.start', payload: {tool_id: 't', name: 'tool', context: ''}})
          drawn.event(read.event).event(read.event).complete()
          harmless(drawn.rows)
        }
      }
    }
    tellTried(tried, 'events × members × wrong values, drawn')
    expect(tried).to.be.above(isThorough ? 700 : 70)
  })

  it('stands any member of any request, and each is answered to its end', function () {
    this.timeout(60_000)
    let tried = 0
    for (const [method, members] of Object.entries(requestMembers)) {
      for (const name of Object.keys(members)) {
        for (const wrong of someOf(wrongs, 2)) {
          const frame = {params: properPayload(method, {[name]: structuredCopy(wrong)})}
          cutDepth(frame)
          const read = readRequest('srq-1', method, frame.params)
          if (read.kind !== 'asked') continue
          tried++
          const drawn = new DrawnChat(libraries, tried % 2 === 0 ? {} : dumb)
          drawn.event({type: 'gateway.request', payload: read.request})
          for (let [question] = drawn.state.questions; question; [question] = drawn.state.questions) {
            const answered = question.asked && answerPart(question.asked, undefined)
            drawn.act({type: 'answered', now: 1, ...(answered?.kind === 'next' ? {asked: answered.asked} : {})})
          }
          harmless(drawn.rows)
        }
      }
    }
    tellTried(tried, 'requests × members × wrong values, drawn')
    expect(tried).to.be.above(isThorough ? 400 : 35)
  })

  it('stands any member of an answer that opens a session', function () {
    this.timeout(60_000)
    let tried = 0
    for (const wrong of wrongValues.values()) {
      const message = (name: string, role = 'tool') => ({role, text: 'x', tool_id: 't', name: 'n', [name]: wrong})
      const names = ['text', 'reasoning', 'name', 'context', 'tool_id', 'result', 'prompt_id', 'status', 'role']
      const answers = [
        ...names.flatMap((name) =>
          ['tool', 'user', 'assistant', 'system'].map((role) => ({messages: [message(name, role)]})),
        ),
        {messages: wrong},
        {info: wrong},
        {info: {model: wrong, title: wrong, usage: wrong, cwd: wrong}},
        {info: {usage: {total: wrong, context_percent: wrong}}},
        {interrupted: wrong},
        {interrupted: {user: wrong, assistant: wrong, reasoning: wrong, deaths: wrong, tools: [wrong]}},
        {interrupted: {tools: [{tool_id: wrong, name: wrong, context: wrong, result: wrong, status: wrong}]}},
        {auto_continue: wrong},
        {auto_continue: {attempt: wrong}, messages: [{role: 'user', text: 'x'}]},
        {running: true, inflight: wrong},
        {running: true, inflight: {user: wrong, assistant: wrong, reasoning: wrong}},
      ]
      for (const answer of someOf(answers, 3)) {
        for (const how of ['resumed', 'recovered'] as const) {
          tried++
          const frame = {session_id: 's', session_key: 'k', ...(structuredCopy(answer) as object)}
          cutDepth(frame)
          const opened = sessionOpened(frame)
          if (!opened) expect.fail('not opened')
          const drawn = new DrawnChat(libraries).act({type: 'opened', opened, how, now: 1}).complete()
          harmless(drawn.rows)
        }
      }
    }
    tellTried(tried, 'answers × members × wrong values, drawn')
    expect(tried).to.be.above(isThorough ? 1500 : 100)
  })

  it('stands Markdown of any depth, repetition and size: streamed, finished, resumed', function () {
    this.timeout(240_000)
    let tried = 0
    const longest: [time: number, what: string][] = []
    const nested = /^nested (?:bullets|plus|numbers|quotes)/
    const names = Object.keys(bombs)
    const large = new Set([...names.filter((name) => nested.test(name)), ...someOf(names, 1)])
    for (const [name, bomb] of Object.entries(bombs)) {
      for (const size of isThorough ? [100, 2000, 20_000, 100_000] : [1000, large.has(name) ? 100_000 : 10_000]) {
        const text = bomb(size)
        // In one delta, and in pieces.
        const streamed = new DrawnChat(libraries)
        const step = Math.ceil(text.length / 7)
        for (let at = 0; at < text.length; at += step) streamed.say(text.slice(at, at + step))
        streamed.complete()
        const whole = new DrawnChat(libraries, dumb).say(text).complete()
        const messages = [{role: 'assistant' as const, text, reasoning: text.slice(0, 1000)}]
        const opened = sessionOpened({session_id: 's', session_key: 'k', messages})
        if (!opened) expect.fail('not opened')
        const resumed = new DrawnChat(libraries).act({type: 'opened', opened, how: 'resumed', now: 1})
        for (const drawn of [streamed, whole, resumed]) {
          tried++
          harmless(drawn.rows)
          longest.push([drawn.longest, `${name} × ${size}`])
          if (size === 100_000 && nested.test(name)) {
            expect(drawn.text, name).to.include('· shown as plain text: nested too deeply')
          }
        }
      }
    }
    tellTried(tried, 'Markdown × depth × repetition × size')
    const worst = longest.sort(([a], [b]) => b - a).slice(0, 3)
    process.stdout.write(`  longest steps: ${worst.map(([ms, what]) => `${what} ${ms.toFixed(0)} ms`).join(', ')}\n`)
  })

  it('shows all that is said, as plain text too', () => {
    const words = Array.from({length: 2000}, (_, index) => `word${index}`)
    const drawn = new DrawnChat(libraries, dumb).say(`${'> '.repeat(200)}${words.join(' ')}`).complete()
    expect(drawn.text).to.include('· shown as plain text: ')
    for (const word of words) if (!drawn.text.includes(word)) expect.fail(`${word} is not shown`)
  })

  it('takes our own documents for Markdown, in pieces and as a whole', () => {
    const folder = new URL('../../docs/', import.meta.url)
    const documents = readdirSync(folder).filter((name) => name.endsWith('.md'))
    for (const name of documents) {
      const text = readFileSync(new URL(name, folder), 'utf8')
      const drawn = new DrawnChat(libraries, dumb).say(text).complete()
      expect(drawn.text, name).to.not.include('shown as plain text')
      // Lines of code are the terminal's to break.
      for (const row of drawn.rows) if (!text.includes(row)) expect(stringWidth(row), row).to.be.at.most(80)
    }
    tellTried(documents.length, 'documents')
  })

  it('stands results, diffs and texts of any size, and says what it does not show', function () {
    this.timeout(60_000)
    const big = 8_000_000
    const tool = (payload: object): Told =>
      ({type: 'tool.complete', payload: {tool_id: 't', name: 'tool', ...payload}}) as Told
    const events: [what: string, event: Told, says: RegExp][] = [
      ['lines', tool({result: {output: 'x\n'.repeat(big / 2)}}), /… 3999996 more lines/],
      ['newlines and an end', tool({result: `${'\n'.repeat(big)}x`}), /● Called tool/],
      ['a wide list', tool({result: Array(big / 2).fill(1)}), /- 1\n +- 1/],
      ['many members', tool({result: Object.fromEntries(Array.from({length: 200_000}, (_, n) => [`n${n}`, n]))}), /n0/],
      ['diff', tool({inline_diff: '+ line\n'.repeat(big / 7)}), /more lines/],
      ['diff of blanks', tool({inline_diff: `+${' '.repeat(big)}x`}), /● Called tool/],
      ['diff of newlines', tool({inline_diff: `${'\n'.repeat(big)}x`}), /● Called tool/],
      ['error', tool({result: {error: 'bad '.repeat(big / 4)}}), /bad bad/],
      ['code', tool({result: {exit_code: 1e308, output: 'x'.repeat(big)}}), /Called tool/],
      [
        'context',
        {type: 'tool.start', payload: {tool_id: 'u', name: 'n'.repeat(big), context: 'c'.repeat(big)}},
        /nnn/,
      ],
      [
        'warning',
        {type: 'message.complete', payload: {text: null, status: 'complete', warning: 'w '.repeat(big / 2)}},
        /… \d+ more characters are not shown/,
      ],
      [
        'error event',
        {type: 'error', payload: {message: 'm\n'.repeat(big / 2)}},
        /… \d+ more (?:characters|rows) are not shown/,
      ],
      ['status', {type: 'status.update', payload: {kind: 'warn', text: 't '.repeat(big / 2)}}, /not shown/],
      ['activity', {type: 'thinking.delta', payload: {text: 't'.repeat(big)}}, /^/],
      [
        'text',
        {type: 'message.delta', payload: {text: 'word '.repeat(big / 5)}},
        /7000000 more characters of this reply/,
      ],
      ['thought', {type: 'reasoning.delta', payload: {text: 'word '.repeat(big / 5)}}, /characters are left out here/],
    ]
    const longest: string[] = []
    for (const [what, event, says] of events) {
      const drawn = new DrawnChat(libraries, dumb)
      drawn.event({type: 'message.start', payload: undefined}).event(event).complete()
      expect(drawn.text.slice(0, 200_000) + drawn.text.slice(-1000), what).to.match(says)
      expect(drawn.text.length, what).to.be.below(1_500_000)
      harmless(drawn.rows)
      longest.push(`${what} ${drawn.longest.toFixed(0)}`)
    }
    tellTried(events.length, 'events of 8 MB')
    process.stdout.write(`  longest steps, ms: ${longest.join(', ')}\n`)
  })
})

/** A copy that shares nothing, of any depth: what is cut in one must not be cut in another. */
function structuredCopy(value: unknown): unknown {
  const copy = (part: unknown): unknown => (typeof part === 'object' && part !== null ? shell(part) : part)
  const shell = (part: object): object => (Array.isArray(part) ? [] : Object.create(null, {}))
  const root = copy(value)
  const open: [from: object, to: object][] =
    typeof value === 'object' && value !== null ? [[value, root as object]] : []
  for (let next = open.pop(); next; next = open.pop()) {
    const [from, to] = next
    for (const [name, member] of Object.entries(from)) {
      const made = copy(member)
      Object.defineProperty(to, name, {value: made, enumerable: true, writable: true, configurable: true})
      if (made !== member) open.push([member, made as object])
    }
  }
  return root
}
