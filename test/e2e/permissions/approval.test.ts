import {existsSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {logged} from '../../helpers/program/logged.js'
import type {ChatScreen} from '../../helpers/pty/chat.js'
import {useChats} from '../../helpers/pty/suite.js'

const scripted = fileURLToPath(new URL('../../fixtures/scripted-gateway.mjs', import.meta.url))

/** Keys count now. */
const READY = /type what to do instead/

describe('approving, end to end', () => {
  const suite = useChats()
  const log = () => path.join(suite.home.dir, 'calls.jsonl')
  const responses = () =>
    logged<{method: string; params: Record<string, unknown>}>(log())
      .filter(({method}) => method === 'approval.respond')
      .map(({params}) => params)

  /** The chat on a gateway that asks this at "#approve". */
  async function asking(approval: object, size: {cols?: number; rows?: number} = {}): Promise<ChatScreen> {
    const request = {description: 'Run a shell command', request_id: 'q1', offers: [], ...approval}
    const env = {FG_APPROVAL: JSON.stringify(request), FG_LOG: log(), FG_STATE: path.join(suite.home.dir, 'state.json')}
    const chat = suite.start(['--gateway-command', `'${process.execPath}' '${scripted}'`], {env, ...size})
    await chat.ready()
    return chat
  }

  /** As a person does: the next key when the one before is on the screen. */
  async function typeOut(chat: ChatScreen, text: string, shown = ''): Promise<void> {
    let typed = shown
    for (const character of text) {
      chat.type(character)
      typed += character
      await chat.waitFor(`› ${typed}`.trimEnd())
    }
  }

  it('shows a command that hides from the terminal, which the shell would run', async () => {
    const chat = suite.start(['--model', 'offline/tools', 'run ls -la \x1b]; touch PWNED #'])
    await chat.waitFor(READY)
    expect(chat.screen()).to.include('ls -la ⟦\\x1b⟧]; touch PWNED #')
    expect(chat.screen()).to.include('▲ contains hidden characters: ESC')
    chat.press('enter')
    chat.press('escape')
    await chat.ready()
    expect(existsSync(path.join(suite.home.cwd, 'PWNED'))).to.equal(false)
  })

  it('sends what is typed while it is asked where it was meant to go, digits and Enter too', async () => {
    const chat = await asking({command: 'rm -rf build', offers: []})
    await chat.submit('#approve it #pace=50')
    await typeOut(chat, 'then run')
    await chat.waitFor('? Run a shell command: rm -rf build')
    await typeOut(chat, ' 1 of 2 on port 3000', 'then run')
    chat.press('enter')
    await chat.waitFor('queued › then run 1 of 2 on port 3000')
    expect(responses()).to.deep.equal([])
    await chat.waitFor(READY)
    chat.type('1')
    await chat.waitFor('[once]')
    expect(responses()).to.have.length(1)
    expect(responses()[0]).to.include({choice: 'once', request_id: 'q1'})
  })

  it('tells the model what to do instead', async () => {
    const chat = await asking({command: 'scp -r build host:', destructive: true, dangers: ['sends files away']})
    await chat.submit('#approve it')
    await chat.waitFor(READY)
    await typeOut(chat, 'no, use rsync instead')
    expect(chat.screen()).to.include('No, do this instead:').and.to.include('▲ sends files away')
    chat.press('enter')
    await chat.waitFor('[deny: no, use rsync instead]')
    expect(responses()).to.have.length(1)
    expect(responses()[0]).to.include({choice: 'deny', request_id: 'q1', reason: 'no, use rsync instead'})
  })

  it('keeps what was typed as a reason when the gateway is killed', async () => {
    const chat = await asking({command: 'scp -r build host:'})
    await chat.submit('#approve it')
    await chat.waitFor(READY)
    await typeOut(chat, 'no, use rsync')
    await chat.killGateway()
    await chat.waitFor('session recovered')
    await chat.waitFor('› no, use rsync')
    expect(chat.screen()).not.to.include('do this instead')
  })

  it('waits for somebody who comes back to the window, and leaves the terminal as it was', async () => {
    const chat = await asking({command: 'rm -rf build'})
    await chat.submit('#approve it')
    await chat.waitFor(READY)
    expect(chat.modesLeft).to.include('focus reports on')
    chat.type('\x1b[O')
    chat.type('\x1b[I')
    await chat.waitFor('Read it first')
    await chat.waitFor(READY)
    chat.signal('SIGTERM')
    await chat.waitForExit()
    expect(chat.modesLeft).to.deep.equal([])
    expect(responses()).to.deep.equal([])
  })

  for (const [cols, rows] of [
    [80, 24],
    [40, 15],
  ] as const) {
    it(`shows all 61 lines of a command on ${cols}x${rows}`, async () => {
      const command = Array.from({length: 61}, (_, index) => `echo step-${index + 1}.`).join('\n')
      const chat = await asking({command}, {cols, rows})
      await chat.submit('#approve it')
      await chat.waitFor(READY)
      const seen = new Set<string>()
      const look = () => {
        for (const [step] of chat.screen().matchAll(/step-\d+\./g)) seen.add(step)
      }
      for (;;) {
        look()
        const [, last] = /lines \d+–(\d+) of 61/.exec(chat.screen()) ?? []
        if (last === '61') break
        chat.press('page-down')
        await chat.waitFor(() => /lines \d+–(\d+) of 61/.exec(chat.screen())?.[1] !== last)
      }
      expect(seen.size).to.equal(61)
      chat.press('home')
      await chat.waitFor('lines 1–')
      chat.press('end')
      await chat.waitFor('the end')
      chat.press('escape')
      await chat.waitFor('[deny]')
    })
  }
})
