import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {processBirth} from '../../../src/platform.js'
import {Outbox} from '../../../src/tui/outbox/files.js'
import type {Prompt} from '../../../src/tui/state/prompts.js'

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

  /** Whose files are there: without the name of the run. */
  const sessions = () =>
    readdirSync(folder)
      .map((name) => name.replace(/\+new-[0-9a-f]{8}\.json$/, ''))
      .sort()

  const idsOf = (session: string): string[] => {
    const name = readdirSync(folder).find((each) => each.startsWith(`${session}+`)) ?? ''
    const {prompts}: {prompts: Prompt[]} = JSON.parse(readFileSync(path.join(folder, name), 'utf8'))
    return prompts.map(({id}) => id)
  }

  it('gives the next run of the session what this one wrote', () => {
    const first = new Outbox(folder, '/here')
    first.adopt('K1')
    first.write({draft: 'a draft', prompts: [prompt('p')]}, {sync: true})
    expect(new Outbox(folder, '/here').adopt('K1')).to.deep.equal([{draft: 'a draft', prompts: [prompt('p')]}])
  })

  it('is private, and leaves no file when there is nothing to keep', () => {
    const outbox = new Outbox(folder, '/here')
    outbox.adopt('K1')
    outbox.write({draft: 'secret', prompts: []}, {sync: false})
    const [name] = readdirSync(folder)
    expect(statSync(path.join(folder, name ?? '')).mode & 0o777).to.equal(0o600)
    expect(statSync(folder).mode & 0o777).to.equal(0o700)
    outbox.write({draft: '', prompts: []}, {sync: false})
    expect(readdirSync(folder)).to.deep.equal([])
  })

  it('moves to the key of the session at the next write, and not before', () => {
    const outbox = new Outbox(folder, '/here')
    outbox.write({draft: 'early', prompts: []}, {sync: true})
    const [unnamed] = readdirSync(folder)
    expect(unnamed).to.match(/^new-[0-9a-f]{8}\.json$/)
    expect(outbox.adopt('K1')).to.deep.equal([])
    expect(existsSync(path.join(folder, unnamed ?? ''))).to.equal(true)
    outbox.write({draft: 'early', prompts: []}, {sync: true})
    expect(sessions()).to.deep.equal(['K1'])
  })

  it('leaves the file of a session that is left', () => {
    const outbox = new Outbox(folder, '/here')
    outbox.adopt('K1')
    const kept = {draft: '', prompts: [prompt('p')]}
    outbox.write({draft: '', prompts: [prompt('p'), prompt('q')]}, {sync: true})
    expect(outbox.switchTo('K2', kept)).to.deep.equal([])
    // Until what goes along is written, it is where it was.
    expect(idsOf('K1')).to.deep.equal(['p', 'q'])
    outbox.write({draft: 'other', prompts: [prompt('q')]}, {sync: true})
    expect(sessions()).to.deep.equal(['K1', 'K2'])
    expect(idsOf('K1')).to.deep.equal(['p'])
    expect(outbox.switchTo('K1', {draft: 'other', prompts: []})).to.deep.equal([kept])
  })

  it('gives what a session that was never prompted left to its folder, and to no other', () => {
    const folders = fc.constantFrom('/a', '/b', '/a/b')
    fc.assert(
      fc.property(fc.array(folders, {minLength: 1, maxLength: 5}), folders, fc.boolean(), (left, here, keyed) => {
        for (const [index, cwd] of left.entries()) {
          const outbox = new Outbox(folder, cwd)
          outbox.blank = true
          if (keyed) outbox.adopt(`K${index}`)
          outbox.left = true
          outbox.write({draft: `draft ${index} of ${cwd}`, prompts: []}, {sync: false})
        }
        const next = new Outbox(folder, here)
        const found = next.orphans().map(({draft}) => draft)
        const expected = left.flatMap((cwd, index) => (cwd === here ? [`draft ${index} of ${cwd}`] : []))
        expect(found.toSorted()).to.deep.equal(expected)
        rmSync(folder, {recursive: true, force: true})
      }),
      {numRuns: 40},
    )
  })

  it('does not take over what a living run has', () => {
    new Outbox(folder, '/here').write({draft: 'mine', prompts: []}, {sync: true})
    expect(new Outbox(folder, '/here').orphans()).to.deep.equal([])
  })

  /** A file as another run left it, or has it: this one's parent lives. */
  const leave = (
    name: string,
    draft: string,
    more: {pid: number; birth?: string | undefined; blank?: boolean; left?: boolean},
  ) => {
    mkdirSync(folder, {recursive: true})
    writeFileSync(path.join(folder, `${name}.json`), JSON.stringify({version: 1, draft, prompts: [], ...more}))
  }
  const living = {pid: process.ppid, birth: processBirth(process.ppid)}
  const gone = {pid: 2 ** 30}

  it('stays beside that of a living run that has the session too, and the next run gets both', () => {
    leave('K1', 'theirs', living)
    const outbox = new Outbox(folder, '/here')
    expect(outbox.adopt('K1')).to.deep.equal([])
    outbox.write({draft: 'ours', prompts: []}, {sync: true})
    expect(readdirSync(folder)).to.have.length(2)
    expect(readFileSync(path.join(folder, 'K1.json'), 'utf8')).to.include('theirs')
    leave('K1', 'theirs', gone)
    const next = new Outbox(folder, '/here')
    expect(next.adopt('K1').map(({draft}) => draft)).to.have.members(['ours', 'theirs'])
    next.write({draft: 'both', prompts: []}, {sync: true})
    expect(sessions()).to.deep.equal(['K1'])
    expect(new Outbox(folder, '/here').adopt('K10')).to.deep.equal([])
  })

  it('leaves what a run that came to the session later has written, though it had nothing of its own before', () => {
    const first = new Outbox(folder, '/here')
    first.adopt('K1')
    const second = new Outbox(folder, '/here')
    second.adopt('K1')
    second.write({draft: 'theirs', prompts: []}, {sync: true})
    first.write({draft: 'ours', prompts: []}, {sync: true})
    first.write({draft: '', prompts: []}, {sync: true})
    expect(new Outbox(folder, '/here').adopt('K1')).to.deep.equal([{draft: 'theirs', prompts: []}])
  })

  it('may be taken as soon as the run that wrote it is done with it, though its process still ends', () => {
    const first = new Outbox(folder, '/here')
    first.left = true
    first.write({draft: 'early', prompts: []}, {sync: true})
    leave('K1', 'theirs', {...living, left: true})
    const next = new Outbox(folder, '/here')
    expect(next.orphans().map(({draft}) => draft)).to.deep.equal(['early'])
    expect(next.adopt('K1').map(({draft}) => draft)).to.deep.equal(['theirs'])
  })

  it('takes a later process with the same pid for another', () => {
    leave('K1', 'left behind', {...living, birth: '1'})
    leave('new-00000000', 'early', {...living, birth: '1'})
    const outbox = new Outbox(folder, '/here')
    expect(outbox.orphans().map(({draft}) => draft)).to.deep.equal(['early'])
    expect(outbox.adopt('K1').map(({draft}) => draft)).to.deep.equal(['left behind'])
  })

  it('gives what was typed for a session that was never prompted to the next run, whatever that opens', () => {
    const outbox = new Outbox(folder, '/here')
    outbox.adopt('K1')
    outbox.blank = true
    outbox.write({draft: 'first words', prompts: []}, {sync: true})
    const [file = ''] = readdirSync(folder)
    const content = JSON.parse(readFileSync(path.join(folder, file), 'utf8'))
    leave(file.replace('.json', ''), content.draft, {...gone, blank: content.blank})
    leave('K2', 'of a stored session', gone)
    const next = new Outbox(folder, '/here')
    expect(next.orphans().map(({draft}) => draft)).to.deep.equal(['first words'])
    next.write({draft: 'first words', prompts: []}, {sync: true})
    expect(readdirSync(folder).filter((name) => name.startsWith('K'))).to.deep.equal(['K2.json'])
  })

  it('sets aside a file that it cannot read, and never throws it away', () => {
    const outbox = new Outbox(folder, '/here')
    outbox.adopt('K0')
    outbox.write({draft: 'x', prompts: []}, {sync: true})
    const [kept] = readdirSync(folder)
    writeFileSync(path.join(folder, 'K1.json'), '{"version":1,"draft":')
    expect(outbox.switchTo('K1', {draft: 'x', prompts: []})).to.deep.equal([])
    expect(readdirSync(folder).sort()).to.deep.equal([kept, 'K1.json.unreadable'])
  })

  it('keeps a key with odd characters inside the folder', () => {
    const outbox = new Outbox(folder, '/here')
    outbox.adopt('../../etc/passwd')
    outbox.write({draft: 'x', prompts: []}, {sync: true})
    expect(sessions()).to.deep.equal(['..%2F..%2Fetc%2Fpasswd'])
  })
})
