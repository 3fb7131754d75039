import {execFileSync} from 'node:child_process'
import {expect} from 'chai'
import {root} from '../helpers/build.js'

/**
 * Whether V8 compiles a function of WebAssembly again that adds up numbers, 700 bytes of it, in 100 000 calls from a loop, by
 * what it tells of it; and whether it takes kept code meanwhile.
 */
function compiledIn(late: boolean): {again: boolean; accepts: boolean} {
  const program = `
    import {Script} from 'node:vm'
    import {setFlagsFromString} from 'node:v8'
    import {loadLateWasm} from './src/memory/late-wasm.ts'
    const cachedData = new Script('function f() { return 1 }; f()').createCachedData()
    // (module (func (export "add") (param i32 i32) (result i32) …)), 100 times: (local.set 0 (i32.add (local.get 0) (local.get 1)))
    const body = Buffer.concat([Buffer.of(0), ...Array(100).fill(Buffer.from('200020016a2100', 'hex')), Buffer.from('20000b', 'hex')])
    const leb = (size) => Buffer.of((size & 127) | 128, size >> 7)
    const code = Buffer.concat([Buffer.of(1), leb(body.length), body])
    const head = '0061736d0100000001070160027f7f017f030201000707010361646400000a'
    const bytes = Buffer.concat([Buffer.from(head, 'hex'), leb(code.length), code])
    const load = () => WebAssembly.instantiate(bytes)
    const {instance} = await (${late} ? loadLateWasm(load) : load())
    // V8 compares no more than the length; a text that it knows it does not look up.
    console.log('accepts', !new Script('function f() { return 2 }; f()', {cachedData}).cachedDataRejected)
    setFlagsFromString('--trace-wasm-compilation-times')
    let sum = 0
    for (let call = 0; call < 100_000; call++) sum = instance.exports.add(sum, call)
    await new Promise((resolve) => setTimeout(resolve, 300))
    console.log('sum', sum)
  `
  const args = ['--import', 'tsx', '--input-type=module', '-e', program]
  const printed = execFileSync(process.execPath, args, {encoding: 'utf8', cwd: root})
  return {again: /urbofan|wrapper/i.test(printed), accepts: printed.includes('accepts true')}
}

describe('WebAssembly that is loaded for late optimising', () => {
  it('stays as it was compiled first for longer, and V8 takes kept code as before', () => {
    expect(compiledIn(true)).to.deep.equal({again: false, accepts: true})
    expect(compiledIn(false)).to.deep.equal({again: true, accepts: true})
  }).timeout(20_000)
})
