import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {subcommands} from '../../../src/permissions/git/options.js'
import {runs} from '../../helpers/sample.js'
import {hookUps} from './hook-ups.js'
import {copyRepository, createLab, createRepository, type Lab, program, snapshot, touch} from './lab.js'
import {nastyWords, optionsOf, plainWords} from './words.js'

const RUNS = Number(process.env.HERMES_TEST_GIT_RUNS ?? runs(250, 40))

/** Those that hide the work of others: without configuration or objects nothing is reached. */
const apart = /promisor|alternateRefs|format of the repository|committed|diff\.external|aliases|alias/

describe('random words of git in a repository with every hook-up at once', function () {
  this.timeout(600_000)
  let lab: Lab
  let repository: string

  before(function () {
    if (!program || process.platform === 'win32') this.skip()
    lab = createLab()
    const template = createRepository(lab, path.join(lab.sandbox.directory, 'template'))
    repository = copyRepository(template, path.join(lab.folder, 'all'))
    // What runs programs while others are put in comes last.
    const late = (name: string) => Number(/core\.fsmonitor$|filter|hook|sshCommand/.test(name))
    const chosen = hookUps.filter(({name}) => !apart.test(name)).toSorted((a, b) => late(a.name) - late(b.name))
    for (const {name, put} of chosen) put({lab, repository, canary: lab.canary(name.replace(/\W+/g, '-'))})
    touch(repository)
    lab.sang()
  })
  after(() => lab?.sandbox.remove())

  it('runs nothing and writes nothing', async () => {
    const counts = {tried: 0, started: 0, succeeded: 0}
    const names = Object.keys(subcommands)
    const lists = fc
      .constantFrom(...names)
      .chain((name) =>
        fc.tuple(
          fc.constant(name),
          fc.array(
            fc.oneof(
              {weight: 6, arbitrary: fc.constantFrom(...optionsOf(name))},
              {weight: 3, arbitrary: fc.constantFrom(...plainWords)},
              {weight: 1, arbitrary: fc.constantFrom(...nastyWords)},
            ),
            {maxLength: 5},
          ),
        ),
      )
    const before = snapshot(lab.folder)
    await fc.assert(
      fc.asyncProperty(lists, async ([name, words]) => {
        const args = [...name.split(' '), ...words]
        counts.tried++
        const output = await lab.prepared(repository, args)
        expect(lab.sang(), args.join(' ')).to.deep.equal([])
        if ('ask' in output) return
        counts.started++
        if (output.code === 0) counts.succeeded++
        expect(snapshot(lab.folder), args.join(' ')).to.equal(before)
        for (const word of [output.stdout, output.stderr]) expect(word).to.not.contain('root:x:')
      }),
      {numRuns: RUNS},
    )
    for (const line of ['status', 'diff', 'log -p', 'show', 'blame a.txt']) lab.plain(repository, line.split(' '))
    const ran = lab.sang()
    console.log(
      `    random git: ${counts.tried} lists of words, ${counts.started} started, ${counts.succeeded} ended well, 0 ran or wrote; plain git ran ${ran.length} hook-ups in 5 commands`,
    )
    expect(ran, 'plain git').to.have.length.greaterThan(5)
  })
})
