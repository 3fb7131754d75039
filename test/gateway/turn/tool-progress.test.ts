import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {mock} from 'node:test'
import {expect} from 'chai'
import fc from 'fast-check'
import {cutMark} from '../../../src/gateway/tools/command/bounded-output.js'
import {lastLines, ToolProgress} from '../../../src/gateway/turn/tool-progress.js'
import {createCutMask} from '../../../src/redact/index.js'
import {tellTried} from '../../helpers/tried.js'
import {Scratch} from '../gateway-process.js'
import {ToolConversation} from '../tool-conversation.js'

/** Lets promises that are settled go on; timers stand still. */
const settle = async () => {
  for (let time = 0; time < 10; time++) await Promise.resolve()
}

describe('what a running call puts out', () => {
  describe('on a clock', () => {
    beforeEach(() => mock.timers.enable({apis: ['setTimeout']}))
    afterEach(() => mock.timers.reset())

    const open = (room = () => Promise.resolve()) => {
      const told: string[] = []
      const progress = new ToolProgress({tell: (preview) => told.push(preview), mask: (text) => text, room})
      return {told, progress}
    }

    it('is told at most ten times a second, the newest of it, and not when it is the same', async () => {
      const {told, progress} = open()
      let reads = 0
      for (let ms = 0; ms < 1000; ms++) {
        for (let time = 0; time < 5; time++) {
          progress.more(() => {
            reads++
            return `line at ${ms}\n`
          })
        }
        mock.timers.tick(1)
        await settle()
      }
      expect(told.length).to.be.within(9, 10)
      expect(reads).to.equal(told.length)
      expect(told[0]).to.equal('line at 99')
      for (let time = 0; time < 5; time++) {
        progress.more(() => 'the same')
        mock.timers.tick(1000)
        await settle()
      }
      expect(told.filter((text) => text === 'the same')).to.have.length(1)
    })

    it('is not told of a call that ended', async () => {
      const {told, progress} = open()
      progress.more(() => 'x')
      progress.end()
      progress.more(() => 'y')
      mock.timers.tick(1000)
      await settle()
      expect(told).to.deep.equal([])
    })

    it('waits for a client that does not read, which gets the newest then', async () => {
      let free = Promise.withResolvers<void>()
      const {told, progress} = open(() => free.promise)
      for (let index = 0; index < 100; index++) {
        progress.more(() => `line ${index}`)
        mock.timers.tick(100)
        await settle()
      }
      expect(told).to.deep.equal(['line 0'])
      free.resolve()
      free = Promise.withResolvers()
      await settle()
      mock.timers.tick(100)
      await settle()
      expect(told).to.deep.equal(['line 0', 'line 99'])
    })
  })

  it('is bounded: the last lines, as a terminal shows what overwrites itself', () => {
    expect(lastLines('a\nb\n')).to.equal('a\nb')
    expect(lastLines('start\n10%\r20%\r30%')).to.equal('start\n30%')
    expect(lastLines('10%\r20%\r')).to.equal('20%')
    expect(lastLines('a\r\nb\r\n')).to.equal('a\nb')
    expect(lastLines('')).to.equal('')
    const numRuns = 300
    const part = fc.oneof(
      fc.string({unit: 'grapheme', maxLength: 300}),
      fc.constantFrom('\n', '\r', '\n\n', '😀'.repeat(500)),
    )
    fc.assert(
      fc.property(fc.array(part, {maxLength: 300}), (parts) => {
        const text = parts.join('')
        const shown = lastLines(text)
        const lines = shown.split('\n')
        expect(lines.length).to.be.at.most(10)
        for (const line of lines) expect(line.length).to.be.at.most(400)
        expect(shown.isWellFormed() || !text.isWellFormed()).to.equal(true)
      }),
      {numRuns},
    )
    tellTried(numRuns, 'outputs')
  })

  it('shows no part of a secret, however much of it has come', () => {
    const secret = 'hunter2-correct-horse'
    const mask = createCutMask([secret])
    for (let length = 4; length <= secret.length; length++) {
      const told: string[] = []
      mock.timers.enable({apis: ['setTimeout']})
      const progress = new ToolProgress({tell: (text) => told.push(text), mask, room: () => Promise.resolve()})
      progress.more(() => `the key is ${secret.slice(0, length)}${cutMark(0, 40)}`)
      mock.timers.tick(100)
      mock.timers.reset()
      expect(told, `${length} characters`).to.deep.equal(['the key is [redacted]'])
    }
  })

  describe('of the real gateway', () => {
    const scratch = new Scratch()

    it('is sent while a command runs, without secrets, and is not in the store', async () => {
      const wait = (file: string) => `while [ ! -e ${file} ]; do sleep 0.02; done`
      const command = `echo one; printf 'key hunter2-corr'; ${wait('go1')}; echo 'ect-horse'; printf '\\033[31mred\\033[0m 10%%\\r20%%'; ${wait('go2')}; echo; echo end`
      const conversation = await ToolConversation.start(scratch, [{name: 'terminal', args: {command}}])
      try {
        const {gateway} = await conversation.open({DEPLOY_TOKEN: 'hunter2-correct-horse'})
        await gateway.call('prompt.submit', {session_id: conversation.sid, text: 'go', prompt_id: 'p1'})
        const {request_id} = await gateway.event('approval.request')
        await conversation.answer(gateway, {request_id, choice: 'once'})
        const previews = () =>
          gateway.frames.flatMap(({params}) => (params?.type === 'tool.progress' ? [params.payload ?? {}] : []))
        await gateway.until(() => previews().length > 0)
        expect(previews()[0]).to.deep.equal({tool_id: 'call_1', name: 'terminal', preview: 'one\nkey [redacted]'})
        await writeFile(path.join(scratch.project, 'go1'), '')
        await gateway.until(() => String(previews().at(-1)?.preview).endsWith('20%'))
        expect(previews().at(-1)?.preview).to.equal('one\nkey [redacted]\n20%')
        await writeFile(path.join(scratch.project, 'go2'), '')
        const complete = await gateway.event('tool.complete')
        const end = gateway.frames.length
        expect((complete.result as {output: string}).output).to.equal('one\nkey [redacted]\nred 10%\r20%\nend\n')
        await gateway.event('message.complete')
        expect(gateway.types(end)).to.not.include('tool.progress')
        expect(JSON.stringify([previews(), complete.result])).to.not.match(/hunter2|horse/)
        expect(conversation.states()).to.deep.equal(['complete'])
      } finally {
        await conversation.server.close()
      }
    })

    it('is little of a command that floods, and nothing of one that is quick', async () => {
      const command = 'yes line | head -c 30000000; sleep 0.25'
      const conversation = await ToolConversation.start(scratch, [
        {name: 'terminal', args: {command: 'echo quick'}},
        {name: 'terminal', args: {command}},
      ])
      try {
        const {gateway} = await conversation.open()
        await gateway.call('prompt.submit', {session_id: conversation.sid, text: 'go', prompt_id: 'p1'})
        const {request_id} = await gateway.event('approval.request')
        await conversation.answer(gateway, {request_id, choice: 'once'})
        await gateway.event('message.complete')
        const told = gateway.frames.filter(({params}) => params?.type === 'tool.progress')
        const {duration_s} =
          gateway.frames.findLast(({params}) => params?.type === 'tool.complete')?.params?.payload ?? {}
        expect(told.map(({params}) => params?.payload?.tool_id)).to.not.include('call_1')
        expect(told.length).to.be.within(1, Math.ceil(Number(duration_s) * 10) + 1)
        for (const frame of told) expect(JSON.stringify(frame).length).to.be.below(5000)
      } finally {
        await conversation.server.close()
      }
    })
  })
})
