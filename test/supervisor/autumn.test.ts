import {expect} from 'chai'
import {AutumnFiles, autumnGateway} from '../helpers/autumn.js'
import {Harness} from './helpers/harness.js'

describe('a supervisor over the wire of autumn 2026', () => {
  let harness: Harness | undefined

  afterEach(() => harness?.finish())

  it('records which wire is spoken, and takes what holds of the map', async () => {
    harness = await Harness.create({gateway: {command: [process.execPath, autumnGateway]}})
    await harness.live()
    expect(harness.record('ready').map(({version}) => version)).to.deep.equal(['wire 1'])
    expect([...harness.view.capabilities]).to.include.members(['client_turn_id', 'queued_prompts'])
    expect([...harness.view.capabilities]).to.not.include('turn_recovery')
  })

  it('answers a request once, and not that of a gateway that is gone', async () => {
    harness = await Harness.create({gateway: {command: [process.execPath, autumnGateway]}, script: {AG_AUTO: '0'}})
    const files = new AutumnFiles(harness.dir)
    const liveId = await harness.live()
    const {supervisor} = harness
    const asked = () => harness?.events.filter(({type}) => type === 'gateway.request') ?? []
    const id = (index: number) => (asked()[index] as {payload: {id: string}}).payload.id
    void supervisor.request('prompt.submit', {session_id: liveId, text: '#sudo'}).catch(() => {})
    await harness.until(() => asked().length === 1)
    expect(await supervisor.answer(id(0), {value: 'x'})).to.equal(true)
    expect(await supervisor.answer(id(0), {value: 'y'})).to.equal(false)
    await harness.until(() => harness?.events.some(({type}) => type === 'message.complete'))
    expect(harness.replied).to.include('[sudo: {"value":"x"}]')
    void supervisor.request('prompt.submit', {session_id: liveId, text: '#sudo'}).catch(() => {})
    await harness.until(() => asked().length === 2)
    process.kill(harness.pid, 'SIGKILL')
    await harness.until(() => harness?.deaths.length === 1)
    expect(await supervisor.answer(id(1), {value: 'x'})).to.equal(false)
    expect(files.wrong()).to.deep.equal([])
  })
})
