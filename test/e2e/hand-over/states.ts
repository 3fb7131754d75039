import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {processesOfHome} from '../../helpers/processes-of-home.js'
import type {ChatScreen} from '../../helpers/pty/chat.js'
import {processRow} from '../../helpers/pty/processes.js'
import {type ChatSuite, upTo} from '../../helpers/pty/suite.js'
import type {HeldModel} from './held-model.js'

export interface Situation {
  suite: ChatSuite
  held: HeldModel
  /** From 0 to below 1. */
  random: () => number
}

/** What a chat does when its terminal is lost. */
export interface State {
  name: string
  args?: readonly string[]
  /** Brings the chat there. */
  begin(chat: ChatScreen, situation: Situation): Promise<void>
  /** What who comes back sees, to the end of it. */
  end(again: ChatScreen, situation: Situation): Promise<void>
}

const BACK = /without a terminal, back in/

/** Once, and nothing else of the kind. */
function once(again: ChatScreen, prompt: string): void {
  expect(again.scrollback().split(`› ${prompt}\n`), `${prompt}\n${again.scrollback()}`).to.have.length(2)
}

/** Whatever it is below. */
async function gatewayOf(chat: ChatScreen, suite: ChatSuite, before?: number): Promise<number> {
  let pid: number | undefined
  const find = () => {
    const ours = processesOfHome(suite.home.hermes, [])
    pid = ours.find((each) => each !== before && processRow(each)?.command.includes(path.join('gateway', 'main')))
    return pid !== undefined
  }
  await chat.waitFor(find, {what: 'a gateway process'})
  return pid ?? Number.NaN
}

/** These words, and no other: between two frames there may be none. */
async function shows(again: ChatScreen, words: readonly number[]): Promise<void> {
  await again.waitFor(() => String(again.words()) === String(words), {what: `${words.length} words`})
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const log = ({suite}: Situation) => path.join(suite.home.cwd, 'log')
const runs = (situation: Situation) => (existsSync(log(situation)) ? readFileSync(log(situation), 'utf8') : '')

export const states: readonly State[] = [
  {
    name: 'a prompt that was just sent',
    async begin(chat, {random}) {
      await chat.submit('stream 120 tokens at 100')
      await pause(random() * 60)
    },
    async end(again) {
      // It runs; or it stayed in the queue, or in the composer: then it goes out when the person says so.
      const waits = () => /^● ready|queued ›/m.test(again.screen()) && again.screen().includes('› stream')
      await again.waitFor(() => waits() || again.words().length > 0, {what: 'the prompt'})
      if (again.words().length === 0) again.press('enter')
      await again.waitFor('word119')
      await again.ready()
      await shows(again, upTo(120))
      once(again, 'stream 120 tokens at 100')
    },
  },
  {
    name: 'a model that has not answered yet',
    args: ['--model', 'held/model'],
    async begin(chat, {held}) {
      await chat.submit('say something')
      await chat.waitFor(() => held.requests === 1, {what: 'the request to the model'})
    },
    async end(again, {held}) {
      await again.waitFor(BACK)
      held.release('word0 word1 word2 ')
      await again.waitFor('word2')
      await again.ready()
      await shows(again, upTo(3))
      expect(held.requests).to.equal(1)
      once(again, 'say something')
    },
  },
  {
    name: 'a reply that grows',
    async begin(chat, {random}) {
      await chat.submit('stream 300 tokens at 150')
      await chat.waitFor(new RegExp(`word${Math.floor(random() * 60)}\\b`))
    },
    async end(again) {
      await again.waitFor('word299')
      await again.ready()
      await shows(again, upTo(300))
      expect(again.scrollback()).to.not.include('interrupted')
      once(again, 'stream 300 tokens at 150')
    },
  },
  {
    name: 'a command that runs',
    args: ['--model', 'offline/tools', '--permission-mode', 'bypass'],
    async begin(chat, {suite}) {
      await chat.submit('run echo ran >> log; while [ ! -e go ]; do sleep 0.02; done')
      await chat.waitFor(() => existsSync(path.join(suite.home.cwd, 'log')), {what: 'the command'})
    },
    async end(again, situation) {
      await again.waitFor(BACK)
      writeFileSync(path.join(situation.suite.home.cwd, 'go'), '')
      await again.waitFor('Done, with terminal')
      await again.ready()
      expect(runs(situation)).to.equal('ran\n')
      expect(again.scrollback().match(/I run that command/g)).to.have.length(1)
    },
  },
  {
    name: 'a question',
    args: ['--model', 'offline/tools'],
    async begin(chat) {
      await chat.submit('run echo ran >> log')
      await chat.waitFor('Allow once')
    },
    async end(again, situation) {
      await again.waitFor(BACK)
      await again.waitFor(/type what to do instead/)
      expect(runs(situation)).to.equal('')
      again.type('1')
      await again.waitFor('Done, with terminal')
      await again.ready()
      expect(runs(situation)).to.equal('ran\n')
      expect(again.scrollback().match(/I run that command/g)).to.have.length(1)
    },
  },
  {
    name: 'a queue',
    async begin(chat) {
      await chat.submit('stream 200 tokens at 150')
      await chat.waitFor('word10')
      await chat.submit('count to 7')
      await chat.submit('count to 8')
      await chat.waitFor('2 queued')
    },
    async end(again) {
      await again.waitFor('word199')
      // What was queued is sent when the person says so.
      await again.waitFor(/count to 7[\s\S]*count to 8/)
      again.press('enter')
      await again.waitFor(/› count to 8\s+word0[\s\S]*word7/)
      await again.ready()
      await shows(again, [...upTo(200), ...upTo(7), ...upTo(8)])
      for (const prompt of ['stream 200 tokens at 150', 'count to 7', 'count to 8']) once(again, prompt)
    },
  },
  {
    name: 'a gateway that has just died',
    async begin(chat, {suite, random}) {
      await chat.submit('stream 200 tokens at 150')
      await chat.waitFor('word20')
      process.kill(await gatewayOf(chat, suite), 'SIGKILL')
      await pause(random() * 300)
    },
    end: continued,
  },
  {
    name: 'a gateway that is not started again',
    async begin(chat, {suite}) {
      await chat.submit('stream 200 tokens at 150')
      await chat.waitFor('word20')
      let gateway: number | undefined
      for (let death = 0; death < 4; death++) {
        gateway = await gatewayOf(chat, suite, gateway)
        process.kill(gateway, 'SIGKILL')
      }
      await chat.waitFor('/recover tries once more')
    },
    end: continued,
  },
]

async function continued(again: ChatScreen): Promise<void> {
  await again.waitFor('[interrupted]')
  await again.ready()
  const shown = again.words()
  expect(shown).to.deep.equal(upTo(shown.length))
  await again.submit('/continue')
  await again.waitFor('word199')
  await again.ready()
  await shows(again, upTo(200))
  once(again, 'stream 200 tokens at 150')
}
