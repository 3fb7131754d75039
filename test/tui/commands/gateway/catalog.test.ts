import {expect} from 'chai'
import fc from 'fast-check'
import {capabilities} from '../../../../src/protocol/capabilities.js'
import type {SupervisorView} from '../../../../src/supervisor/types.js'
import {mergeCommands, readCatalog} from '../../../../src/tui/commands/gateway/catalog.js'
import {CommandDesk} from '../../../../src/tui/commands/gateway/desk.js'
import type {SlashCommand} from '../../../../src/tui/commands/types.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'

const own = (name: string, more: Partial<SlashCommand> = {}): SlashCommand => ({
  name,
  aliases: [],
  args: '',
  summary: `our ${name}`,
  run() {},
  ...more,
})

const merged = (ours: readonly SlashCommand[], answer: Record<string, unknown>) =>
  mergeCommands(ours, readCatalog(answer), ({name, aliases, args, summary}) => ({
    name,
    aliases,
    args,
    summary,
    run() {},
  }))

describe('the catalogue of a gateway', () => {
  it('is read with its aliases and arguments, in small letters', () => {
    const answer = {
      pairs: [['/Compress', 'Shorten']],
      canon: {'/Compact': '/Compress', '/compress': '/Compress'},
      sub: {'/compress': ['here', 'all']},
    }
    expect(readCatalog(answer)).to.deep.equal([
      {name: 'compress', written: 'Compress', aliases: ['compact'], args: '[here|all]', summary: 'Shorten'},
    ])
  })

  it('of our own gateway adds the commands of files, and says which have names that are taken', async () => {
    const desk = new CommandDesk([own('title', {aliases: ['name']})])
    const file = (name: unknown) => ({name, summary: 'does', args: 'FILE', path: `/files/${name}.md`})
    const files = ['review', 'title', 'name', 'not a name'].map(file)
    const answer = {pairs: [['/tools', 'not a command of this screen']], files, warning: '/files/x.md is empty'}
    const view = {generation: 1, capabilities: new Set([capabilities.journal])} as unknown as SupervisorView
    expect(await desk.learn(view, async () => answer)).to.equal(true)
    expect(desk.all.map(({name}) => name)).to.deep.equal(['review', 'title'])
    expect(desk.all.find(({name}) => name === 'review')).to.include({summary: 'does', args: 'FILE'})
    expect(desk.problems).to.deep.equal([
      '/files/x.md is empty',
      '/files/title.md is not used: /title is a command of hermes',
      '/files/name.md is not used: /name is a command of hermes',
    ])
  })

  it('gives way to ours, but for those that yield, and lends no alias twice', () => {
    const ours = [own('title'), own('mode', {yields: true}), own('help', {aliases: ['commands']})]
    const pairs = ['/title', '/mode', '/goal', '/commands', '/skill'].map((name) => [name, 'theirs'])
    const canon = {'/help': '/goal', '/goal': '/skill', '/g': '/goal'}
    const told = merged(ours, {pairs, canon}).map(({name, aliases, summary}) => [name, summary, aliases])
    expect(told).to.deep.equal([
      ['goal', 'theirs', ['g']],
      ['help', 'our help', ['commands']],
      ['mode', 'theirs', []],
      ['skill', 'theirs', []],
      ['title', 'our title', []],
    ])
  })

  it('of any form makes commands that can be typed, each name once', () => {
    let tried = 0
    const word = fc.oneof(
      fc.constantFrom('/help', '/title', '/x', '/Ü', 'x', '/a b', '/\u001b[31m', '//', '/', '/\u202e'),
      fc.anything(),
    )
    const answers = fc.record(
      {
        pairs: fc.oneof(fc.array(fc.oneof(fc.tuple(word, word), fc.anything())), fc.anything()),
        canon: fc.oneof(fc.dictionary(fc.string(), word), fc.anything()),
        sub: fc.oneof(fc.dictionary(fc.string(), fc.oneof(fc.array(word), word)), fc.anything()),
      },
      {requiredKeys: []},
    )
    fc.assert(
      fc.property(answers, (answer) => {
        tried++
        const all = merged([own('help'), own('title', {aliases: ['t']})], answer)
        const names = all.flatMap(({name, aliases}) => [name, ...aliases])
        expect(new Set(names).size, names.join(' ')).to.equal(names.length)
        for (const {name, summary, args} of all) {
          expect(name).to.match(/^[^\s/\p{C}]+$/u)
          expect(`${summary}${args}`).to.not.match(/\p{Cc}/u)
        }
      }),
      {numRuns: runs(1000, 200)},
    )
    tellTried(tried, 'catalogues')
  })
})
