import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {runningGateways} from '../../../src/hand-over/running.js'
import {runHermes} from '../../helpers/program/run-program.js'
import {ChatScreen, programPath} from '../../helpers/pty/chat.js'
import {useChats} from '../../helpers/pty/suite.js'

if (process.platform !== 'win32')
  describe('several sessions without a terminal', function () {
    this.timeout(60_000)
    const suite = useChats()
    const detached = () =>
      runningGateways(path.join(suite.home.hermes, 'run')).filter(({detachedAt}) => detachedAt !== undefined)

    async function lose(prompt: string, seen: string, args: readonly string[] = []): Promise<void> {
      const before = detached().length
      const chat = suite.start(args)
      await chat.ready()
      await chat.submit(prompt)
      await chat.waitFor(seen)
      chat.signal('SIGKILL')
      await chat.exit
      while (detached().length === before) await new Promise((resolve) => setTimeout(resolve, 10))
    }

    it('are all listed, the one that waits first; -c takes the last, attach that which waits, and both tell of the others', async () => {
      await lose('run touch made', 'Allow once', ['-m', 'offline/tools'])
      await lose('stream 20000 tokens at 100', 'word20')
      const elsewhere = path.join(suite.home.dir, 'elsewhere')
      mkdirSync(elsewhere)
      const {stdout} = await runHermes(['sessions', '--running'], {cwd: elsewhere, env: suite.home.env()})
      expect(stdout).to.match(
        /waits for your answer[\s\S]*“run touch made”[\s\S]*works ·[\s\S]*“stream 20000 tokens at 100”/,
      )
      const last = suite.start(['-c'], {cwd: elsewhere})
      await last.waitFor(() => /back in/.test(last.scrollback()), {what: 'that it is back'})
      expect(last.scrollback()).to.include('another session works without a terminal, too: hermes sessions --running')
      await last.submit('/detach')
      await last.exit
      const env = suite.home.env()
      const asked = new ChatScreen({file: process.execPath, args: [programPath, 'attach'], cwd: elsewhere, env})
      try {
        await asked.waitFor('Allow once')
        expect(asked.scrollback()).to.include('another one works without a terminal: hermes sessions --running')
      } finally {
        asked.dispose()
        await asked.exit
      }
    })
  })
