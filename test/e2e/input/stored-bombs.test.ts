import {randomUUID} from 'node:crypto'
import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {openStore} from '../../../src/gateway/store/index.js'
import {bombs} from '../../helpers/markdown/bombs.js'
import {runHermes} from '../../helpers/program/run-program.js'
import {useChats} from '../../helpers/pty/suite.js'
import {tellTried} from '../../helpers/tried.js'

const flooding = fileURLToPath(new URL('../../fixtures/flooding-gateway.mjs', import.meta.url))

describe('replies that can end a screen, end to end', () => {
  const suite = useChats()

  it('are stored, and their session opens again and goes on', async function () {
    this.timeout(60_000)
    mkdirSync(path.dirname(suite.home.database), {recursive: true, mode: 0o700})
    const store = openStore(suite.home.database)
    const session = {
      key: '20300101_000000_00000b',
      title: 'bombs',
      model: 'offline',
      cwd: suite.home.cwd,
      source: 'tui',
    }
    let stored = 0
    for (const [name, bomb] of Object.entries(bombs)) {
      const {turn} = store.beginTurn({session, promptId: randomUUID(), prompt: `a reply of ${name}`})
      store.journal(turn.id, [{kind: 'text', text: bomb(4000)}, {kind: 'step-end'}])
      store.finishTurn(turn.id, {status: 'complete'})
      stored++
    }
    store.close()
    const chat = suite.start(['-c'])
    await chat.ready()
    await chat.submit('count to 3')
    await chat.waitFor('word2', {timeout: 30_000})
    await chat.ready()
    expect(chat.scrollback()).to.include('· shown as plain text: nested too deeply')
    expect((await chat.quit()).code).to.equal(0)
    const {stdout} = await runHermes(['doctor', 'crashes'], {cwd: suite.home.cwd, env: suite.home.env()})
    expect(stdout).to.not.include('crash:')
    tellTried(stored, 'stored replies')
  })

  it('are survived as they come, with a result of any depth, a diff of any length and a delta of 8 MB', async function () {
    this.timeout(60_000)
    suite.home.configure(`gateway: {command: [${process.execPath}, ${flooding}]}\n`)
    const chat = suite.start()
    await chat.ready()
    const nested = JSON.stringify(`${'- '.repeat(1000)}x`)
    const prompts = [`text ${nested}`, 'result 500000', 'diff 100000', 'calls 500', 'tools 5000', 'delta 8000000']
    const ends = () => chat.raw.match(/flooded|more characters of this reply/g)?.length ?? 0
    for (const prompt of prompts) {
      const before = ends()
      chat.paste(prompt)
      await chat.waitFor(prompt.length > 2000 ? '› [Pasted text #' : prompt.slice(-20))
      chat.press('enter')
      await chat.waitFor(() => ends() > before, {timeout: 30_000, what: `the end of ${prompt.slice(0, 20)}`})
      await chat.ready()
    }
    expect(chat.scrollback())
      .to.match(/shown as plain text: nested too deeply/)
      .and.match(/99940 more lines/)
    expect((await chat.quit()).code).to.equal(0)
    tellTried(prompts.length, 'floods')
  })
})
