import path from 'node:path'
import {runningGateways} from '../../../src/hand-over/running.js'
import {ensureBuilt} from '../build.js'
import {type ChatScreen, type ChatScreenOptions, startChat, TestHome} from './chat.js'

export interface ChatSuite {
  /** The home of the running test. */
  readonly home: TestHome
  start(args?: readonly string[], options?: Omit<ChatScreenOptions, 'home' | 'args'>): ChatScreen
}

/** For a `describe`: builds the program, gives each test a home of its own, and ends and removes everything after it. */
export function useChats(configuration = ''): ChatSuite {
  const chats: ChatScreen[] = []
  let home: TestHome | undefined
  const suite: ChatSuite = {
    get home() {
      if (!home) throw new Error('only inside a test')
      return home
    },
    start(args = [], options = {}) {
      const chat = startChat({home: suite.home, args, ...options})
      chats.push(chat)
      return chat
    },
  }

  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })

  beforeEach(() => {
    home = new TestHome()
    // What runs on the developer's machine is nothing to a test.
    home.configure(`discoverLocal: false\n${configuration}`)
  })

  afterEach(async () => {
    for (const chat of chats.splice(0)) {
      chat.dispose()
      await chat.exit
    }
    // What works on without a terminal ends with the test.
    for (const {pid} of runningGateways(path.join(home?.hermes ?? '', 'run'))) process.kill(-pid, 'SIGKILL')
    home?.remove()
    home = undefined
  })

  return suite
}

/** `[0, 1, …, count - 1]`: what {@link ChatScreen.words} gives for a whole reply. */
export const upTo = (count: number) => Array.from({length: count}, (_, index) => index)
