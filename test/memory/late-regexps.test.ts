import {execFileSync} from 'node:child_process'
import {expect} from 'chai'
import {root} from '../helpers/build.js'

/** What a program of its own prints that makes one expression in each way; V8 tells when it makes machine code of one. */
function compiledIn({late, runs}: {late: boolean; runs: number}): {compiled: boolean; accepts: boolean} {
  const program = `
    import {Script} from 'node:vm'
    import {setFlagsFromString} from 'node:v8'
    import {lateRegexps} from './src/memory/late-regexps.ts'
    const cachedData = new Script('function f() { return 1 }; f()').createCachedData()
    lateRegexps(${late})
    const expression = new RegExp('^(?:a|b)+c?$')
    lateRegexps(false)
    // V8 compares no more than the length; a text that it knows it does not look up.
    console.log('accepts', !new Script('function f() { return 2 }; f()', {cachedData}).cachedDataRejected)
    setFlagsFromString('--trace-regexp-tier-up')
    for (let run = 0; run < ${runs}; run++) expression.exec('abab' + run)
    setFlagsFromString('--no-trace-regexp-tier-up')
  `
  const printed = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    encoding: 'utf8',
    cwd: root,
  })
  return {compiled: /native code size/.test(printed), accepts: printed.includes('accepts true')}
}

describe('expressions that are compiled late', () => {
  it('are interpreted at first and compiled when they are used much, and V8 takes kept code as before', () => {
    expect(compiledIn({late: true, runs: 100})).to.deep.equal({compiled: false, accepts: true})
    expect(compiledIn({late: true, runs: 2000})).to.deep.equal({compiled: true, accepts: true})
  }).timeout(20_000)

  it('are none that are made later', () => {
    expect(compiledIn({late: false, runs: 100})).to.deep.equal({compiled: true, accepts: true})
  }).timeout(20_000)
})
