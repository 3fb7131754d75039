import {expect} from 'chai'
import fc from 'fast-check'
import type {Target} from '../../../src/supervisor/machine/types.js'
import {runs} from '../../helpers/sample.js'
import {World} from '../helpers/world.js'

const pick = fc.double({min: 0, max: 1, maxExcluded: true, noNaN: true})
const script = fc.array(fc.tuple(pick, pick), {minLength: 1, maxLength: 150})
const target = fc.constantFrom<Target>({kind: 'new', title: 'T'}, {kind: 'latest'}, {kind: 'stored', key: 'k0'})

function run(start: Target, standby: boolean, picks: [number, number][]): World {
  const world = new World(standby)
  world.step({type: 'start', target: start})
  for (const [a, b] of picks) world.disturb(a, b)
  return world
}

describe('machine', () => {
  it('holds its promises whatever happens, and every state has a way on', () => {
    fc.assert(
      fc.property(target, fc.boolean(), script, (start, standby, picks) => {
        // World checks after each step: one process a session, the budget, the target, intent before act, generations.
        const world = run(start, standby, picks)
        for (let tries = 0; tries < 3; tries++) {
          for (let i = 0; i < 200 && world.progress(); i++);
          if (world.state.phase === 'live' && world.state.session) break
          world.step({type: 'recover'})
        }
        if (world.state.phase !== 'closed') {
          expect(world.state.phase).to.equal('live')
          expect(world.state.session).not.to.equal(undefined)
        }
      }),
      {numRuns: runs(400, 80)},
    )
  })

  it('can always be closed, and then nothing lives', () => {
    fc.assert(
      fc.property(target, fc.boolean(), script, (start, standby, picks) => {
        const world = run(start, standby, picks)
        world.step({type: 'close', reason: 'quit'})
        for (let i = 0; i < 50 && world.progress(); i++);
        expect(world.state.phase).to.equal('closed')
        expect(world.processes.size).to.equal(0)
      }),
    )
  })
})
