import {lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {History} from '../../../src/tui/composer/history.js'
import {Outbox} from '../../../src/tui/outbox/files.js'
import {makeOdd, oddKinds} from '../../helpers/odd-files.js'

describe('what lies in the home in place of what was typed', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'hermes-odd-'))
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))

  if (process.platform === 'win32') return
  for (const kind of oddKinds) {
    it(`is passed over, left there and named, in the outbox: ${kind}`, () => {
      const folder = path.join(home, 'outbox')
      const names = ['new-00000000.json', 'key.json', 'key+new-00000001.json']
      for (const name of names) makeOdd(kind, path.join(folder, name))
      const other = new Outbox(folder, '/here')
      other.adopt('key')
      other.left = true
      other.write({draft: 'kept', prompts: []}, {sync: false})
      const outbox = new Outbox(folder, '/here')
      expect(outbox.orphans()).to.deep.equal([])
      expect(outbox.adopt('key').map(({draft}) => draft)).to.deep.equal(['kept'])
      outbox.write({draft: 'more', prompts: []}, {sync: true})
      // A link to nothing is no file, as for everything else that reads.
      const named = kind === 'link to nothing' ? [] : names.map((name) => path.join(folder, name)).sort()
      expect([...outbox.passedOver.keys()].sort()).to.deep.equal(named)
      for (const name of names) expect(lstatSync(path.join(folder, name))).to.be.an('object')
    })

    it(`does not hold up the history, which then lasts for the run: ${kind}`, () => {
      const file = path.join(home, 'chat_history')
      makeOdd(kind, file)
      const history = new History(file)
      history.add('one')
      expect(history.entries).to.deep.equal(['one'])
      const read = kind.includes('3 GB') || kind === 'link to nothing'
      expect([...history.passedOver.keys()]).to.deep.equal(read ? [] : [file])
      expect(new History(file).entries).to.deep.equal(read ? ['one'] : [])
    })
  }

  it('names what it can not set aside', () => {
    const folder = path.join(home, 'outbox')
    const file = path.join(folder, 'x.json')
    mkdirSync(`${file}.unreadable`, {recursive: true})
    writeFileSync(file, 'none of ours')
    const outbox = new Outbox(folder, '/here')
    expect(outbox.adopt('x')).to.deep.equal([])
    expect([...outbox.passedOver.keys()]).to.deep.equal([file])
  })
})
