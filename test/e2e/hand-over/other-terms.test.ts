import path from 'node:path'
import {expect} from 'chai'
import {runningGateways} from '../../../src/hand-over/running.js'
import {noneLeftOf} from '../../helpers/processes-of-home.js'
import type {ChatScreen} from '../../helpers/pty/chat.js'
import {upTo, useChats} from '../../helpers/pty/suite.js'

if (process.platform !== 'win32')
  describe('a session that is come back to with other flags', function () {
    this.timeout(60_000)
    const suite = useChats()
    const running = () => runningGateways(path.join(suite.home.hermes, 'run'))

    async function lost(args: readonly string[], words = 300): Promise<number> {
      const chat = suite.start(args)
      await chat.ready()
      await chat.submit(`stream ${words} tokens at 100`)
      await chat.waitFor('word20')
      const gateway = await chat.gateway()
      chat.signal('SIGKILL')
      await chat.exit
      await chat.waitFor(() => running()[0]?.detachedAt !== undefined, {what: 'a gateway without a terminal'})
      return gateway
    }

    async function whole(chat: ChatScreen, words = 300): Promise<void> {
      await chat.waitFor(`word${words - 1}`)
      await chat.ready()
      expect(chat.words()).to.deep.equal(upTo(words))
    }

    it('keeps its gateway where nothing is different', async () => {
      const gateway = await lost([])
      const chat = suite.start(['-c'])
      await whole(chat)
      await chat.submit('count to 5')
      await chat.waitFor(/count to 5[\s\S]*word4/)
      await chat.ready()
      expect(running().map(({pid}) => pid)).to.deep.equal([gateway])
      expect(chat.scrollback()).to.not.match(/permissions|settings and flags/)
      await chat.quit()
      await noneLeftOf(suite.home.hermes, [])
    })

    it('asks again for everything where only the chat before was to ask for nothing', async () => {
      await lost(['--permission-mode', 'bypass'])
      const chat = suite.start(['-c', '-m', 'offline/tools'])
      await chat.waitFor(/permissions: ask from now on, as configured · bypass was for the chat before/)
      expect(chat.screen()).to.not.match(/bypass · offline/)
      await whole(chat)
      await chat.submit('run touch made')
      await chat.waitFor('Allow once')
      await chat.waitFor(/type what to do instead/)
      chat.press('escape')
      await chat.ready()
      await chat.quit()
      await noneLeftOf(suite.home.hermes, [])
    })

    it('has the stricter mode of a flag at once, in mid-reply', async () => {
      const gateway = await lost(['--permission-mode', 'accept-edits'])
      const chat = suite.start(['-c', '--permission-mode', 'plan'])
      await chat.waitFor(/permissions: plan from now on, as this chat was started/)
      await chat.waitFor(/· plan/)
      await whole(chat)
      // Settings and flags that it was not started with hold in the next one.
      await chat.submit('count to 5')
      await chat.waitFor(/count to 5[\s\S]*word4/)
      await chat.ready()
      expect(await chat.gateway()).to.not.equal(gateway)
      expect(chat.screen()).to.match(/· plan/)
      await chat.quit()
      await noneLeftOf(suite.home.hermes, [])
    })

    it('has the stricter mode of who takes it over from another terminal too', async () => {
      const first = suite.start(['--permission-mode', 'bypass'])
      await first.ready()
      await first.submit('stream 400 tokens at 100')
      await first.waitFor('word20')
      const chat = suite.start(['-c', '--permission-mode', 'plan'])
      await chat.waitFor('❯ Take over')
      chat.press('enter')
      await chat.waitFor(/permissions: plan from now on, as this chat was started · bypass was for the chat before/)
      await whole(chat, 400)
      await chat.quit()
      await first.quit()
      await noneLeftOf(suite.home.hermes, [])
    })

    it('has a laxer mode of a flag from the next prompt on', async () => {
      const gateway = await lost([])
      const chat = suite.start(['-c', '--permission-mode', 'accept-edits'])
      await chat.waitFor(/goes on with the permissions "ask" · accept-edits holds from the next prompt on/)
      expect(chat.screen()).to.not.match(/● .*accept-edits/)
      await whole(chat)
      await chat.waitFor(/● ready .*· accept-edits/)
      expect(await chat.gateway()).to.not.equal(gateway)
      await chat.quit()
      await noneLeftOf(suite.home.hermes, [])
    })
  })
