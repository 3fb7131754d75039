import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {createFrameFile} from '../../src/chat/frame-file.js'
import {homeFiles, isWindows} from '../../src/platform.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('the file of the last frames', () => {
  let box: Sandbox
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  it('is private, written anew each time, and one of five', () => {
    const directory = homeFiles(box.home).frames
    mkdirSync(directory, {recursive: true})
    for (let index = 0; index < 7; index += 1) {
      const file = path.join(directory, `0000000${index}.log`)
      writeFileSync(file, 'old\n')
      utimesSync(file, index, index)
    }
    writeFileSync(path.join(directory, 'mine.log'), 'not one of ours')
    const frames = createFrameFile({home: box.home, instance: 'abcdef01'})
    frames.note(1, {sent: true, name: 'session.create', id: 'r1', bytes: 60})
    frames.write()
    frames.note(1, {sent: false, name: 'result', id: 'r1', bytes: 200})
    frames.write()
    expect(readdirSync(directory).sort()).to.deep.equal([
      '00000003.log',
      '00000004.log',
      '00000005.log',
      '00000006.log',
      'abcdef01.log',
      'mine.log',
    ])
    const file = path.join(directory, 'abcdef01.log')
    expect(readFileSync(file, 'utf8')).to.match(
      /^\S+ gen=1 > session.create id=r1 bytes=60\n\S+ gen=1 < result id=r1 bytes=200\n$/,
    )
    if (!isWindows) expect(statSync(file).mode & 0o777).to.equal(0o600)
  })

  it('does not come into being without a frame, and costs nothing where it can not', () => {
    createFrameFile({home: box.home, instance: 'abcdef01'}).write()
    expect(existsSync(homeFiles(box.home).frames)).to.equal(false)
    box.write('home/file', '')
    const frames = createFrameFile({home: path.join(box.home, 'file'), instance: 'abcdef01'})
    frames.note(1, {sent: true, name: 'x', id: 'r1', bytes: 1})
    expect(() => frames.write()).not.to.throw()
  })
})
