import {type ChildProcess, spawn} from 'node:child_process'
import {expect} from 'chai'
import {ensureBuilt} from '../helpers/build.js'
import {bundledHarness} from './helpers/bundled.js'
import type {Harness} from './helpers/harness.js'

describe('supervisor: a busy machine', () => {
  let harness: Harness
  before(ensureBuilt)
  afterEach(() => harness.finish())

  it('C28: with sixteen busy processes it is no hang', async () => {
    harness = await bundledHarness()
    const busy: ChildProcess[] = []
    try {
      await harness.live()
      for (let n = 0; n < 16; n++) busy.push(spawn(process.execPath, ['-e', 'for (;;);'], {stdio: 'ignore'}))
      await harness.submit('stream 40 tokens at 10', 'p')
      await harness.until(() => harness.told.includes('event message.complete'))
    } finally {
      for (const child of busy) child.kill('SIGKILL')
    }
    expect(harness.records.map((each) => each.type)).to.deep.equal(['spawn', 'ready'])
  }).timeout(120_000)
})
