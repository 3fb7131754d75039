import {readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {noneLeftOf} from '../helpers/processes-of-home.js'
import {runHermes} from '../helpers/program/run-program.js'
import {useChats} from '../helpers/pty/suite.js'

/**
 * Loaded into the program from outside, as nothing in it throws on request: where a row of the screen holds the first
 * word, looking it up throws; the second word, typed, throws where nothing catches it.
 */
const faults = `
  const get = Map.prototype.get
  Map.prototype.get = function (key) {
    if (typeof key === 'string' && /› .*crash-the-screen/.test(key)) throw new RangeError('injected into the screen')
    if (typeof key === 'string' && /› .*throw-anywhere/.test(key)) {
      setImmediate(() => {
        throw new TypeError('injected anywhere')
      })
    }
    return get.call(this, key)
  }`

describe('a crash of the screen, end to end', () => {
  const suite = useChats()
  const log = () => readFileSync(path.join(suite.home.hermes, 'logs', 'tui_gateway_crash.log'), 'utf8')
  const faulty = () => {
    const file = path.join(suite.home.dir, 'faults.mjs')
    writeFileSync(file, faults)
    return suite.start([], {env: {NODE_OPTIONS: `--import=${file}`}})
  }

  const cases = [
    {word: 'crash-the-screen', origin: 'screen', cause: 'screen-crash', error: 'RangeError: injected into the screen'},
    {word: 'throw-anywhere', origin: 'exception', cause: 'program-crash', error: 'TypeError: injected anywhere'},
  ]
  for (const {word, origin, cause, error} of cases) {
    it(`by an error (${origin}) is a death that the log and the doctor tell, and the session opens again`, async () => {
      const chat = faulty()
      await chat.ready()
      await chat.submit('count to 5')
      await chat.waitFor('word4')
      await chat.ready()
      chat.type(word)
      const {code} = await chat.waitForExit()
      expect(code).to.equal(1)
      expect(chat.modesLeft).to.deep.equal([])
      if (origin === 'screen') expect(chat.screen()).to.include('the screen crashed').and.not.to.include('    at ')
      await noneLeftOf(suite.home.hermes, [])

      const lines = log()
        .split('\n')
        .filter((line) => line.startsWith('[tui-parent]'))
      const told = lines.find((line) => line.includes(' uncaught '))
      expect(told)
        .to.include(`origin=${origin}`)
        .and.match(/session=2\d+_/)
        .and.match(/stack="[^"]*injected[^"]* at /)
      expect(log()).to.not.include('cause=intentional:quit')
      // It is written before anything else is done.
      const events = lines.map((line) => line.split(' ')[2])
      expect(events.slice(events.indexOf('uncaught'))).to.deep.equal(
        origin === 'screen' ? ['uncaught', 'kill', 'exit'] : ['uncaught'],
      )
      const {stdout} = await runHermes(['doctor', 'crash', 'last'], {cwd: suite.home.cwd, env: suite.home.env()})
      expect(stdout).to.include(cause)
      expect(stdout).to.include(error).and.to.include('hermes chat --continue')

      const again = suite.start(['-c'])
      await again.ready()
      expect(again.words()).to.deep.equal([0, 1, 2, 3, 4])
      await again.waitFor(word)
      again.press('ctrl-u')
      await again.waitFor('Ask anything')
      await again.quit()
    })
  }
})
