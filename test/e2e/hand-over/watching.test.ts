import {existsSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {runningGateways} from '../../../src/hand-over/running.js'
import {noneLeftOf} from '../../helpers/processes-of-home.js'
import {runHermes} from '../../helpers/program/run-program.js'
import {programPath} from '../../helpers/pty/chat.js'
import {PtyScreen} from '../../helpers/pty/pty.js'
import {upTo, useChats} from '../../helpers/pty/suite.js'

if (process.platform !== 'win32')
  describe('a session that is watched from another terminal', function () {
    this.timeout(60_000)
    const suite = useChats()
    const running = () => runningGateways(path.join(suite.home.hermes, 'run'))
    const screens: PtyScreen[] = []
    afterEach(() => {
      for (const screen of screens.splice(0)) screen.dispose()
    })

    async function open(prompt: string, shown: string, args: readonly string[] = []) {
      const chat = suite.start(args)
      await chat.ready()
      await chat.submit(prompt)
      await chat.waitFor(shown)
      return chat
    }

    function attach(...args: string[]): PtyScreen {
      const {cwd} = suite.home
      const screen = new PtyScreen({
        file: process.execPath,
        args: [programPath, 'attach', ...args],
        env: suite.home.env(),
        cwd,
      })
      screens.push(screen)
      return screen
    }

    const words = (screen: PtyScreen) => [...screen.scrollback().matchAll(/\bword(\d+)\b/g)].map(([, n]) => Number(n))

    it('shows the words as they come, sends nothing, and is left without a trace', async () => {
      const first = await open('stream 500 tokens at 100', 'word20')
      const watcher = attach('--watch')
      await watcher.waitFor('watching ')
      const seen = words(watcher).length
      await watcher.waitFor(() => words(watcher).length > seen + 50)
      watcher.press('escape')
      await watcher.waitFor('nothing was interrupted')
      watcher.type('a thought')
      watcher.press('enter')
      await watcher.waitFor('What now?')
      watcher.press('escape')
      await watcher.waitFor('› a thought')
      watcher.type('\x15/undo\r')
      await watcher.waitFor('it is only watched here')
      await watcher.waitFor('nothing runs there')
      expect(words(watcher)).to.deep.equal(upTo(500))
      await first.submit('count to 5')
      await watcher.waitFor(/› count to 5[\s\S]*word0 word1 word2 word3 word4/)
      await watcher.waitFor('nothing runs there')
      expect(watcher.scrollback().split('› count to 5')).to.have.length(2)
      watcher.press('ctrl-d')
      await watcher.waitForExit()
      expect(watcher.scrollback()).to.match(/Watch it again with: hermes attach --watch \d{8}_/)
      await first.ready()
      expect(first.words()).to.deep.equal([...upTo(500), ...upTo(5)])
      await first.submit('count to 6')
      await first.waitFor(/count to 6[\s\S]*word5/)
      await first.ready()
      await first.quit()
      await noneLeftOf(suite.home.hermes, [])
    })

    it('is not opened by itself when the chat that had it ends, but when the person says so', async () => {
      const first = await open('stream 300 tokens at 100', 'word20')
      const watcher = suite.start(['-c'])
      await watcher.waitFor('What now?')
      watcher.press('down', 'enter')
      await watcher.waitFor('watching ')
      await first.ready()
      await first.quit()
      await watcher.waitFor('was watched, and its chat has ended')
      await watcher.waitFor('❯ Open it')
      expect(running()).to.deep.equal([])
      watcher.press('enter')
      await watcher.ready()
      await watcher.submit('count to 5')
      await watcher.waitFor(/count to 5[\s\S]*word4/)
      await watcher.ready()
      expect(watcher.words()).to.deep.equal([...upTo(300), ...upTo(5)])
      await watcher.quit()
      await noneLeftOf(suite.home.hermes, [])
    })

    it('goes on for who watches it when the terminal of the other is lost, and he may take it over', async () => {
      const first = await open('stream 500 tokens at 100', 'word20')
      const watcher = attach('--watch')
      await watcher.waitFor('watching ')
      first.signal('SIGKILL')
      await first.exit
      await watcher.waitFor(() => running()[0]?.detachedAt !== undefined, {what: 'a gateway without a terminal'})
      const seen = words(watcher).length
      await watcher.waitFor(() => words(watcher).length > seen + 20)
      watcher.press('enter')
      await watcher.waitFor('❯ Take over')
      watcher.press('enter')
      await watcher.waitFor('took over')
      await watcher.waitFor(/^● ready/m)
      expect(words(watcher)).to.deep.equal(upTo(500))
      watcher.press('ctrl-d')
      await watcher.waitForExit()
      await noneLeftOf(suite.home.hermes, [])
    })

    it('shows each word once in both, while one takes it from the other and gives it back in mid-reply', async () => {
      const first = await open('stream 700 tokens at 100', 'word20')
      const second = attach('--take-over')
      await second.waitFor('word150')
      await first.waitFor('was taken over by another hermes')
      const until = words(first).length
      first.press('enter')
      await first.waitFor('❯ Take it back')
      first.press('enter')
      await first.waitFor('took back')
      await second.waitFor('was taken over by another hermes')
      await first.waitFor('word699')
      await first.ready()
      expect(until).to.be.above(20)
      expect(first.words()).to.deep.equal(upTo(700))
      const seen = words(second)
      expect(seen).to.deep.equal(upTo(seen.length))
      await first.quit()
      second.press('ctrl-d')
      await second.waitForExit()
      await noneLeftOf(suite.home.hermes, [])
    })

    it('leaves the question to the chat that is asked, until it is taken over', async () => {
      const first = await open('run touch made', 'Allow once', ['-m', 'offline/tools'])
      const watcher = attach('--watch')
      await watcher.waitFor('there it waits for an answer')
      expect(watcher.screen()).to.not.include('Allow once')
      const taker = attach('--take-over')
      await taker.waitFor('Allow once')
      await first.waitFor('was taken over by another hermes')
      await first.waitFor(() => !first.screen().includes('Allow once'), {what: 'the question gone'})
      await taker.waitFor(/type what to do instead/)
      taker.type('1')
      await taker.waitFor('Done, with terminal')
      await watcher.waitFor('Done, with terminal')
      expect(existsSync(path.join(suite.home.cwd, 'made'))).to.equal(true)
      await first.quit()
      taker.press('ctrl-d')
      await taker.waitForExit()
      await watcher.waitFor('has ended')
    })

    it('says so where there is nothing to watch', async () => {
      const {code, stderr} = await runHermes(['attach', '--watch', 'nothing'], {
        cwd: suite.home.cwd,
        env: suite.home.env(),
      })
      expect(code).to.not.equal(0)
      expect(stderr).to.match(/needs a terminal|nothing to watch/)
    })
  })
