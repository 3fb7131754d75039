import {execFileSync} from 'node:child_process'
import {expect} from 'chai'
import {lateOptimising} from '../../src/memory/late-optimising.js'
import {root} from '../helpers/build.js'

describe('flags that keep a gateway small', () => {
  it('are known to this Node, and are left out where they may not be', () => {
    const printed = execFileSync(process.execPath, [...lateOptimising(), '-p', '1 + 1'], {encoding: 'utf8'})
    expect(printed).to.equal('2\n')
    expect(lateOptimising('12.4.254.21-node.27')).to.have.length(1)
    expect(lateOptimising('14.1.146.11-node.14')).to.deep.equal([])
    expect(lateOptimising('15.0')).to.deep.equal([])
  })
})

/** Whether V8 takes kept code, at each of some moments of a program of its own. */
function accepted(): Record<string, boolean> {
  const program = `
    import {Script} from 'node:vm'
    import {asEver, loadKept, optimiseLate} from './src/memory/late-optimising.ts'
    // Each time another text of the same length, which is all that V8 compares: one that it knows it does not look up.
    let texts = 0
    const source = () => 'function f() { return ' + (texts++ % 10) + ' }; f()'
    const cachedData = new Script(source()).createCachedData()
    const said = {}
    const look = (moment) => { said[moment] = !new Script(source(), {cachedData}).cachedDataRejected }
    look('before')
    optimiseLate()
    look('late')
    const long = loadKept(() => new Promise((resolve) => setTimeout(resolve, 20)))
    await loadKept(async () => look('of two loads'))
    look('of the other')
    await long
    look('late again')
    await loadKept(() => Promise.reject(new Error('of a load'))).catch(() => {})
    look('after an error')
    asEver(() => look('as it is kept'))
    process.on('exit', () => {
      look('at the end')
      console.log(JSON.stringify(said))
    })
  `
  const args = ['--import', 'tsx', '--input-type=module', '-e', program]
  return JSON.parse(execFileSync(process.execPath, args, {encoding: 'utf8', cwd: root}))
}

describe('a screen that is optimised late', () => {
  it('takes and keeps compiled code as ever', () => {
    expect(accepted()).to.deep.equal({
      before: true,
      late: false,
      'of two loads': true,
      'of the other': true,
      'late again': false,
      'after an error': false,
      'as it is kept': true,
      'at the end': true,
    })
  }).timeout(20_000)
})
