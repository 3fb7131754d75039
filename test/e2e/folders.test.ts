import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {runningGateways} from '../../src/hand-over/running.js'
import {noneLeftOf} from '../helpers/processes-of-home.js'
import {runHermes} from '../helpers/program/run-program.js'
import {upTo, useChats} from '../helpers/pty/suite.js'
import {someOf} from '../helpers/sample.js'

if (process.platform !== 'win32')
  describe('sessions of several folders, end to end', function () {
    this.timeout(60_000)
    const suite = useChats()
    const other = () => {
      const folder = path.join(suite.home.dir, 'other')
      mkdirSync(folder, {recursive: true})
      return folder
    }
    const run = (cwd: string, ...args: string[]) => runHermes(args, {cwd, env: suite.home.env()})

    async function say(cwd: string, prompt: string, shown: string): Promise<string> {
      const chat = suite.start([], {cwd})
      await chat.ready()
      await chat.submit(prompt)
      await chat.waitFor(shown)
      await chat.ready()
      await chat.quit()
      return /--resume (\S+)/.exec(chat.scrollback())?.[1] ?? ''
    }

    it('-c goes on with the last one of the folder, and shows the others where there is none', async () => {
      const {cwd} = suite.home
      const first = await say(cwd, 'count to 3', 'word2')
      const empty = other()
      const chat = suite.start(['-c', 'count to 7'], {cwd: empty})
      await chat.waitFor('No session of this folder yet')
      expect(chat.screen()).to.include('~/project').and.to.include(first)
      chat.press('enter')
      await chat.waitFor('its tools work there, where it was begun: you are in ~/other')
      expect(chat.scrollback()).to.include('· in ~/project').and.to.include('word2')
      // What was given with it was meant for the session that was wanted, and waits for a word.
      expect(chat.scrollback()).to.not.include('word6')
      chat.press('enter')
      await chat.waitFor('word6')
      await chat.ready()
      await chat.quit()

      await say(empty, 'count to 5', 'word4')
      const back = suite.start(['-c'], {cwd})
      await back.waitFor('word6')
      expect(back.scrollback()).to.not.include('its tools work there')
      await back.quit()
    })

    it('-c begins a new one where there is none at all, and after Esc', async () => {
      const fresh = suite.start(['-c', 'count to 3'])
      await fresh.waitFor('word2')
      expect(fresh.scrollback()).to.include('new session · offline · in ~/project')
      await fresh.ready()
      await fresh.quit()
      const chat = suite.start(['-c'], {cwd: other()})
      await chat.waitFor('No session of this folder yet')
      await chat.waitFor('Esc closes')
      chat.press('escape')
      await chat.waitFor(() => !chat.screen().includes('Esc closes'), {what: 'the end of the list'})
      await chat.ready()
      await chat.submit('count to 4')
      await chat.waitFor('word3')
      expect(chat.words()).to.deep.equal(upTo(4))
      await chat.quit()
    })

    it('-c goes first to the one that was cut off, wherever it was, and says where', async () => {
      const here = other()
      await say(here, 'count to 3', 'word2')
      const chat = suite.start()
      await chat.ready()
      await chat.submit('stream 5000 tokens at 100')
      await chat.waitFor('word20')
      const gateway = await chat.gateway()
      chat.signal('SIGKILL')
      await chat.exit
      process.kill(gateway, 'SIGKILL')
      await noneLeftOf(suite.home.hermes, [gateway])
      const again = suite.start(['-c'], {cwd: here})
      await again.waitFor('its tools work there')
      expect(again.scrollback()).to.include('word20').and.to.include('· in ~/project')
      await again.quit()
      const last = suite.start(['-c'], {cwd: here})
      await last.waitFor('word2')
      expect(last.scrollback()).to.not.include('word20')
      await last.quit()
    })

    it('-c -p takes none of another folder, and says what can be done', async () => {
      const {cwd} = suite.home
      const first = await run(cwd, 'chat', '-c', '-p', 'count to 3')
      expect(first.code, first.stderr).to.equal(0)
      const elsewhere = await run(other(), 'chat', '-c', '-p', 'count to 4')
      expect(elsewhere.code).to.equal(7)
      expect(elsewhere.stdout).to.equal('')
      expect(elsewhere.stderr).to.include(`no session was held in this folder (${other()})`)
      expect(elsewhere.stderr).to.include('hermes sessions lists them').and.to.include('--resume KEY')
      const listed = await run(cwd, 'sessions', '--json')
      expect(JSON.parse(listed.stdout).sessions).to.have.length(1)
    })

    it('says of a session without a terminal how to come back to it, in print mode and in a chat that runs', async () => {
      const chat = suite.start()
      await chat.ready()
      await chat.submit('stream 20000 tokens at 100')
      await chat.waitFor('word20')
      const gateway = await chat.gateway()
      chat.signal('SIGKILL')
      await chat.exit
      const running = () => runningGateways(path.join(suite.home.hermes, 'run'))
      while (running()[0]?.detachedAt === undefined) await new Promise((resolve) => setTimeout(resolve, 10))
      const key = running()[0]?.sessions[0]?.key ?? ''
      for (const which of someOf([['-c'], ['-r', key]], 1)) {
        const printed = await run(suite.home.cwd, 'chat', ...which, '-p', 'and now?')
        expect(printed.code).to.equal(8)
        expect(printed.stderr).to.include(`session ${key} works without a terminal (pid ${gateway}`)
        expect(printed.stderr).to.include(`hermes attach ${key}`).and.to.include(`hermes stop ${key}`)
      }
      const second = suite.start()
      await second.ready()
      await second.submit(`/resume ${key}`)
      await second.waitFor('❯ Take over  go on here, also with what runs')
      expect(second.scrollback()).to.match(/works in a gateway without a terminal \(pid \d+, since/)
      second.press('escape')
      await second.waitFor(() => !second.screen().includes('Take over'), {what: 'the end of the list'})
      await second.quit()
      // Nobody of them was its writer.
      expect(running()[0]).to.include({pid: gateway})
      const again = suite.start(['-r', key])
      await again.waitFor(/after .* without a terminal, back in/)
      // Of the last one a part may be on the screen.
      const words = again.words().slice(0, -1)
      expect(words).to.deep.equal(upTo(words.length))
      await again.submit('/quit')
      await again.exit
      await noneLeftOf(suite.home.hermes, [gateway])
    })
  })
