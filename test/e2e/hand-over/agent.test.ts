import {existsSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {runningGateways} from '../../../src/hand-over/running.js'
import {fixtureAgent} from '../../acp/helpers/adapter.js'
import {noneLeftOf} from '../../helpers/processes-of-home.js'
import {runHermes} from '../../helpers/program/run-program.js'
import {childrenOf, isRunning} from '../../helpers/pty/processes.js'
import {upTo, useChats} from '../../helpers/pty/suite.js'
import {someOf} from '../../helpers/sample.js'

if (process.platform !== 'win32')
  describe('a reply of another agent, without a terminal', function () {
    this.timeout(60_000)
    const suite = useChats()
    const running = () => runningGateways(path.join(suite.home.hermes, 'run'))
    const agent = ['--agent', `${process.execPath} ${fixtureAgent}`]

    it('goes on, and is come back to: each word is there once, and so is the session', async () => {
      for (const how of someOf(['SIGKILL', 'SIGHUP'] as const, 1)) {
        const chat = suite.start(agent)
        await chat.ready()
        await chat.submit('count 300')
        await chat.waitFor('word40')
        const [gateway = 0] = running().map(({pid}) => pid)
        chat.signal(how)
        await chat.exit
        expect(isRunning(gateway)).to.equal(true)
        const again = suite.start(['-c'])
        await again.waitFor('word299')
        await again.ready()
        expect(again.words()).to.deep.equal(upTo(300))
        expect(again.scrollback().split('› count 300')).to.have.length(2)
        expect(running().map(({pid}) => pid)).to.deep.equal([gateway])
        await again.submit('hello')
        await again.waitFor('I remember 1')
        await again.ready()
        await again.quit()
        await noneLeftOf(suite.home.hermes, [gateway])
      }
    })

    it('waits with its question, is found by its key, and ended by hermes stop', async () => {
      const chat = suite.start(agent)
      await chat.ready()
      const file = path.join(suite.home.cwd, 'a.txt')
      await chat.submit(`edit ${file}`)
      await chat.waitFor('waiting for your answer')
      chat.signal('SIGHUP')
      await chat.exit
      await chat.waitFor(() => running()[0]?.detachedAt !== undefined, {what: 'a gateway without a terminal'})
      const [left] = running()
      expect(left?.agent).to.deep.equal([process.execPath, fixtureAgent])
      expect(left?.sessions[0]).to.include({status: 'waiting', prompt: `edit ${file}`})
      const again = suite.start(['--resume', left?.sessions[0]?.key ?? ''])
      await again.waitFor('Esc denies')
      again.type('1')
      await again.waitFor('edited')
      await again.ready()
      expect(existsSync(file)).to.equal(true)
      await again.submit('count 3000')
      await again.waitFor('word9')
      await again.submit('/detach')
      await again.exit
      const key = running()[0]?.sessions[0]?.key ?? ''
      const {stdout} = await runHermes(['stop', key], {cwd: suite.home.cwd, env: suite.home.env()})
      expect(stdout).to.contain(`Ended ${key}. Go on with`)
      await noneLeftOf(suite.home.hermes, [])
      expect(running()).to.deep.equal([])
    })

    it('ends where its agent dies, which is told, and the reply is gone on with', async () => {
      const chat = suite.start(agent)
      await chat.ready()
      await chat.submit('count 3000')
      await chat.waitFor('word9')
      const [gateway = 0] = running().map(({pid}) => pid)
      chat.signal('SIGKILL')
      await chat.exit
      process.kill(childrenOf(gateway)[0]?.pid ?? 0, 'SIGKILL')
      await chat.waitFor(() => !isRunning(gateway), {what: 'the end of the gateway'})
      const again = suite.start(['-c'])
      await again.waitFor('has ended')
      await again.waitFor('/continue')
      expect(again.words().slice(0, 10)).to.deep.equal(upTo(10))
    })

    it('is taken over by another chat, which the first one is told', async () => {
      const chat = suite.start(agent)
      await chat.ready()
      await chat.submit('count 600')
      await chat.waitFor('word40')
      const [found] = running()
      const key = found?.sessions[0]?.key ?? ''
      const other = suite.start(['--resume', key, '--take-over'])
      await other.waitFor('word599')
      await other.ready()
      expect(other.words()).to.deep.equal(upTo(600))
      await chat.waitFor('taken over')
      await chat.quit()
      await other.submit('hello')
      await other.waitFor('I remember 1')
      await other.quit()
      await noneLeftOf(suite.home.hermes, [found?.pid ?? 0])
    })
  })
