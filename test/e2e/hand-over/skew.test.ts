import {readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {runningFile, runningGateways} from '../../../src/hand-over/running.js'
import {noneLeftOf} from '../../helpers/processes-of-home.js'
import {isRunning} from '../../helpers/pty/processes.js'
import {upTo, useChats} from '../../helpers/pty/suite.js'
import {someOf} from '../../helpers/sample.js'

if (process.platform !== 'win32')
  describe('a session that a gateway of another version works on', function () {
    this.timeout(60_000)
    const suite = useChats()
    const folder = () => path.join(suite.home.hermes, 'run')
    const running = () => runningGateways(folder())

    /** The gateway of a chat that was killed, which says that it is of another version. */
    async function left(words: number, protocol: [number, number]): Promise<number> {
      const chat = suite.start()
      await chat.ready()
      await chat.submit(`stream ${words} tokens at 100`)
      await chat.waitFor('word20')
      const gateway = await chat.gateway()
      chat.signal('SIGKILL')
      await chat.exit
      await chat.waitFor(() => running()[0]?.detachedAt !== undefined, {what: 'a gateway without a terminal'})
      const file = runningFile(folder(), gateway)
      writeFileSync(file, JSON.stringify({...JSON.parse(readFileSync(file, 'utf8')), protocol, build: '9.9.9'}))
      return gateway
    }

    it('is come back to where they speak some version in common, whatever the build', async () => {
      const gateway = await left(300, [1, 7])
      const chat = suite.start(['-c'])
      await chat.waitFor('word299')
      await chat.ready()
      expect(chat.words()).to.deep.equal(upTo(300))
      expect(running()[0]?.pid).to.equal(gateway)
      await chat.quit()
      await noneLeftOf(suite.home.hermes, [])
    })

    const others = [
      ['older', [0, 0]],
      ['newer', [2, 5]],
    ] as const
    for (const [name, protocol] of someOf(others, 1)) {
      it(`is read while it grows where they have none in common, and goes on here at the end of its turn: ${name}`, async () => {
        const gateway = await left(450, [...protocol])
        const chat = suite.start(['-c'])
        await chat.waitFor(/it is of\s+hermes\s+9\.9\.9\s+and\s+speaks\s+protocol/)
        const seen = chat.words().length
        await chat.waitFor(() => chat.words().length > seen + 60)
        expect(isRunning(gateway)).to.equal(true)
        chat.type('my next words')
        chat.press('enter')
        await chat.waitFor('❯ Take over')
        chat.press('escape')
        await chat.waitFor('nothing runs there any more: resumed', {timeout: 20_000})
        await chat.ready()
        expect(chat.words()).to.deep.equal(upTo(450))
        // Nobody ends a gateway that is well: it ends by itself.
        expect(isRunning(gateway)).to.equal(true)
        expect(chat.screen()).to.include('my next words')
        chat.press('enter')
        await chat.waitFor(/› my next words\n[\s\S]*offline model built into hermes/)
        await chat.ready()
        expect(await chat.gateway()).to.not.equal(gateway)
        await chat.quit()
        process.kill(-gateway, 'SIGKILL')
        await noneLeftOf(suite.home.hermes, [])
      })
    }

    it('is taken over where the person says so, and only then', async () => {
      const gateway = await left(3000, [2, 2])
      const chat = suite.start(['-c'])
      await chat.waitFor("can't be spoken to")
      chat.press('enter')
      await chat.waitFor('interrupts what runs there')
      chat.press('enter')
      await chat.waitFor('took over')
      await chat.ready()
      const words = chat.words()
      expect(words).to.deep.equal(upTo(words.length))
      await chat.quit()
      process.kill(-gateway, 'SIGKILL')
      await noneLeftOf(suite.home.hermes, [])
    })
  })
