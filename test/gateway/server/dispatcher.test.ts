import {PassThrough} from 'node:stream'
import {expect} from 'chai'
import fc from 'fast-check'
import type {Gateway} from '../../../src/gateway/gateway.js'
import {Dispatcher} from '../../../src/gateway/server/dispatcher.js'
import {FrameWriter} from '../../../src/gateway/server/frame-writer.js'

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('requests of one client after another', () => {
  it('are answered to who asked them, and to nobody once he is gone', async () => {
    // Each client counts its requests from one.
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('ask', 'fail', 'change', 'settle'), {maxLength: 20}), async (steps) => {
        const heard: {client: number; frame: {id?: unknown}}[] = []
        const asked: {client: number; id: string; settle: () => void}[] = []
        let client = 0
        const stream = () => {
          const mine = client
          const through = new PassThrough()
          through.on('data', (line) => heard.push({client: mine, frame: JSON.parse(String(line))}))
          return through
        }
        const writer = new FrameWriter(stream())
        let outcome: Promise<boolean> = Promise.resolve(true)
        const gateway = {writer, diagnose: () => {}, handOver: {stay: () => outcome, letGo: () => {}}}
        const dispatcher = new Dispatcher(gateway as unknown as Gateway)
        const expected: {client: number; id: string}[] = []
        let next = 1
        for (const step of steps) {
          if (step === 'change') {
            client++
            next = 1
            writer.switchTo(stream())
          } else if (step === 'settle') {
            const first = asked.shift()
            first?.settle()
            await settled()
            if (first?.client === client) expected.push({client, id: first.id})
          } else {
            const {promise, resolve, reject} = Promise.withResolvers<boolean>()
            outcome = promise
            const id = `r${next++}`
            const line = JSON.stringify({jsonrpc: '2.0', id, method: 'gateway.detach', params: {}})
            dispatcher.take({kind: 'line', bytes: Buffer.from(line)})
            asked.push({client, id, settle: () => (step === 'ask' ? resolve(false) : reject(new Error('injected')))})
          }
        }
        await settled()
        expect(heard.map(({client: to, frame}) => ({client: to, id: frame.id}))).to.deep.equal(expected)
      }),
    )
  })
})
