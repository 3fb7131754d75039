import {spawnSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {Ground, treeOf} from './workspace.js'

const signal = new AbortController().signal

describe('checkpoints on a full disk', () => {
  let ground: Ground
  let disk: string

  beforeEach(() => {
    ground = new Ground()
  })

  afterEach(() => {
    if (disk) spawnSync('umount', ['-l', disk])
    ground.remove()
  })

  /** Only root may mount a disk that is small enough to fill. */
  const mounted = (folder: string, size: string) => {
    disk = folder
    mkdirSync(folder, {recursive: true})
    return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]).status === 0
  }

  it('let the turn go on, say so, and bring back what they have', async function () {
    if (process.platform !== 'linux' || !mounted(path.join(ground.home, 'checkpoints'), '512k')) return this.skip()
    const file = (n: number) => path.join(ground.project, `f${n}`)
    const contents = Array.from({length: 12}, () => randomBytes(100_000))
    for (const [n, content] of contents.entries()) writeFileSync(file(n), content)
    const {recorder, rewind} = ground.session('s')
    const turn = recorder.ofTurn(ground.turn('s').id)
    const first = await turn.beforeWrite(file(0), Buffer.from('two'))
    writeFileSync(file(0), 'two')
    await first()
    const ended = await turn.beforeCommand(signal)
    for (let n = 1; n < 12; n++) writeFileSync(file(n), 'two')
    await ended()
    for (let n = 0; n < 12; n++) {
      const written = await turn.beforeWrite(file(n), Buffer.from('three'))
      writeFileSync(file(n), 'three')
      await written()
    }
    expect(ground.told.join('\n')).to.include('ENOSPC')
    expect(ground.told).to.have.length(1)
    const plan = await rewind.plan((await rewind.list())[0])
    const {done} = await rewind.restore(plan, {overwrite: false, toModel: true}).catch(() => ({done: []}))
    for (const [n, content] of contents.entries()) {
      const now = readFileSync(file(n))
      expect(now.equals(content) || now.toString() === 'three', `f${n}`).to.equal(true)
      expect(now.equals(content)).to.equal((done as string[]).includes(file(n)))
    }
  })

  it('leave a file as it is that there is no room to put back', async function () {
    const small = path.join(ground.project, 'small')
    if (process.platform !== 'linux' || !mounted(small, '256k')) return this.skip()
    const file = path.join(small, 'a')
    writeFileSync(file, randomBytes(200_000))
    const {recorder, rewind} = ground.session('s')
    const written = await recorder.ofTurn(ground.turn('s').id).beforeWrite(file, Buffer.from('two'))
    writeFileSync(file, 'two')
    await written()
    writeFileSync(path.join(small, 'fill'), randomBytes(150_000))
    const before = treeOf(small)
    const {failed} = await rewind.restore(await rewind.plan((await rewind.list())[0]), {
      overwrite: false,
      toModel: true,
    })
    expect(failed.map(({why}) => why)).to.deep.equal(['the disk is full'])
    expect(treeOf(small)).to.deep.equal(before)
    expect(ground.store.checkpoints.lines('s').map(({text}) => text)).to.deep.equal([
      'nothing was put back, 1 file could not be',
    ])
  })
})
