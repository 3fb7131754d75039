import {createHash} from 'node:crypto'
import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {Rewind} from '../../../src/gateway/checkpoints/rewind.js'
import {stateText} from '../../../src/gateway/checkpoints/state.js'
import {openStore} from '../../../src/gateway/store/index.js'
import {homeFiles} from '../../../src/platform.js'
import type {RollbackDiff, RollbackList, RollbackRestored, WireMessage} from '../../../src/protocol/methods.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'
import {Child} from '../store/child.js'
import {finished} from '../store/scratch.js'
import {type ScriptedCall, ToolConversation} from '../tool-conversation.js'
import {Ground, treeOf} from './workspace.js'

const marked = 'printf two > a; rm -r b; mkdir c; printf new > c/d; touch c/begun'

describe('checkpoints and kill -9', function () {
  this.timeout(120_000)

  describe('of the gateway, in a turn', () => {
    const scratch = new Scratch()

    const file = (name: string) => path.join(scratch.project, name)
    const begun = async () => {
      while (!existsSync(file('c/begun'))) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const ended = (gateway: GatewayProcess) => gateway.event('tool.complete').then(() => {})

    const cases: {what: string; call: ScriptedCall; until: (gateway: GatewayProcess) => Promise<void>}[] = [
      {
        what: 'while a command is asked for',
        call: {name: 'terminal', args: {command: marked}},
        until: async () => {},
      },
      {what: 'in a command', call: {name: 'terminal', args: {command: `${marked}; sleep 100`}}, until: begun},
      {what: 'after a command', call: {name: 'terminal', args: {command: marked}}, until: ended},
      {what: 'after an edit', call: {name: 'write_file', args: {path: 'x/y/z', content: 'new'}}, until: ended},
    ]
    for (const [index, {what, call, until}] of cases.entries()) {
      it(`${what}: the next one puts all back, and the model hears of it`, async () => {
        writeFileSync(file('a'), 'one')
        writeFileSync(file('b'), 'one', {mode: 0o755})
        const before = treeOf(scratch.project)
        const conversation = await ToolConversation.start(scratch, [call])
        const gateway = await conversation.begin()
        await gateway.event('approval.request')
        if (index > 0) await conversation.answer(gateway, {choice: 'once'})
        await until(gateway)
        const after = treeOf(scratch.project)
        await gateway.kill()
        const next = await conversation.open()
        const session = {session_id: conversation.sid}
        if (index === 0) {
          await next.gateway.event('approval.request')
          await conversation.answer(next.gateway, {choice: 'deny'})
          await next.gateway.event('message.complete')
        } else if (next.opened.running) await next.gateway.event('message.complete')
        const named = {...session, prompt_id: 'p1'}
        const {files = [], seen} = await next.gateway.call<RollbackDiff & Record<string, unknown>>(
          'rollback.diff',
          named,
        )
        if (index === 0) return expect([files, treeOf(scratch.project)]).to.deep.equal([[], before])
        expect(files.length).to.be.greaterThan(1)
        expect(files.filter(({foreign, uncovered}) => foreign || uncovered)).to.deep.equal([])
        const restored = await next.gateway.call<RollbackRestored & Record<string, unknown>>('rollback.restore', {
          ...named,
          seen,
        })
        expect(restored.success, JSON.stringify(restored)).to.equal(true)
        expect(treeOf(scratch.project)).to.deep.equal(before)
        const {messages} = await next.gateway.call<{messages: WireMessage[]} & Record<string, unknown>>(
          'session.history',
          session,
        )
        expect(messages.at(-1)).to.deep.include({role: 'system', text: restored.message})
        await next.gateway.turn(conversation.sid, 'hello')
        const told = conversation.server.requests.at(-1)?.chat?.messages ?? []
        expect(told.at(-1)?.content).to.include('hello').and.include('put files of the workspace back')
        const {checkpoints} = await next.gateway.call<RollbackList & Record<string, unknown>>('rollback.list', session)
        expect(checkpoints[0]?.put_back).to.equal(true)
        await next.gateway.call('rollback.restore', {...session, hash: checkpoints[0]?.hash})
        expect(treeOf(scratch.project)).to.deep.equal(after)
      })
    }

    it('is refused while a turn runs, and where files are others than were shown', async () => {
      writeFileSync(file('a'), 'one')
      const call = {name: 'terminal', args: {command: 'printf two > a; mkdir c; touch c/begun; sleep 100'}}
      const conversation = await ToolConversation.start(scratch, [call])
      const gateway = await conversation.begin()
      await gateway.event('approval.request')
      await conversation.answer(gateway, {choice: 'once'})
      await begun()
      const named = {session_id: conversation.sid, prompt_id: 'p1'}
      expect((await gateway.refused('rollback.restore', named)).message).to.include('busy')
      await gateway.call('session.interrupt', {session_id: conversation.sid})
      await gateway.event('message.complete')
      const {seen} = await gateway.call('rollback.diff', named)
      writeFileSync(file('a'), 'three')
      const refused = await gateway.refused('rollback.restore', {...named, seen})
      expect(refused.message).to.include('nothing was put back')
      expect((await gateway.refused('rollback.diff', {...named, prompt_id: 'none'})).message).to.include(
        'no such prompt',
      )
      expect((await gateway.refused('rollback.diff', {session_id: conversation.sid, hash: '99'})).message).to.include(
        '99',
      )
    })
  })

  describe('of the gateway, while it puts files back', () => {
    const scratch = new Scratch()

    it('the next one has finished that before the turn of a prompt that comes at once, and before a difference is shown', async () => {
      for (const what of ['turn', 'difference'] as const) {
        const file = (n: number) => path.join(scratch.project, `${what}${n}`)
        const all = Array.from({length: runs(200, 40)}, (_, n) => n)
        for (const n of all) writeFileSync(file(n), 'one')
        const command = `for f in ${what}*; do printf two > $f; done`
        const conversation = await ToolConversation.start(scratch, [{name: 'terminal', args: {command}}])
        const gateway = await conversation.begin()
        await gateway.event('approval.request')
        await conversation.answer(gateway, {choice: 'once'})
        await gateway.event('message.complete')
        await gateway.kill()
        const state = (text: string) => {
          const hash = createHash('sha256').update(text).digest('hex')
          return {hash, text: stateText({kind: 'file', mode: statSync(file(0)).mode & 0o777, hash, size: 3})}
        }
        const store = openStore(homeFiles(scratch.home).database)
        const [first] = store.checkpoints.list(conversation.key)
        const [before, after] = [state('two'), state('one')]
        const acts = all.map((n) => ({path: file(n), before: before.text, after: after.text, content: before.hash}))
        store.checkpoints.beginPutBack(conversation.key, {target: first?.id ?? 0, acts})
        store.close()
        const next = await conversation.open()
        const session = {session_id: conversation.sid}
        if (what === 'turn') {
          await next.gateway.turn(conversation.sid, 'hello')
          const types = next.gateway.frames.flatMap(({params}) => params?.type ?? [])
          expect(types.indexOf('review.summary')).to.be.within(0, types.indexOf('message.start'))
          const told = conversation.server.requests.at(-1)?.chat?.messages.at(-1)?.content
          expect(told).to.include('put files of the workspace back')
        } else expect((await next.gateway.call('rollback.diff', {...session, prompt_id: 'p1'})).files).to.deep.equal([])
        expect(all.filter((n) => readFileSync(file(n), 'utf8') !== 'one')).to.deep.equal([])
        await next.gateway.kill()
      }
    })
  })

  it('while files are put back: at the next opening it is finished, also after deaths of that', async () => {
    let killed = 0
    const count = runs(30, 2)
    for (let index = 0; index < count; index++) {
      const ground = new Ground()
      try {
        for (let n = 0; n < 40; n++) writeFileSync(path.join(ground.project, `f${n}`), `one ${n}`)
        const before = treeOf(ground.project)
        const turn = ground.turn('s')
        const ended = await ground.session('s').recorder.ofTurn(turn.id).beforeCommand(new AbortController().signal)
        for (let n = 0; n < 40; n++) writeFileSync(path.join(ground.project, `f${n}`), `two ${n}`)
        for (let n = 0; n < 40; n++) writeFileSync(path.join(ground.project, `g${n}`), `new ${n}`)
        await ended()
        ground.store.close()
        for (const what of ['restore', 'finish']) {
          const child = new Child('../../checkpoints/fixtures/put-back.ts', [ground.base, what])
          await child.until((stdout) => stdout.includes('begins'))
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 150))
          if (!child.stdout.includes('done')) killed++
          await child.kill()
        }
        ground.reopen()
        const {rewind} = ground.session('s')
        const began = ground.store.checkpoints.list('s').length === 2
        await rewind.finish()
        expect(ground.store.checkpoints.pending('s')).to.deep.equal([])
        if (began) expect(treeOf(ground.project)).to.deep.equal(before)
        else await rewind.restore(await rewind.plan((await rewind.list())[0]), {overwrite: false, toModel: true})
        expect(treeOf(ground.project)).to.deep.equal(before)
      } finally {
        ground.remove()
      }
    }
    tellTried(killed, 'processes killed while files were put back')
  })

  it('when all is put back and nothing is said of it yet: the model is told, unless it is told nothing of that turn', async () => {
    const ground = new Ground()
    try {
      const file = path.join(ground.project, 'a')
      writeFileSync(file, 'one')
      const {recorder, rewind} = ground.session('s')
      const turn = ground.turn('s')
      const ended = await recorder.ofTurn(turn.id).beforeCommand(new AbortController().signal)
      writeFileSync(file, 'two')
      await ended()
      const dies = () => {
        throw new Error('killed')
      }
      const rows = {...ground.store.checkpoints, endPutBack: dies}
      const killed = new Rewind({recorder, rows, sessionKey: 's', cwd: ground.project})
      const plan = await killed.plan((await killed.list())[0])
      await killed.restore(plan, {overwrite: false, toModel: false}).catch(() => {})
      expect(readFileSync(file, 'utf8')).to.equal('one')
      expect(await rewind.finish()).to.include('1 file put back')
      expect(ground.store.checkpoints.notes('s').join()).to.include('put files of the workspace back')
      finished(ground.store.branchSession('s', {key: 'stands', title: null}))
      expect(ground.store.checkpoints.notes('stands')).to.have.length(1)
      ground.store.undoLastTurn('s')
      expect(ground.store.checkpoints.notes('s')).to.deep.equal([])
      // Nor in a branch, which has nothing of that turn at all.
      finished(ground.store.branchSession('s', {key: 'copy', title: null}))
      expect(ground.store.checkpoints.notes('copy')).to.deep.equal([])
    } finally {
      ground.remove()
    }
  })
})
