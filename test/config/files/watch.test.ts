import {mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {watchedNames, watchFiles} from '../../../src/config/files/watch.js'

describe('config watch', () => {
  let directory: string
  let watch: ReturnType<typeof watchFiles> | undefined
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'hermes-watch-'))
  })
  afterEach(() => {
    watch?.stop()
    rmSync(directory, {recursive: true, force: true})
  })

  const inFolder = (...files: string[]) => files.map((file) => path.join(directory, file))

  it('looks for a file in its folder, or for the folder that is not there yet', () => {
    mkdirSync(path.join(directory, 'here'))
    const files = inFolder('here/config.yaml', 'here/config.json', 'not/there/config.yaml')
    expect([...watchedNames(files)]).to.deep.equal([
      [path.join(directory, 'here'), new Set(['config.yaml', 'config.json'])],
      [directory, new Set(['not'])],
    ])
  })

  it('tells of a file that is made, written, replaced and removed, once things rest', async () => {
    const file = path.join(directory, 'config.yaml')
    let told = Promise.withResolvers<void>()
    watch = watchFiles(inFolder('config.yaml'), () => told.resolve())
    const acts = [
      () => writeFileSync(file, 'a'),
      () => writeFileSync(file, 'b'),
      () => {
        writeFileSync(`${file}.new`, 'c')
        renameSync(`${file}.new`, file)
      },
      () => rmSync(file),
    ]
    for (const act of acts) {
      told = Promise.withResolvers<void>()
      act()
      await told.promise
    }
  })

  it('does not tell of other files, and follows a folder once it is there', async () => {
    const seen: string[] = []
    const told = Promise.withResolvers<void>()
    watch = watchFiles(inFolder('sub/config.yaml'), () => {
      seen.push('told')
      if (seen.length === 2) told.resolve()
      else writeFileSync(path.join(directory, 'sub', 'config.yaml'), 'a')
    })
    writeFileSync(path.join(directory, 'other'), 'x')
    mkdirSync(path.join(directory, 'sub'))
    await told.promise
  })

  it('tells of what is written while a change is being read', async () => {
    let seen = 0
    const told = Promise.withResolvers<void>()
    watch = watchFiles(inFolder('config.yaml'), () => {
      seen++
      if (seen === 2) told.resolve()
      else writeFileSync(path.join(directory, 'config.yaml'), 'b')
    })
    writeFileSync(path.join(directory, 'config.yaml'), 'a')
    await told.promise
  })

  it('tells of the file that a link leads to', async () => {
    mkdirSync(path.join(directory, 'dotfiles'))
    const file = path.join(directory, 'dotfiles', 'hermes.yaml')
    writeFileSync(file, 'a')
    symlinkSync(file, path.join(directory, 'config.yaml'))
    const told = Promise.withResolvers<void>()
    watch = watchFiles(inFolder('config.yaml'), told.resolve)
    writeFileSync(file, 'b')
    await told.promise
  })
})
