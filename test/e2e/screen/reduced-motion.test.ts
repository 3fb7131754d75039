import {expect} from 'chai'
import {useChats} from '../../helpers/pty/suite.js'

const SPINNER = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/

describe('reduced motion', () => {
  const suite = useChats()

  for (const [how, env, yaml] of [
    ['the environment', {NO_MOTION: '1'}, ''],
    ['the configuration', {}, 'ui: {reducedMotion: true}\n'],
  ] as const) {
    it(`turns nothing and counts no seconds, by ${how}`, async () => {
      suite.home.configure(`discoverLocal: false\n${yaml}`)
      const chat = suite.start([], {env})
      await chat.ready()
      const before = chat.raw.length
      await chat.submit('stream 300 tokens at 100')
      await chat.waitFor('word150')
      await chat.waitFor('word299')
      await chat.ready()
      const during = chat.raw.slice(before)
      expect(during).to.not.match(SPINNER)
      // Three seconds are in at most two steps of ten.
      const times = new Set([...during.matchAll(/writing (\d+s)/g)].map(([, time]) => time))
      expect(times.size).to.be.within(1, 2)
      await chat.quit()
    })
  }
})
