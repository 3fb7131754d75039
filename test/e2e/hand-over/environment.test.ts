import {expect} from 'chai'
import {upTo, useChats} from '../../helpers/pty/suite.js'

if (process.platform !== 'win32')
  describe('who comes back from another terminal', function () {
    this.timeout(60_000)
    const suite = useChats()

    async function lost(env: Record<string, string>): Promise<void> {
      const chat = suite.start([], {env})
      await chat.ready()
      await chat.submit('stream 400 tokens at 100')
      await chat.waitFor('word20')
      chat.signal('SIGKILL')
      await chat.exit
    }

    it('is told what of the environment is another one, by name alone, and a restart takes that of here', async () => {
      await lost({SSH_AUTH_SOCK: '/tmp/agent.then', DISPLAY: ':7'})
      const again = suite.start(['-c'], {env: {SSH_AUTH_SOCK: '/tmp/agent.now', DISPLAY: ':7'}})
      await again.waitFor('SSH_AUTH_SOCK of the session: that of the terminal that it was started in')
      await again.waitFor('word399')
      await again.ready()
      expect(again.scrollback()).to.not.include('agent.now').and.not.include('agent.then').and.not.include('DISPLAY')
      expect(again.words()).to.deep.equal(upTo(400))
      await again.quit()
    })

    it('is told nothing where it is the same', async () => {
      await lost({DISPLAY: ':7'})
      const again = suite.start(['-c'], {env: {DISPLAY: ':7'}})
      await again.waitFor('word399')
      expect(again.scrollback()).to.not.include('of the session:')
      await again.quit()
    })
  })
