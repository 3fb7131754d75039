import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {chown, mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {compiled} from '../../../helpers/compiled.js'
import {runs} from '../../../helpers/sample.js'
import {type Bench, createBench} from '../helpers.js'

describe('a write that is broken off', function () {
  this.timeout(120_000)
  let bench: Bench
  const at = (name: string) => path.join(bench.cwd, name)

  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.cleanUp())

  it('leaves the old file or the new one, wherever the process is killed', async () => {
    const KILLS = runs(20, 8)
    const writer = compiled(new URL('../write-for-ever.ts', import.meta.url))
    const whole = ['a', 'b'].map((letter) => letter.repeat(200_000))
    let left = 0
    writeFileSync(at('a'), whole[0] as string)
    for (let kill = 0; kill < KILLS; kill++) {
      const child = spawn(process.execPath, [writer, bench.cwd], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(child.stdout, 'data')
      // In turns: while the new file is written beside the old one, and around the rename.
      if (kill % 2 === 0) while (!readdirSync(bench.cwd).some((name) => name.endsWith('.tmp')));
      else for (const {ino} = statSync(at('a')); statSync(at('a')).ino === ino; );
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect(whole.includes(readFileSync(at('a'), 'utf8'))).to.equal(true)
      left += readdirSync(bench.cwd).length > 1 ? 1 : 0
      for (const name of readdirSync(bench.cwd)) if (name !== 'a') expect(name).to.match(/^\.a\.[0-9a-f]{12}\.tmp$/)
      await bench.cleanUp()
      await mkdir(bench.cwd)
      writeFileSync(at('a'), whole[0] as string)
    }
    console.log(`      ${KILLS} kills, ${left} in the midst of a write`)
  })

  it('leaves the old file where its bytes have no room', async function () {
    const disk = at('disk')
    await mkdir(disk)
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk])
    // Only root may make a disk that is small enough to fill.
    if (mount.status !== 0) return this.skip()
    try {
      await writeFile(path.join(disk, 'a'), 'old\n')
      await bench.run('read_file', {path: 'disk/a'})
      const result = await bench.run('write_file', {path: 'disk/a', content: 'new\n'.repeat(100_000)})
      expect(result.error).to.equal(`write_file: ${path.join(disk, 'a')}: the disk is full (ENOSPC)`)
      expect(await readFile(path.join(disk, 'a'), 'utf8')).to.equal('old\n')
      expect(await readdir(disk)).to.deep.equal(['a'])
      expect(await bench.run('write_file', {path: 'disk/a', content: 'new\n'})).to.deep.include({added: 1})
    } finally {
      spawnSync('umount', ['-l', disk])
    }
  })

  it('keeps the owner where it may', async function () {
    // Only root may give files away.
    if (process.getuid?.() !== 0) return this.skip()
    await writeFile(at('a'), 'old\n', {mode: 0o604})
    await chown(at('a'), 1234, 2345)
    await bench.run('edit_file', {path: 'a', edits: [{old: 'old', new: 'new'}]})
    const {uid, gid, mode} = await stat(at('a'))
    expect([uid, gid, mode & 0o7777]).to.deep.equal([1234, 2345, 0o604])
  })
})
