import {readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import type {RollbackDiff, RollbackRestored} from '../../../src/protocol/methods.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'
import {ToolConversation} from '../tool-conversation.js'

type Wire<T> = T & Record<string, unknown>

describe('/rewind to a prompt after which only acts without a turn came', function () {
  this.timeout(60_000)
  const scratch = new Scratch()
  const file = () => path.join(scratch.project, 'a')
  const content = () => readFileSync(file(), 'utf8')

  const cases: Record<
    string,
    (gateway: GatewayProcess, send: (id: string, text: string) => Promise<void>, sid: string) => Promise<{was: string}>
  > = {
    'a turn that was taken back': async (gateway, send, session_id) => {
      await send('p1', 'hello')
      await send('p2', 'go')
      await gateway.call('session.undo', {session_id})
      return {was: 'one'}
    },
    'what was put back': async (gateway, send, session_id) => {
      await send('p0', 'go')
      await send('p1', 'hello')
      await gateway.call('rollback.restore', {session_id, prompt_id: 'p0'})
      return {was: 'two'}
    },
  }
  for (const [what, begin] of Object.entries(cases)) {
    it(`${what}: the files become what they were before it, and back`, async () => {
      writeFileSync(file(), 'one')
      const conversation = await ToolConversation.start(scratch, [
        {name: 'terminal', args: {command: 'printf two > a'}},
      ])
      const {gateway} = await conversation.open()
      const session = {session_id: conversation.sid}
      const send = async (prompt_id: string, text: string) => {
        const from = gateway.frames.length
        const told = (type: string) => gateway.frames.slice(from).some(({params}) => params?.type === type)
        await gateway.call('prompt.submit', {...session, text, prompt_id})
        if (text === 'go') {
          await gateway.until(() => told('approval.request'))
          await conversation.answer(gateway, {choice: 'once'})
        }
        await gateway.until(() => told('message.complete'))
      }
      const {was} = await begin(gateway, send, conversation.sid)
      const is = content()
      const named = {...session, prompt_id: 'p1'}
      const {files, seen} = await gateway.call<Wire<RollbackDiff>>('rollback.diff', named)
      expect(files?.map(({path: name, foreign}) => [name, foreign])).to.deep.equal([['a', false]])
      const restored = await gateway.call<Wire<RollbackRestored>>('rollback.restore', {...named, seen})
      expect([restored.success, content()]).to.deep.equal([true, was])
      expect(was).not.to.equal(is)
    })
  }
})
