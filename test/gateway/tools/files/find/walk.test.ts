import {mkdirSync, writeFileSync} from 'node:fs'
import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {type WalkReport, walk} from '../../../../../src/gateway/tools/files/find/walk.js'
import {type Bench, createBench} from '../../helpers.js'

describe('walk', () => {
  let bench: Bench

  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.cleanUp())

  async function names(limit: number, isHidden: (file: string) => boolean = () => false) {
    const report: WalkReport = {truncated: false, hidden: 0, ignored: 0}
    const found: string[] = []
    for await (const entries of walk(bench.cwd, {signal: bench.stop.signal, limit, isHidden}, report)) {
      found.push(...entries.map(({relative}) => relative))
    }
    return {found, ...report}
  }

  it('visits no more than its limit, in one folder or in many', async () => {
    for (let index = 0; index < 30; index++) writeFileSync(path.join(bench.cwd, `f${index}`), '')
    for (let index = 0; index < 30; index++) {
      mkdirSync(path.join(bench.cwd, `d${index}`))
      writeFileSync(path.join(bench.cwd, `d${index}`, 'x'), '')
    }
    for (const limit of [0, 1, 20, 59, 60, 61, 89]) {
      const {found, truncated} = await names(limit)
      expect(found, String(limit)).to.have.length(limit)
      expect(truncated).to.equal(true)
    }
    expect(await names(90)).to.deep.include({truncated: false})
    expect((await names(90)).found).to.have.length(90)
  })

  it('goes no deeper than twenty levels', async () => {
    const deep = path.join(bench.cwd, ...Array.from({length: 40}, (_, index) => `d${index}`))
    await mkdir(deep, {recursive: true})
    expect((await names(1000)).found).to.have.length(21)
  })

  it('does not look into what is secret', async () => {
    await mkdir(path.join(bench.cwd, 'a', 'b'), {recursive: true})
    await writeFile(path.join(bench.cwd, 'a', 'b', 'c'), '')
    const looked: string[] = []
    const {found, hidden} = await names(100, (file) => {
      looked.push(file)
      return file.endsWith('b')
    })
    expect(found).to.deep.equal(['a'])
    expect(hidden).to.equal(1)
    expect(looked.some((file) => file.endsWith('c'))).to.equal(false)
  })
})
