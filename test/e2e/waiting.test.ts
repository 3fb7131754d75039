import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {runHermes} from '../helpers/program/run-program.js'
import {isRunning} from '../helpers/pty/processes.js'
import {useChats} from '../helpers/pty/suite.js'
import {someOf} from '../helpers/sample.js'
import {type ScriptedModel, startScriptedModel} from '../helpers/scripted-model.js'

/** Keys count now. */
const READY = /type what to do instead/

describe('a question to the person, end to end', () => {
  // Here the gateway dies too.
  const suite = useChats('session: {detach: never}\n')
  const log = () => path.join(suite.home.cwd, 'log')
  const lines = () => (existsSync(log()) ? readFileSync(log(), 'utf8').split('\n').filter(Boolean) : [])

  async function asking() {
    const chat = suite.start(['--model', 'offline/tools'])
    await chat.ready()
    await chat.submit('run echo ran >> log')
    await chat.waitFor('echo ran >> log')
    await chat.waitFor('waiting for your answer')
    return chat
  }

  it('is on the screen again after kill -9 of the gateway, and the command runs once', async () => {
    const chat = await asking()
    const killed = await chat.killGateway()
    await chat.waitFor('session recovered')
    await chat.gateway(killed)
    await chat.waitFor('waiting for your answer')
    await chat.waitFor(READY)
    expect(lines()).to.deep.equal([])
    const text = chat.scrollback()
    expect(text).to.not.include('/continue').and.not.include('[interrupted]').and.not.include('outcome unknown')
    chat.type('1')
    await chat.waitFor('Done, with terminal')
    await chat.ready()
    expect(lines()).to.deep.equal(['ran'])
    expect(chat.scrollback().match(/Done, with terminal/g)).to.have.length(1)
    expect(chat.scrollback().match(/I run that command/g)).to.have.length(1)
  })

  it('is asked by -c after kill -9 of the whole program', async () => {
    const chat = await asking()
    const gateway = await chat.gateway()
    chat.signal('SIGKILL')
    await chat.waitForExit()
    await chat.waitFor(() => !isRunning(gateway), {what: 'the end of the orphaned gateway'})

    // Nobody can answer there, so that nobody does.
    const printed = await runHermes(['chat', '-c', '-p', 'and now?'], {cwd: suite.home.cwd, env: suite.home.env()})
    expect(printed.code, printed.stderr).to.equal(8)
    expect(printed.stderr).to.include('a turn of this session waits for an answer')

    const again = suite.start(['-c'])
    await again.waitFor('waiting for your answer')
    await again.waitFor(READY)
    expect(again.scrollback()).to.include('› run echo ran >> log').and.to.include('I run that command')
    expect(again.scrollback()).to.not.include('/continue').and.not.include('[interrupted]')
    again.type('1')
    await again.waitFor('Done, with terminal')
    await again.ready()
    expect(lines()).to.deep.equal(['ran'])
  })

  describe('of a file that the model had not read', () => {
    /** In one line before keys count, and as a title then. */
    const asked = /(\?|──) Edit /
    let model: ScriptedModel | undefined
    afterEach(() => model?.close())

    const places = [
      ['in the workspace', 'a.txt', false],
      ['outside of it, after leave to read it', '../outside.txt', true],
    ] as const
    for (const [where, file, leaveToRead] of someOf(places, 1)) {
      it(`is asked again after kill -9 of the gateway and of the program: ${where}`, async () => {
        const full = path.join(suite.home.cwd, file)
        writeFileSync(full, 'one\n')
        const edit = {name: 'edit_file', args: {path: file, edits: [{old: 'one', new: 'two'}]}}
        model = await startScriptedModel({'change it': [[edit], 'It is changed.']})
        suite.home.configure(`discoverLocal: false\nsession: {detach: never}\n${model.configuration}`)
        const chat = suite.start()
        await chat.ready()
        await chat.submit('change it')
        if (leaveToRead) {
          await chat.waitFor(/(\?|──) Read /)
          await chat.waitFor(READY)
          chat.type('1')
        }
        await chat.waitFor(asked)
        const killed = await chat.killGateway()
        await chat.waitFor('session recovered')
        const gateway = await chat.gateway(killed)
        await chat.waitFor(asked)
        chat.signal('SIGKILL')
        await chat.waitForExit()
        await chat.waitFor(() => !isRunning(gateway), {what: 'the end of the orphaned gateway'})

        const again = suite.start(['-c'])
        await again.waitFor(asked)
        await again.waitFor(READY)
        expect(again.scrollback()).to.not.include('outcome unknown').and.not.include('/continue')
        expect(readFileSync(full, 'utf8')).to.equal('one\n')
        again.type('1')
        await again.waitFor('It is changed.')
        await again.ready()
        expect(readFileSync(full, 'utf8')).to.equal('two\n')
        expect(model.results()).to.have.length(1)
        expect(model.results()[0]).to.include({added: 1, removed: 1})
      })
    }
  })
})
