import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {Outbox} from '../../../src/tui/outbox/files.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'

describe('a draft that is written in its place', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'hermes-draft-'))
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))

  const stored = (folder: string) => {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
    return names.map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')).draft)
  }

  it('is on disk as it was typed last, longer and shorter, whatever becomes of its file', () => {
    const act = fc.oneof(
      {weight: 8, arbitrary: fc.string({unit: 'grapheme', maxLength: 200})},
      {weight: 1, arbitrary: fc.string({minLength: 3000, maxLength: 6000})},
      {weight: 1, arbitrary: fc.constantFrom('', {remove: true}, {replace: true})},
    )
    let tried = 0
    fc.assert(
      fc.property(fc.array(act, {maxLength: 12}), (acts) => {
        const folder = path.join(home, `outbox-${tried++}`)
        const outbox = new Outbox(folder, '/here')
        for (const each of acts) {
          if (typeof each === 'string') {
            outbox.write({draft: each, prompts: []}, {sync: false})
            if (tried > 0 && readdirSync(home).includes(path.basename(folder))) {
              expect(stored(folder)).to.deep.equal(each === '' ? [] : [each])
            }
            continue
          }
          for (const name of readdirSync(home).includes(path.basename(folder)) ? readdirSync(folder) : []) {
            const file = path.join(folder, name)
            if ('remove' in each) rmSync(file)
            else {
              writeFileSync(`${file}.other`, '{"version":1}')
              renameSync(`${file}.other`, file)
            }
          }
        }
        outbox.write({draft: 'the last', prompts: []}, {sync: false})
        expect(stored(folder)).to.deep.equal(['the last'])
      }),
      {numRuns: runs(200, 40)},
    )
    tellTried(tried, 'drafts')
  })

  it('stays in one file while it grows', () => {
    const outbox = new Outbox(home, '/here')
    outbox.write({draft: 'a', prompts: []}, {sync: false})
    const [name = ''] = readdirSync(home)
    const inode = () => statSync(path.join(home, name)).ino
    const first = inode()
    for (let length = 2; length < 100; length++) outbox.write({draft: 'a'.repeat(length), prompts: []}, {sync: false})
    expect(inode()).to.equal(first)
    expect(statSync(path.join(home, name)).mode & 0o777).to.equal(0o600)
  })

  it('is the old one or the new one, whenever the program is killed', async function () {
    this.timeout(60_000)
    const module = new URL('../../../src/tui/outbox/files.ts', import.meta.url).href
    const program = `const {Outbox} = await import('${module}')
      const outbox = new Outbox(process.argv[1], '/here')
      for (let n = 0; ; n++) {
        outbox.write({draft: String(n).repeat(1 + (n % 300)), prompts: []}, {sync: false})
        if (n === 0) process.stdout.write('writing')
      }`
    for (let kill = 0; kill < 6; kill++) {
      const folder = path.join(home, String(kill))
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(child.stdout, 'data')
      for (let look = 0; look < 50 * kill; look++) await new Promise((resolve) => setImmediate(resolve))
      child.kill('SIGKILL')
      await once(child, 'exit')
      const [draft = ''] = stored(folder)
      const number = /^(\d+?)\1*$/.exec(draft)
      expect(number, draft.slice(0, 100)).not.to.equal(null)
    }
  })
})
