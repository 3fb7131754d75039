import path from 'node:path'
import {expect} from 'chai'
import {runningGateways} from '../../../src/hand-over/running.js'
import {noneLeftOf} from '../../helpers/processes-of-home.js'
import {upTo, useChats} from '../../helpers/pty/suite.js'
import {someOf} from '../../helpers/sample.js'

const fixture = new URL('../fixtures/speak-on-sigusr2.mjs', import.meta.url).href

if (process.platform !== 'win32')
  describe('the end of a gateway that lost its terminal once', function () {
    this.timeout(60_000)
    const suite = useChats()
    const running = () => runningGateways(path.join(suite.home.hermes, 'run'))

    async function lost(env: Record<string, string> = {}): Promise<number> {
      const chat = suite.start([], {env})
      await chat.ready()
      await chat.submit('stream 3000 tokens at 100')
      await chat.waitFor('word20')
      const gateway = await chat.gateway()
      chat.signal('SIGKILL')
      await chat.exit
      await chat.waitFor(() => running()[0]?.detachedAt !== undefined, {what: 'a gateway without a terminal'})
      return gateway
    }

    const ends: [signal: NodeJS.Signals, told: RegExp][] = [
      ['SIGKILL', /ended\s+without\s+a\s+word/],
      ['SIGTERM', /ended\s+by\s+SIGTERM\s+from\s+outside/],
    ]
    for (const [signal, told] of someOf(ends, 1)) {
      it(`is told with its cause while somebody is there again: ${signal}`, async () => {
        const gateway = await lost()
        const chat = suite.start(['-c'])
        await chat.waitFor('without a terminal, back in')
        process.kill(gateway, signal)
        await chat.waitFor('session recovered')
        await chat.waitFor(told)
        await chat.ready()
        const words = chat.words()
        expect(words).to.deep.equal(upTo(words.length))
        await chat.quit()
        await noneLeftOf(suite.home.hermes, [])
      })
    }

    it('is told by the next chat where it died alone, once, and the session goes on from there', async () => {
      const gateway = await lost()
      process.kill(-gateway, 'SIGKILL')
      const chat = suite.start(['-c'])
      const told = `(pid${gateway})hasendedwithoutaword`
      await chat.waitFor(() => chat.scrollback().replace(/\s/g, '').includes(told), {what: told})
      await chat.waitFor('[interrupted]')
      await chat.waitFor('/continue')
      await chat.ready()
      await chat.quit()
      const again = suite.start(['-c'])
      await again.ready()
      expect(again.scrollback()).to.not.include('has ended')
      await again.quit()
      await noneLeftOf(suite.home.hermes, [])
    })

    it('does not come by a word that nobody reads any more', async () => {
      const gateway = await lost({NODE_OPTIONS: `--import ${fixture}`})
      for (let word = 0; word < 5; word++) process.kill(gateway, 'SIGUSR2')
      const chat = suite.start(['-c'])
      await chat.waitFor('without a terminal, back in')
      const seen = chat.words().length
      await chat.waitFor(() => chat.words().length > seen + 20)
      expect(running()[0]?.pid).to.equal(gateway)
      await chat.submit('/quit')
      await chat.exit
    })
  })
