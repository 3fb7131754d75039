import {existsSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {runningGateways} from '../../../src/hand-over/running.js'
import {noneLeftOf} from '../../helpers/processes-of-home.js'
import type {ChatScreen} from '../../helpers/pty/chat.js'
import {isRunning} from '../../helpers/pty/processes.js'
import {upTo, useChats} from '../../helpers/pty/suite.js'

if (process.platform !== 'win32')
  describe('a terminal that is lost', function () {
    this.timeout(60_000)
    const suite = useChats()
    const running = () => runningGateways(path.join(suite.home.hermes, 'run'))

    const losses: Record<string, (chat: ChatScreen) => void> = {
      'the program is killed': (chat) => chat.signal('SIGKILL'),
      'the program gets SIGHUP': (chat) => chat.signal('SIGHUP'),
      'the terminal is closed': (chat) => chat.hangUp(),
    }

    async function lose(chat: ChatScreen, how: (chat: ChatScreen) => void): Promise<number> {
      const gateway = await chat.gateway()
      how(chat)
      await chat.exit
      return gateway
    }

    for (const [what, how] of Object.entries(losses)) {
      it(`costs no word of a reply when ${what}: it is there once, in order, and goes on`, async () => {
        const chat = suite.start()
        await chat.ready()
        await chat.submit('stream 400 tokens at 100')
        await chat.waitFor('word40')
        const gateway = await lose(chat, how)
        expect(isRunning(gateway)).to.equal(true)

        const again = suite.start(['-c'])
        await again.waitFor('word399')
        await again.ready()
        expect(again.words()).to.deep.equal(upTo(400))
        expect(again.scrollback().split('› stream 400 tokens at 100')).to.have.length(2)
        expect(again.scrollback()).to.not.include('interrupted')
        expect(running()[0]?.pid).to.equal(gateway)
        await again.submit('count to 5')
        await again.waitFor(/count to 5[\s\S]*word4/)
        await again.ready()
        await again.quit()
        await noneLeftOf(suite.home.hermes, [gateway])
      })
    }

    it('leaves a question open, which is asked again and answered', async () => {
      const chat = suite.start(['-m', 'offline/tools'])
      await chat.ready()
      await chat.submit('run touch made')
      await chat.waitFor('Allow once')
      await lose(chat, (each) => each.signal('SIGKILL'))
      const again = suite.start(['-c'])
      await again.waitFor('Allow once')
      await again.waitFor(/after .* without a terminal, back in/)
      await again.waitFor(/type what to do instead/)
      again.type('1')
      await again.waitFor('Done, with terminal')
      await again.ready()
      expect(existsSync(path.join(suite.home.cwd, 'made'))).to.equal(true)
      await again.quit()
      await noneLeftOf(suite.home.hermes, [])
    })

    it('leaves nothing when it was idle, nor after /quit, SIGTERM or SIGINT in mid-reply', async () => {
      const ends: ((chat: ChatScreen) => unknown)[] = [
        (chat) => chat.signal('SIGTERM'),
        (chat) => chat.signal('SIGINT'),
        (chat) => chat.submit('/quit'),
      ]
      for (const end of ends) {
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

    it('is left on purpose by /detach, and the session found again by its key', async () => {
      const chat = suite.start()
      await chat.ready()
      await chat.submit('stream 300 tokens at 100')
      await chat.waitFor('word20')
      await chat.submit('/detach')
      expect(await chat.exit).to.include({code: 0})
      const [, key = ''] = /hermes attach (\S+)/.exec(chat.scrollback()) ?? []
      expect(key).to.match(/^\d{8}_/)
      const again = suite.start(['-r', key])
      await again.waitFor('word299')
      await again.ready()
      expect(again.words()).to.deep.equal(upTo(300))
      await again.quit()
      await noneLeftOf(suite.home.hermes, [])
    })
  })
