import {chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {Outbox} from '../../src/tui/outbox.js'
import type {Prompt} from '../../src/tui/prompts.js'

const prompt = (id: string): Prompt => ({id, text: `text of ${id}`, state: 'queued', shown: false})

describe('Outbox', () => {
  let home: string
  let folder: string

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'hermes-outbox-'))
    folder = path.join(home, 'outbox')
  })

  afterEach(() => {
    chmodSync(home, 0o700)
    rmSync(home, {recursive: true, force: true})
  })

  it('gives the next run of the session what this one wrote', () => {
    const first = new Outbox(folder)
    first.adopt('K1')
    first.write({draft: 'a draft', prompts: [prompt('p')]}, {sync: true})
    expect(new Outbox(folder).adopt('K1')).to.deep.equal({draft: 'a draft', prompts: [prompt('p')]})
  })

  it('is private, and leaves no file when there is nothing to keep', () => {
    const outbox = new Outbox(folder)
    outbox.adopt('K1')
    outbox.write({draft: 'secret', prompts: []}, {sync: false})
    const [name] = readdirSync(folder)
    expect(statSync(path.join(folder, name ?? '')).mode & 0o777).to.equal(0o600)
    expect(statSync(folder).mode & 0o777).to.equal(0o700)
    outbox.write({draft: '', prompts: []}, {sync: false})
    expect(readdirSync(folder)).to.deep.equal([])
  })

  it('moves to the key of the session at the next write, and not before', () => {
    const outbox = new Outbox(folder)
    outbox.write({draft: 'early', prompts: []}, {sync: true})
    const [unnamed] = readdirSync(folder)
    expect(unnamed).to.match(/^new-[0-9a-f]{8}\.json$/)
    expect(outbox.adopt('K1')).to.equal(undefined)
    expect(existsSync(path.join(folder, unnamed ?? ''))).to.equal(true)
    outbox.write({draft: 'early', prompts: []}, {sync: true})
    expect(readdirSync(folder)).to.deep.equal(['K1.json'])
  })

  it('leaves the file of a session that is left', () => {
    const outbox = new Outbox(folder)
    outbox.adopt('K1')
    outbox.write({draft: '', prompts: [prompt('p')]}, {sync: true})
    expect(outbox.switchTo('K2')).to.equal(undefined)
    outbox.write({draft: 'other', prompts: []}, {sync: true})
    expect(readdirSync(folder).sort()).to.deep.equal(['K1.json', 'K2.json'])
    expect(outbox.switchTo('K1')).to.deep.equal({draft: '', prompts: [prompt('p')]})
  })

  it('does not take over what a living run has', () => {
    new Outbox(folder).write({draft: 'mine', prompts: []}, {sync: true})
    expect(new Outbox(folder).orphans()).to.deep.equal([])
  })

  it('sets aside a file that it cannot read, and never throws it away', () => {
    const outbox = new Outbox(folder)
    outbox.adopt('K0')
    outbox.write({draft: 'x', prompts: []}, {sync: true})
    writeFileSync(path.join(folder, 'K1.json'), '{"version":1,"draft":')
    expect(outbox.switchTo('K1')).to.equal(undefined)
    expect(readdirSync(folder).sort()).to.deep.equal(['K0.json', 'K1.json.unreadable'])
  })

  it('keeps a key with odd characters inside the folder', () => {
    const outbox = new Outbox(folder)
    outbox.adopt('../../etc/passwd')
    outbox.write({draft: 'x', prompts: []}, {sync: true})
    expect(readdirSync(folder)).to.deep.equal(['..%2F..%2Fetc%2Fpasswd.json'])
  })
})
