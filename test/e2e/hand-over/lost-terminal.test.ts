import {writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {runningGateways} from '../../../src/hand-over/running.js'
import {noneLeftOf} from '../../helpers/processes-of-home.js'
import {runHermes} from '../../helpers/program/run-program.js'
import type {ChatScreen} from '../../helpers/pty/chat.js'
import {isRunning} from '../../helpers/pty/processes.js'
import {upTo, useChats} from '../../helpers/pty/suite.js'
import {someOf} from '../../helpers/sample.js'

if (process.platform !== 'win32')
  describe('a terminal that is lost', function () {
    this.timeout(60_000)
    const suite = useChats()
    const running = () => runningGateways(path.join(suite.home.hermes, 'run'))

    async function lose(chat: ChatScreen, how: (chat: ChatScreen) => void): Promise<number> {
      const gateway = await chat.gateway()
      how(chat)
      await chat.exit
      return gateway
    }

    it('lets the queue go out where that is wanted, each prompt once, and says so', async () => {
      suite.home.configure('discoverLocal: false\nsession: {queueWhileDetached: true, lingerMs: 60000}\n')
      for (const how of someOf(['SIGKILL', 'SIGHUP'] as const, 1)) {
        const chat = suite.start()
        await chat.ready()
        await chat.submit('stream 300 tokens at 100')
        await chat.waitFor('word10')
        await chat.submit('count to 5')
        await chat.submit('count to 6')
        await chat.waitFor('2 queued')
        await lose(chat, (each) => each.signal(how))
        if (how === 'SIGHUP') expect(chat.scrollback()).to.include('Sent meanwhile: 2 queued prompts')
        // Some of it without a terminal, the rest perhaps with one again.
        await chat.waitFor(() => running()[0]?.sessions[0]?.status === 'idle', {what: 'the end of the first reply'})
        const again = suite.start(['-r', running()[0]?.sessions[0]?.key ?? ''])
        await again.waitFor(/count to 6[\s\S]*word5/)
        await again.ready()
        const shown = again.scrollback()
        expect([...shown.matchAll(/› ((?:stream|count) .*)$/gm)].map(([, text]) => text?.trim())).to.deep.equal([
          'stream 300 tokens at 100',
          'count to 5',
          'count to 6',
        ])
        expect(again.words()).to.deep.equal([...upTo(300), ...upTo(5), ...upTo(6)])
        expect(shown).to.not.include('queued ›')
        await again.quit()
        await noneLeftOf(suite.home.hermes, [])
      }
    })

    it('costs no word of a reply: it is there once, in order, goes on, and so does the session', async () => {
      const chat = suite.start()
      await chat.ready()
      await chat.submit('stream 300 tokens at 150')
      await chat.waitFor('word40')
      const gateway = await chat.gateway()
      chat.signal('SIGKILL')
      await chat.exit
      expect(isRunning(gateway)).to.equal(true)

      const again = suite.start(['-c'])
      await again.waitFor('word299')
      await again.ready()
      expect(again.words()).to.deep.equal(upTo(300))
      expect(again.scrollback().split('› stream 300 tokens at 150')).to.have.length(2)
      expect(running()[0]?.pid).to.equal(gateway)
      await again.submit('count to 5')
      await again.waitFor(/count to 5[\s\S]*word4/)
      await again.ready()
      await again.quit()
      await noneLeftOf(suite.home.hermes, [gateway])
    })

    it('leaves nothing when it was idle, nor after /quit, SIGTERM, SIGINT or SIGQUIT in mid-reply', async () => {
      const ends: ((chat: ChatScreen) => unknown)[] = [
        (chat) => chat.signal('SIGTERM'),
        (chat) => chat.signal('SIGINT'),
        (chat) => chat.signal('SIGQUIT'),
        (chat) => chat.submit('/quit'),
      ]
      for (const end of someOf(ends, 1)) {
        const chat = suite.start()
        await chat.ready()
        await chat.submit('stream 5000 tokens at 100')
        await chat.waitFor('word20')
        await end(chat)
        await chat.exit
        await noneLeftOf(suite.home.hermes, [])
        expect(running()).to.deep.equal([])
      }
      const idle = suite.start()
      await idle.ready()
      await idle.submit('count to 5')
      await idle.waitFor('word4')
      await idle.ready()
      idle.signal('SIGKILL')
      await noneLeftOf(suite.home.hermes, [])
      expect(running()).to.deep.equal([])
    })

    it('leaves nothing that lingers for a session that was opened again, or was opened and closed', async () => {
      for (const closes of [false, true]) {
        const chat = suite.start()
        await chat.ready()
        await chat.submit('stream 60 tokens at 100')
        await chat.waitFor('word20')
        const gateway = await lose(chat, (each) => each.signal('SIGKILL'))
        await chat.waitFor(() => running()[0]?.sessions[0]?.status === 'idle', {what: 'the end of the reply'})
        expect(running()[0]?.pid).to.equal(gateway)
        // By its place alone: what only lingers is as good as stored.
        const again = suite.start(['-c'])
        await again.waitFor('word59')
        await again.ready()
        if (closes) await again.quit()
        while (isRunning(gateway)) await new Promise((resolve) => setTimeout(resolve, 10))
        if (!closes) await again.quit()
        await noneLeftOf(suite.home.hermes, [])
      }
    })

    it('is told by hermes sessions --running, found by hermes attach, and ended by hermes stop', async () => {
      const run = (...args: string[]) => runHermes(args, {cwd: suite.home.cwd, env: suite.home.env()})
      expect((await run('sessions', '--running')).stdout).to.match(/^No session runs now\.\n.*hermes chat -c/)
      expect((await run('attach')).code).to.equal(7)
      const chat = suite.start()
      await chat.ready()
      await chat.submit('stream 20000 tokens at 100')
      await chat.waitFor('word20')
      const gateway = await chat.gateway()
      await chat.waitFor(() => running().length === 1, {what: 'the file of the gateway'})
      const key = running()[0]?.sessions[0]?.key ?? ''
      const open = await run('sessions', '--running')
      expect(open.stdout).to.include(`${key}  works · in a terminal`)
      const kept = await run('stop', key)
      expect(kept.code).to.equal(8)
      expect(kept.stderr).to.include('is open in a terminal')
      chat.signal('SIGKILL')
      await chat.exit
      while (running()[0]?.detachedAt === undefined) await new Promise((resolve) => setTimeout(resolve, 10))
      const alone = await run('sessions', '--running')
      expect(alone.stdout).to.include(`${key}  works · without a terminal since just now`)
      const told = JSON.parse((await run('sessions', '--running', '--json')).stdout)
      expect(told.sessions[0]).to.include({key, status: 'working', stuck: false, gatewayPid: gateway})
      expect(JSON.stringify(told)).to.not.match(/[0-9a-f]{64}/)
      // It is there on purpose: nobody is told to kill it.
      const examined = (await run('doctor', '--json')).stdout
      expect(examined).to.include(`session ${key} is working without a terminal, pid ${gateway}`)
      expect(examined).to.not.match(/without a terminal program|kill \d/)
      const stopped = await run('stop', key)
      expect(stopped.stdout).to.include(`Ended ${key}. Go on with: hermes chat --resume ${key}`)
      await noneLeftOf(suite.home.hermes, [gateway])
      expect((await run('stop', key)).code).to.equal(7)
      const again = suite.start(['-c'])
      await again.waitFor('[interrupted]')
      await again.quit()
    })

    it('is ended by who comes back where it is stopped, and the session goes on from there', async () => {
      const chat = suite.start()
      await chat.ready()
      await chat.submit('stream 20000 tokens at 100')
      await chat.waitFor('word20')
      const gateway = await chat.gateway()
      chat.signal('SIGKILL')
      await chat.exit
      while (running()[0]?.detachedAt === undefined) await new Promise((resolve) => setTimeout(resolve, 10))
      process.kill(gateway, 'SIGSTOP')
      const again = suite.start(['-c'])
      await again.waitFor('[interrupted]', {timeout: 20_000})
      await again.waitFor('was stopped, and was ended')
      await again.ready()
      expect(isRunning(gateway)).to.equal(false)
      const words = again.words()
      expect(words).to.deep.equal(upTo(words.length))
      await again.quit()
    })

    it('is a crash of the screen too', async () => {
      const faults = path.join(suite.home.dir, 'faults.mjs')
      // Where a row of the screen holds the word, looking it up throws.
      writeFileSync(
        faults,
        `const get = Map.prototype.get
        Map.prototype.get = function (key) {
          if (typeof key === 'string' && /› .*crash-the-screen/.test(key)) throw new RangeError('injected into the screen')
          return get.call(this, key)
        }`,
      )
      const chat = suite.start([], {env: {NODE_OPTIONS: `--import=${faults}`}})
      await chat.ready()
      await chat.submit('stream 300 tokens at 150')
      await chat.waitFor('word20')
      chat.type('crash-the-screen')
      expect(await chat.exit).to.include({code: 1})
      const again = suite.start(['-c'])
      await again.waitFor('word299')
      await again.waitFor('crash-the-screen')
      expect(again.words()).to.deep.equal(upTo(300))
      expect(again.scrollback()).to.include('without a terminal, back in').and.not.include('[interrupted]')
    })

    it('is left on purpose by /detach, and the session found again by its key', async () => {
      const chat = suite.start()
      await chat.ready()
      await chat.submit('stream 200 tokens at 150')
      await chat.waitFor('word20')
      await chat.submit('/detach')
      expect(await chat.exit).to.include({code: 0})
      const [, key = ''] = /hermes attach (\S+)/.exec(chat.scrollback()) ?? []
      expect(key).to.match(/^\d{8}_/)
      const again = suite.start(['-r', key])
      await again.waitFor('word199')
      await again.ready()
      expect(again.words()).to.deep.equal(upTo(200))
      await again.quit()
      await noneLeftOf(suite.home.hermes, [])
    })
  })
