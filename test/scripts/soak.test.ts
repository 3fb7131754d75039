import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {runsFor} from '../../scripts/soak.js'
import {root} from '../helpers/build.js'
import {runProgram} from '../helpers/program/run-program.js'

describe('npm run soak', () => {
  it('runs the agent’s work alone, of so many turns and with this seed, where that is asked for', () => {
    const number = fc.integer({min: 1, max: 2 ** 32 - 1})
    fc.assert(
      fc.property(number, number, (turns, seed) => {
        const [run, ...others] = runsFor(['--agent', '--turns', String(turns), `--seed=${seed}`])
        expect(others).to.deep.equal([])
        expect(run?.args.at(-1)).to.equal('test/soak/agent.test.ts')
        expect(run?.env).to.include({HERMES_SOAK_AGENT_TURNS: String(turns), HERMES_SOAK_SEED: String(seed)})
      }),
    )
  })

  it('kills other agents alone, so often, where that is asked for', () => {
    const [run, ...others] = runsFor(['--agents', '--kills', '7', '--seed=3'])
    expect(others).to.deep.equal([])
    expect(run?.args.at(-1)).to.equal('test/soak/agents.test.ts')
    expect(run?.env).to.include({HERMES_SOAK_AGENT_KILLS: '7', HERMES_SOAK_SEED: '3'})
  })

  it('runs all of it without a word', () => {
    const [soak, tests, ...others] = runsFor([])
    expect(others).to.deep.equal([])
    expect(soak?.args).to.include('test/soak/*.test.ts')
    expect(soak?.env).to.include({HERMES_SOAK_AGENT_TURNS: '500', HERMES_SOAK_KILLS: '10000'})
    expect(tests?.env).to.include({HERMES_TEST_THOROUGH: '1'})
  })

  const wrong: [string[], string][] = [
    [['--agnet'], "Unknown option '--agnet'"],
    [['agent'], "Unexpected argument 'agent'"],
    [['--turns'], "'--turns <value>' argument missing"],
    [['--kills', 'x'], '--kills "x": expected a whole number from 1'],
    [['--turns', '0'], '--turns "0": expected a whole number from 1'],
    [['--seed', '1.5'], '--seed "1.5": expected a whole number from 0'],
  ]
  for (const [args, message] of wrong) {
    it(`refuses ${args.join(' ')} with code 2`, async () => {
      const file = path.join(root, 'scripts', 'soak.js')
      const {code, stderr} = await runProgram(process.execPath, [file, ...args], {cwd: root, env: process.env})
      expect(code).to.equal(2)
      expect(stderr)
        .to.match(/^soak: /)
        .and.include(message)
        .and.include('npm run soak -- [--agent]')
    })
  }
})
