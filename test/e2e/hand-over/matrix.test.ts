import {spawnSync} from 'node:child_process'
import {expect} from 'chai'
import {noneLeftOf, processesOfHome} from '../../helpers/processes-of-home.js'
import {useChats} from '../../helpers/pty/suite.js'
import {tellTried} from '../../helpers/tried.js'
import {randomFrom} from '../../soak/random.js'
import {HeldModel} from './held-model.js'
import {states} from './states.js'
import {runningIn, ways} from './ways.js'

/** How many of all pairs are tried: each other state in each other way, before any comes again. */
const PAIRS = Number(process.env.HERMES_SOAK_LOSSES ?? 4)
const seed = process.env.HERMES_SOAK_SEED ?? String(Math.floor(Math.random() * 2 ** 32))

if (process.platform !== 'win32')
  describe(`each way of losing a terminal in each state, HERMES_SOAK_SEED=${seed}`, function () {
    this.timeout(60_000)
    const suite = useChats()
    let held: HeldModel
    let home: string
    beforeEach(async () => {
      home = suite.home.hermes
      held = new HeldModel()
      suite.home.configure(`discoverLocal: false\nmodel: offline\n${await held.start()}`)
    })
    afterEach(async () => {
      await held.stop()
      // What a multiplexer keeps where a test has failed.
      for (const pid of processesOfHome(home, [])) spawnSync('kill', ['-KILL', String(pid)])
    })
    after(() => tellTried(PAIRS, 'lost terminals'))

    const random = randomFrom(seed)
    const there = ways.filter(({missing}) => missing === undefined)
    const first = {way: Math.floor(random() * there.length), state: Math.floor(random() * states.length)}
    for (let pair = 0; pair < PAIRS; pair++) {
      const state = states[(first.state + pair) % states.length]
      const way = there[(first.way + (pair % states.length) + Math.floor(pair / states.length)) % there.length]
      if (!state || !way) continue
      it(`${way.name}, with ${state.name}: all is there once and in order, and ends (${pair})`, async () => {
        const situation = {suite, held, random: randomFrom(`${seed} ${pair}`)}
        const chat = way.start(suite, state.args ?? [])
        await chat.ready()
        await state.begin(chat, situation)
        way.lose(chat, suite)
        await chat.exit
        const again = suite.start(['-c', ...(state.args ?? [])])
        await state.end(again, situation)
        await again.submit('/quit')
        await again.exit
        await noneLeftOf(suite.home.hermes, [])
        expect(runningIn(suite)).to.deep.equal([])
      })
    }

    for (const {name, missing} of ways) if (missing !== undefined) it(`${name} (this machine has no ${missing})`)
  })
