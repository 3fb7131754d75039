import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {root} from '../helpers/build.js'
import {runProgram} from '../helpers/run-program.js'

const fixture = fileURLToPath(new URL('./fixtures/blocked-loop.ts', import.meta.url))

describe('the watchdog', () => {
  const blocked = (ms: number) =>
    runProgram(process.execPath, ['--import', 'tsx', fixture, String(ms)], {cwd: root, env: {PATH: process.env.PATH}})

  it('writes what a blocked main thread is doing', async () => {
    const {stderr, code} = await blocked(3000)
    expect(code, stderr).to.equal(0)
    expect(stderr).to.match(/^\[gateway-watchdog\] the event loop has been blocked for \d+ ms$/m)
    expect(stderr).to.match(/^\[gateway-watchdog\] {5}at parseHugeToolOutput \(file:.*blocked-loop\.ts:\d+:\d+\)$/m)
    expect(stderr).to.match(/^\[gateway-watchdog\] {5}at turn \(/m)
  })

  it('is silent about a loop that turns', async () => {
    const {stderr, code} = await blocked(0)
    expect(code, stderr).to.equal(0)
    expect(stderr).to.not.include('[gateway-watchdog]')
  })
})
