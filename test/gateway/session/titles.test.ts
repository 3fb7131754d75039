import {expect} from 'chai'
import fc from 'fast-check'
import {nameSession, titleFrom} from '../../../src/gateway/session/titles.js'
import {normalTitle} from '../../../src/gateway/store/index.js'
import {runs} from '../../helpers/sample.js'
import {Scratch, say} from '../store/scratch.js'

describe('titles of sessions', () => {
  const examples: [prompt: string, title: string][] = [
    ['Fix the failing test', 'Fix the failing test'],
    ['Fix the failing test. It broke yesterday.', 'Fix the failing test'],
    ['\n\n# Plan\nmore', 'Plan'],
    ['> quoted **bold** `code`', 'quoted bold code'],
    ['```ts\nconst a = 1\n```\nWhy does this fail?', 'Why does this fail?'],
    ['```ts\nconst a = 1\n```', 'const a = 1'],
    ['```ts\nconst a = 1', 'const a = 1'],
    ['Look at /home/me/work/deep/src/index.ts please', 'Look at index.ts please'],
    ['Look at @src/a/b.ts', 'Look at @src/a/b.ts'],
    ['see https://www.example.com/a/b?c=d now', 'see example.com now'],
    ['Hi. The build is red', 'Hi. The build is red'],
    ['1. first thing', 'first thing'],
    ['修复失败的测试。然后部署。', '修复失败的测试。然后部署'],
    ['\u001b[31mred\u001b[0m alert', 'red alert'],
    ['???', ''],
    ['   ', ''],
    ['use node 24.1 and v2.0 here', 'use node 24.1 and v2.0 here'],
  ]
  for (const [prompt, title] of examples) {
    it(`makes ${JSON.stringify(title)} of ${JSON.stringify(prompt)}`, () => expect(titleFrom(prompt)).to.equal(title))
  }

  const pieces = fc.oneof(
    fc.string({unit: 'binary', maxLength: 40}),
    fc.constantFrom(
      '```',
      '\n',
      '\n```\n',
      '# ',
      '**',
      '`',
      '/a/b/c',
      '\u001b]0;x\u0007',
      '. ',
      '\u202e',
      '。',
      '[x](y)',
    ),
  )
  const prompts = fc.array(pieces, {maxLength: 30}).map((parts) => parts.join(''))

  it('makes one line of at most 60 characters of anything, or nothing', () => {
    fc.assert(
      fc.property(prompts, (prompt) => {
        const title = titleFrom(prompt)
        expect([...title].length).to.be.at.most(60)
        expect(title).not.to.match(/\p{Cc}/u)
        if (title !== '') expect(normalTitle(title)).to.be.a('string')
      }),
      {numRuns: runs(500, 100)},
    )
  })

  it('tells sessions with the same prompt apart by what they are, before it counts them', () => {
    const scratch = new Scratch()
    try {
      const store = scratch.open()
      const now = new Date(2026, 10, 28, 9, 5)
      const named = (key: string, prompt: string, cwd = '/srv/api') => {
        say(store, key, prompt, 'yes')
        return nameSession(store, key, prompt, {cwd, now})
      }
      expect(named('a', 'Fix the build')).to.equal('Fix the build')
      expect(named('b', 'Fix the build')).to.equal('Fix the build · api')
      expect(named('c', 'Fix the build. Then deploy it')).to.equal('Fix the build · Then deploy it')
      expect(named('d', 'Fix the build')).to.equal('Fix the build · 28 Nov')
      expect(named('e', 'Fix the build')).to.equal('Fix the build · 28 Nov 09:05')
      expect(named('f', 'Fix the build')).to.equal('Fix the build (2)')
      expect(named('g', '!!!')).to.equal(undefined)
    } finally {
      scratch.remove()
    }
  })

  it('gives each of many sessions with any prompts a title of its own, or none', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(prompts, fc.constantFrom('Fix it now please', 'x')), {maxLength: 12}), (all) => {
        const scratch = new Scratch()
        try {
          const store = scratch.open()
          const titles = all.flatMap((prompt, index) => {
            say(store, `k${index}`, prompt || ' ', 'yes')
            return nameSession(store, `k${index}`, prompt, {cwd: '/w/\u202e\n', now: new Date(0)}) ?? []
          })
          expect(new Set(titles).size).to.equal(titles.length)
        } finally {
          scratch.remove()
        }
      }),
      {numRuns: 30},
    )
  })
})
