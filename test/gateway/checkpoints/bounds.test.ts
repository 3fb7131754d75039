import {chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {Contents} from '../../../src/gateway/checkpoints/contents.js'
import {sweepCheckpoints} from '../../../src/gateway/checkpoints/recorder.js'
import {shownChanges} from '../../../src/gateway/checkpoints/shown.js'
import {finished} from '../store/scratch.js'
import {bounds, Ground, treeOf} from './workspace.js'

const signal = new AbortController().signal
const DAY = 86_400_000

describe('what checkpoints keep', () => {
  let ground: Ground

  beforeEach(() => {
    ground = new Ground()
  })

  afterEach(() => ground.remove())

  const file = (name: string) => path.join(ground.project, name)

  /** A turn of one command. */
  const command = async (key: string, work: () => void, recorder = ground.session(key).recorder) => {
    const turn = ground.turn(key)
    const ended = await recorder.ofTurn(turn.id).beforeCommand(signal)
    work()
    await ended()
    return turn
  }

  const edit = async (key: string, name: string, content: string, recorder = ground.session(key).recorder) => {
    const turn = ground.turn(key)
    const written = await recorder.ofTurn(turn.id).beforeWrite(file(name), Buffer.from(content))
    writeFileSync(file(name), content)
    await written()
    return turn
  }

  const planOf = async (key: string) => {
    const {rewind} = ground.session(key)
    return rewind.plan((await rewind.list())[0])
  }

  it('is for its owner alone, and of no file that may hold secrets or is too large', async () => {
    writeFileSync(file('a'), 'a'.repeat(1000))
    writeFileSync(file('.env'), 'KEY=secret-of-mine')
    writeFileSync(file('large'), Buffer.alloc(2_000_000))
    await command('s', () => {
      for (const name of ['a', '.env', 'large']) writeFileSync(file(name), 'changed')
    })
    const folder = path.join(ground.home, 'checkpoints')
    for (const name of ['', ...readdirSync(folder, {recursive: true})].map(String)) {
      const info = statSync(path.join(folder, name))
      expect(info.mode & 0o777, name).to.equal(info.isDirectory() ? 0o700 : 0o600)
      if (info.isFile()) expect(readFileSync(path.join(folder, name)).includes('secret-of-mine')).to.equal(false)
    }
    const {changes, gaps} = await planOf('s')
    expect(changes.map((change) => [path.basename(change.path), change.uncovered !== undefined])).to.deep.equal([
      ['.env', true],
      ['a', false],
      ['large', true],
    ])
    expect(gaps.join('\n')).to.include('.env: it may hold secrets').and.include('larger than 1 MiB')
  })

  it('has files of every size, small ones among large ones', async () => {
    const sizes = [0, 1, 255, 256, 131_071, 131_072, 131_073, 400_000, 1_048_576]
    const all = sizes.flatMap((size) => [1, 2, 3].map((n) => ({name: `${size}-${n}`, size})))
    for (const {name, size} of all.sort(() => Math.random() - 0.5)) {
      writeFileSync(file(name), Buffer.alloc(size, `${name}\n`))
    }
    const before = treeOf(ground.project)
    await command('s', () => {
      for (const {name} of all) writeFileSync(file(name), 'changed')
    })
    const {rewind} = ground.session('s')
    const {failed, left} = await rewind.restore(await planOf('s'), {overwrite: false, toModel: false})
    expect([failed, left]).to.deep.equal([[], []])
    expect(Object.entries(treeOf(ground.project)).filter(([name, text]) => before[name] !== text)).to.deep.equal([])
  })

  it('leaves alone what somebody else changed since, and puts it back by word', async () => {
    writeFileSync(file('mine'), 'one')
    writeFileSync(file('theirs'), 'one')
    await command('s', () => {
      for (const name of ['mine', 'theirs']) writeFileSync(file(name), 'two')
    })
    writeFileSync(file('theirs'), 'by an editor')
    const {rewind, recorder} = ground.session('s')
    const plan = await planOf('s')
    expect(plan.changes.map(({foreign}) => foreign)).to.deep.equal([false, true])
    const shown = await shownChanges(plan.changes, {
      contents: recorder.contents,
      reading: recorder.reading,
      name: (each) => rewind.shown(each),
    })
    expect(shown.diff).to.include('Change mine').and.include('-two').and.include('+one').and.include('Somebody else')
    const {left} = await rewind.restore(plan, {overwrite: false, toModel: true})
    expect(left.map(({path: each}) => path.basename(each))).to.deep.equal(['theirs'])
    expect([readFileSync(file('mine'), 'utf8'), readFileSync(file('theirs'), 'utf8')]).to.deep.equal([
      'one',
      'by an editor',
    ])
    await rewind.restore(await planOf('s'), {overwrite: true, toModel: true})
    expect(readFileSync(file('theirs'), 'utf8')).to.equal('one')
    expect(ground.store.checkpoints.notes('s').join()).to.include('mine')
    // Even that can be had back.
    const last = ground.store.checkpoints.list('s').at(-1)
    await rewind.restore(await rewind.plan(last), {overwrite: false, toModel: true})
    expect(readFileSync(file('theirs'), 'utf8')).to.equal('by an editor')
  })

  it('has what a command did so far that was interrupted and goes on, and then the rest', async () => {
    const {recorder, rewind} = ground.session('s')
    const ended = await recorder.ofTurn(ground.turn('s').id).beforeCommand(signal)
    const plan = async () => (await rewind.plan((await rewind.list())[0])).changes.map(({path: file}) => file)
    writeFileSync(file('a'), 'one')
    expect(await plan()).to.deep.equal([file('a')])
    writeFileSync(file('b'), 'two')
    await ended()
    expect(await plan()).to.deep.equal([file('a'), file('b')])
    writeFileSync(file('c'), 'not its own')
    expect(await plan()).to.deep.equal([file('a'), file('b')])
  })

  it('tells apart what two chats do in one folder', async () => {
    writeFileSync(file('a'), 'one')
    writeFileSync(file('b'), 'one')
    const [first, second] = [ground.session('first'), ground.session('second')]
    const turn = ground.turn('first')
    const ended = await first.recorder.ofTurn(turn.id).beforeCommand(signal)
    writeFileSync(file('a'), 'two')
    await edit('second', 'b', 'two', second.recorder)
    await ended()
    const names = (await planOf('first')).changes.map((change) => path.basename(change.path))
    expect(names).to.deep.equal(['a'])
    await edit('second', 'a', 'three', second.recorder)
    expect((await planOf('first')).changes[0]?.foreign).to.equal(true)
    expect((await planOf('second')).changes.map(({foreign}) => foreign)).to.deep.equal([false, false])
  })

  it('goes into a branch, whose files go back without the original', async () => {
    await edit('s', 'a', 'two')
    const tree = treeOf(ground.project)
    finished(ground.store.branchSession('s', {key: 'copy', title: null}))
    ground.store.deleteSession('s')
    const {rewind} = ground.session('copy')
    await rewind.restore(await planOf('copy'), {overwrite: false, toModel: false})
    expect(treeOf(ground.project)).to.deep.equal({})
    await rewind.restore(await rewind.plan((await rewind.list()).at(-1)), {overwrite: false, toModel: false})
    expect(treeOf(ground.project)).to.deep.equal(tree)
  })

  it('goes when it is too old or too much, the oldest first, and with its session', async () => {
    const folder = path.join(ground.home, 'checkpoints')
    const kept = () =>
      readdirSync(folder, {recursive: true})
        .map(String)
        .filter((name) => /^[0-9a-f]{2}.[0-9a-f]{62}$/.test(name)).length
    const now = Date.now()
    for (const text of ['one', 'two', 'three']) await edit('s', 'a', `${text} ${'x'.repeat(400_000)}`)
    await edit('s', 'a', 'four')
    expect(kept()).to.equal(3)
    // Used so lately that another process may be about to name it.
    await sweepCheckpoints(ground.store.checkpoints, folder, {maxMb: 1, days: 30}, now)
    expect(kept()).to.equal(3)
    await sweepCheckpoints(ground.store.checkpoints, folder, {maxMb: 1, days: 30}, now + DAY)
    expect(kept()).to.equal(2)
    expect(ground.store.checkpoints.list('s')).to.have.length(2)
    await sweepCheckpoints(ground.store.checkpoints, folder, {maxMb: 1, days: 30}, now + 31 * DAY)
    expect([kept(), ground.store.checkpoints.list('s').length]).to.deep.equal([0, 0])
    for (const later of [0, DAY]) {
      await edit('other', 'a', `five ${later}`)
      ground.reopen({now: () => Date.now() + later})
      ground.store.deleteSession('other')
      // What was used just now goes with the next sweep.
      expect(kept()).to.equal(later === 0 ? 1 : 0)
      await sweepCheckpoints(ground.store.checkpoints, folder, bounds, Date.now() + 2 * DAY)
    }
    expect([kept(), ground.store.checkpoints.size()]).to.deep.equal([0, 0])
  })

  it('is known for what it is where its file is damaged, and never put back', async () => {
    writeFileSync(file('a'), 'one '.repeat(200))
    await edit('s', 'a', 'two')
    const folder = path.join(ground.home, 'checkpoints')
    for (const name of readdirSync(folder, {recursive: true}).map(String)) {
      const inside = path.join(folder, name)
      if (statSync(inside).isFile()) writeFileSync(inside, readFileSync(inside).subarray(0, 20))
    }
    const {rewind} = ground.session('s')
    const {failed} = await rewind.restore(await planOf('s'), {overwrite: false, toModel: true})
    expect(failed.map(({why}) => why)).to.deep.equal(['what it was is not kept any more'])
    expect(readFileSync(file('a'), 'utf8')).to.equal('two')
  })

  it('lets a turn go on where nothing can be kept, and says so once', async () => {
    writeFileSync(file('a'), 'one')
    writeFileSync(path.join(ground.home, 'checkpoints'), 'in the way')
    const {recorder} = ground.session('s')
    await edit('s', 'a', 'two', recorder)
    await command('s', () => writeFileSync(file('a'), 'three'), recorder)
    // Of either turn.
    expect(ground.told).to.have.length(2)
    expect(ground.told[0]).to.match(/^\/rewind will not have all files of this turn: /)
    const {changes} = await planOf('s')
    expect(changes.every(({uncovered}) => uncovered !== undefined)).to.equal(true)
    expect(readFileSync(file('a'), 'utf8')).to.equal('three')
  })

  for (const came of [false, true]) {
    it(`takes an edit of which nobody knows whether it came about for what it is: ${came ? 'it did' : 'it did not'}`, async () => {
      writeFileSync(file('a'), 'one')
      const first = ground.turn('s')
      const {recorder} = ground.session('s')
      const written = await recorder.ofTurn(first.id).beforeWrite(file('a'), Buffer.from('two'))
      writeFileSync(file('a'), 'two')
      await written()
      // The process dies in the second one.
      await recorder.ofTurn(first.id).beforeWrite(file('a'), Buffer.from('three'))
      await recorder.ofTurn(first.id).beforeWrite(file('d/b'), Buffer.from('new'))
      if (came) {
        writeFileSync(file('a'), 'three')
        mkdirSync(file('d'))
        writeFileSync(file('d/b'), 'new')
      }
      const plan = await planOf('s')
      expect(plan.changes.map(({foreign}) => foreign)).to.deep.equal(came ? [false, false, false] : [false])
      await ground.session('s').rewind.restore(plan, {overwrite: false, toModel: true})
      expect(treeOf(ground.project)).to.deep.equal({a: '644 one'})
    })
  }

  it('leaves a folder that has something of somebody else in it', async () => {
    await command('s', () => {
      mkdirSync(file('made'))
      writeFileSync(file('made/a'), 'one')
    })
    writeFileSync(file('made/theirs'), 'x')
    const {rewind} = ground.session('s')
    const {failed} = await rewind.restore(await planOf('s'), {overwrite: false, toModel: true})
    expect(failed.map(({why}) => why)).to.deep.equal(['there is something else in it'])
    expect(Object.keys(treeOf(ground.project))).to.deep.equal(['made', 'made/theirs'])
  })

  it('brings modes back, and is not stopped by a folder that may not be read', async function () {
    if (process.getuid?.() === 0) this.skip()
    mkdirSync(file('shut'))
    writeFileSync(file('run'), '#!/bin/sh', {mode: 0o755})
    chmodSync(file('shut'), 0)
    try {
      await command('s', () => chmodSync(file('run'), 0o600))
      const {rewind} = ground.session('s')
      await rewind.restore(await planOf('s'), {overwrite: false, toModel: true})
      expect(lstatSync(file('run')).mode & 0o777).to.equal(0o755)
    } finally {
      chmodSync(file('shut'), 0o700)
    }
  })

  it("names names that are not UTF-8, which it can't keep", async function () {
    if (process.platform !== 'linux') this.skip()
    const odd = Buffer.concat([Buffer.from(`${ground.project}/`), Buffer.from([0x61, 0xff])])
    writeFileSync(odd, 'x')
    try {
      await command('s', () => writeFileSync(file('a'), 'one'))
      expect((await planOf('s')).gaps.join()).to.include('names that are not UTF-8')
    } finally {
      rmSync(odd)
    }
  })

  it('stores a content once, and reads what it stored', async () => {
    const contents = new Contents(path.join(ground.home, 'c'), ground.store.checkpoints)
    const texts = ['', 'x', 'y'.repeat(100_000), '\0'.repeat(500)].map((text) => Buffer.from(text))
    // Also side by side.
    const later = await Promise.all([...texts, ...texts].map((text) => contents.put(text, {durable: true})))
    const now = contents.putNow(texts)
    expect([...now, ...now]).to.deep.equal(later)
    for (const [at, name] of now.entries())
      expect((await contents.read(name))?.equals(texts[at] ?? Buffer.of(1))).to.equal(true)
    expect(await contents.read('0'.repeat(64))).to.equal(undefined)
  })
})
