import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {
  handDownConfig,
  handedDownConfigVariable,
  handedDownFlagsVariable,
  readHandedDownConfig,
  readHandedDownFlags,
} from '../../src/config/handed-down.js'
import {defaultConfig, type LoadedConfig} from '../../src/config/index.js'
import {Scratch} from './gateway-process.js'

describe('what a chat hands down to its gateway', () => {
  const scratch = new Scratch()

  function breakConfiguration(): void {
    mkdirSync(path.join(scratch.home, '.config', 'hermes'), {recursive: true})
    writeFileSync(path.join(scratch.home, '.config', 'hermes', 'config.yaml'), 'nonsense: 1\n')
  }

  it('serves a session by the configuration that was checked, though the file was broken since', async () => {
    breakConfiguration()
    const values = {...defaultConfig(), model: 'offline/tools'}
    const env = handDownConfig({values, files: []})
    const gateway = await scratch.start({env})
    const {sid} = await gateway.create()
    const from = gateway.frames.length
    // A tool is a program of its own: it must not be handed the keys of providers.
    await gateway.call('prompt.submit', {session_id: sid, text: 'run env'})
    const asked = await gateway.event('approval.request', from)
    expect(asked).to.include({command: 'env'})
    await gateway.call('approval.respond', {session_id: sid, choice: 'once'})
    const done = await gateway.event('tool.complete', from)
    expect(JSON.stringify(done)).to.include('HERMES_HOME=').and.not.include(handedDownConfigVariable)
  })

  it('reads its own configuration where nothing usable was handed down', async () => {
    breakConfiguration()
    const gateway = await scratch.start({env: {[handedDownConfigVariable]: '{"values":'}})
    expect((await gateway.refused('session.create')).message).to.include('nonsense')
  })

  it('is nothing where it would not fit into an environment', () => {
    const values = {...defaultConfig(), systemPrompt: 'x'.repeat(200_000)}
    const stale = {[handedDownConfigVariable]: '{"values":{"permissions.mode":"bypass"},"files":[]}'}
    expect(readHandedDownConfig({...stale, ...handDownConfig({values, files: []})})).to.equal(undefined)
  })

  it('has in any case what flags say, in one variable or the other', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1000, 40_000, 200_000), fc.string(), fc.nat(9999), (length, told, steps) => {
        const values = {
          ...defaultConfig(),
          systemPrompt: told,
          'tools.maxSteps': steps,
          'permissions.allow': ['x'.repeat(length)],
        }
        const origins = {systemPrompt: {kind: 'flag'}, 'tools.maxSteps': {kind: 'flag'}} as LoadedConfig['origins']
        const stale = {[handedDownFlagsVariable]: '{"tools.maxSteps":1}'}
        const env = {...stale, ...handDownConfig({values, files: [], origins})}
        const got = readHandedDownConfig(env)?.values ?? readHandedDownFlags(env)
        expect(got).to.deep.include({systemPrompt: told, 'tools.maxSteps': steps})
        for (const value of Object.values(env)) expect(Buffer.byteLength(value)).to.be.below(128 * 1024)
      }),
    )
  })

  it('takes what it has no word for as by default, after another version was installed meanwhile', () => {
    const env = {[handedDownConfigVariable]: '{"values":{"model":"offline"},"files":[]}'}
    expect(readHandedDownConfig(env)?.values).to.deep.equal({...defaultConfig(), model: 'offline'})
    expect(readHandedDownConfig({})).to.equal(undefined)
    expect(readHandedDownConfig({[handedDownConfigVariable]: '[]'})).to.equal(undefined)
  })
})
