import {spawnSync} from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {expect} from 'chai'
import fc from 'fast-check'
import type {Store} from '../../../../src/gateway/store/types.js'
import {isWindows} from '../../../../src/platform.js'
import {descriptorsOf} from '../../../helpers/pty/processes.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'
import {begin, brief, calls, finished, Scratch, say, stepEnd, text, thrownBy, toolEnd} from '../scratch.js'

describe('store: what is in flight, in a file', () => {
  let scratch: Scratch
  let store: Store
  let notes: string[]

  const open = () => scratch.open({note: (line) => notes.push(line)})
  const journals = () => readdirSync(path.dirname(scratch.file)).filter((name) => name.includes('-turn-'))
  const journal = () => path.join(path.dirname(scratch.file), journals()[0] ?? 'none')
  /** The process dies: nothing is closed in order. */
  const died = () => {
    store = open()
  }

  beforeEach(() => {
    notes = []
    scratch = new Scratch()
    store = open()
  })
  afterEach(() => scratch.remove())

  it('is there from the first piece to the end of the turn, for its owner alone', () => {
    const {id} = begin(store, 'k', 'go')
    expect(journals()).to.deep.equal([])
    store.journal(id, [text('one')])
    expect(journals()).to.have.length(1)
    if (!isWindows) expect(statSync(journal()).mode & 0o777).to.equal(0o600)
    store.journal(id, [calls('t'), stepEnd])
    expect(journals(), 'the end of a step makes messages of it').to.deep.equal([])
    store.journal(id, [toolEnd('t')])
    store.journal(id, [text('two')])
    expect(journals()).to.have.length(1)
    store.finishTurn(id, {status: 'complete'})
    expect(journals()).to.deep.equal([])
    expect(brief(store.messages('k'))).to.deep.equal(['user go', 'assistant one [t]', 'tool t', 'assistant two'])
  })

  it('holds the text once: a file that was made messages of is not read again', () => {
    const {id} = begin(store, 'k', 'go')
    store.journal(id, [text('one')])
    const [name, bytes] = [journal(), readFileSync(journal())]
    store.finishTurn(id, {status: 'interrupted'})
    // As a process leaves it that dies before it removes the file.
    writeFileSync(name, bytes)
    died()
    expect(brief(store.messages('k'))).to.deep.equal(['user go', 'assistant one <interrupted>'])
    store.reopenTurn(id)
    store.journal(id, [text(' two')])
    store.finishTurn(id, {status: 'complete'})
    expect(brief(store.messages('k'))).to.deep.equal(['user go', 'assistant one two'])
    expect(journals()).to.deep.equal([path.basename(name)])
    finished(store.tidy())
    expect(journals()).to.deep.equal([])
  })

  it('is tidied up only where its turn is known and does not name it', () => {
    const {id} = begin(store, 'k', 'go')
    store.journal(id, [text('one')])
    const stranger = `${scratch.file}-turn-99-00000000000000aa`
    writeFileSync(stranger, 'hermes-journal 1 {"session":"other","turn":99,"id":"00000000000000aa"}\n')
    writeFileSync(`${scratch.file}-turn-98-00000000000000aa`, 'notes')
    finished(open().tidy())
    expect(journals()).to.have.length(3)
    store.finishTurn(id, {status: 'complete'})
    expect(store.messages('k')[1]?.text).to.equal('one')
    expect(existsSync(stranger)).to.equal(true)
  })

  it('goes with its session', () => {
    const {id} = begin(store, 'k', 'go')
    store.journal(id, [text('one')])
    writeFileSync(`${scratch.file}-turn-${id}-00000000000000aa.unread`, 'secret')
    store.deleteSession('k')
    expect(journals()).to.deep.equal([])
  })

  it('is gone on with by another process, behind what is whole', () => {
    const {id} = begin(store, 'k', 'go')
    store.journal(id, [text('a')])
    const other = open()
    other.journal(id, [text('b')])
    store.journal(id, [text('c')])
    appendFileSync(journal(), Buffer.from([9, 0, 0, 0, 1]))
    other.journal(id, [text('d')])
    store.finishTurn(id, {status: 'complete'})
    expect(store.messages('k')[1]?.text).to.equal('abcd')
    expect(notes).to.deep.equal([])
  })

  it('takes back with a transaction what was written in it', () => {
    const {id} = begin(store, 'k', 'go')
    const failing = () => {
      store.journal(id, [text('never')])
      throw new Error('no')
    }
    expect(() => store.atomically(failing)).to.throw('no')
    store.journal(id, [text('one')])
    expect(() => store.atomically(failing)).to.throw('no')
    store.journal(id, [text(' two')])
    expect(() =>
      store.atomically(() => {
        store.finishTurn(id, {status: 'complete'})
        throw new Error('no')
      }),
    ).to.throw('no')
    store.journal(id, [text(' three')])
    store.finishTurn(id, {status: 'complete'})
    expect(store.messages('k')[1]?.text).to.equal('one two three')
  })

  it('gives back a question with the record that it was asked, or neither', () => {
    const {id} = begin(store, 'k', 'go')
    store.journal(id, [calls('t'), stepEnd])
    const question = {id: 'q', toolId: 't', kind: 'approval' as const, payload: {}, replaces: []}
    store.ask(id, question)
    // As a process leaves it that dies between the record and the commit.
    const db = new DatabaseSync(scratch.file)
    db.exec('DELETE FROM questions')
    db.close()
    died()
    store.settleSession('k')
    expect(store.messages('k').flatMap(({tool}) => tool?.state ?? [])).to.deep.equal(['not-started'])
  })

  it('is read to where it is whole, however it is damaged: told, kept aside, and the session goes on', function () {
    this.timeout(60_000)
    let tried = 0
    const openBefore = descriptorsOf(process.pid)
    const damage = fc.oneof(
      fc.record({cut: fc.nat(400)}),
      fc.record({flip: fc.nat(400)}),
      fc.record({add: fc.uint8Array({minLength: 1, maxLength: 40})}),
    )
    fc.assert(
      fc.property(
        fc.array(fc.string({minLength: 1, maxLength: 30}), {minLength: 1, maxLength: 6}),
        damage,
        (texts, how) => {
          tried++
          scratch.remove()
          scratch = new Scratch()
          notes = []
          store = open()
          const {id} = begin(store, 'k', 'go')
          for (const each of texts) store.journal(id, [text(each)])
          const file = journal()
          const bytes = readFileSync(file)
          if ('cut' in how) truncateSync(file, how.cut % bytes.length)
          else if ('flip' in how) {
            const at = how.flip % bytes.length
            bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
            writeFileSync(file, bytes)
          } else appendFileSync(file, how.add)
          died()
          store.settleSession('k')
          const kept = store.messages('k')[1]?.text ?? ''
          const whole = texts.join('').replaceAll('\0', '\ufffd')
          expect(whole.startsWith(kept)).to.equal(true)
          if (kept.length < whole.length || 'add' in how) {
            const isCutBetween = 'cut' in how && notes.length === 0
            if (!isCutBetween) {
              expect(notes).to.have.length(1)
              expect(notes[0]).to.include(file).and.include('session k')
              expect(journals()).to.deep.equal([`${path.basename(file)}.unread`])
            }
          }
          store.reopenTurn(id)
          store.journal(id, [text(' and on')])
          store.finishTurn(id, {status: 'complete'})
          expect(store.messages('k').at(-1)?.text).to.equal(`${kept} and on`)
        },
      ),
      {numRuns: runs(120, 40)},
    )
    tellTried(tried, 'damaged journals')
    scratch.remove()
    expect(descriptorsOf(process.pid) ?? 0, 'files left open').to.be.at.most(openBefore ?? 0)
  })

  const oddities: Record<string, (file: string) => void> = {
    'a folder': (file) => mkdirSync(file),
    'a link to another file': (file) => {
      writeFileSync(`${file}.other`, 'x')
      symlinkSync(`${file}.other`, file)
    },
    'a file of another program': (file) => writeFileSync(file, 'notes\n'.repeat(500)),
    'an endless file of zeros': (file) => {
      writeFileSync(file, '')
      truncateSync(file, 8 * 1024 ** 3)
    },
    ...(isWindows ? {} : {'a FIFO': (file: string) => void expect(spawnSync('mkfifo', [file]).status).to.equal(0)}),
  }

  for (const [what, plant] of Object.entries(oddities)) {
    it(`that is ${what}: told, and the session goes on without it`, () => {
      const {id} = begin(store, 'k', 'go')
      store.journal(id, [text('one')])
      const file = journal()
      died()
      rmSync(file)
      plant(file)
      store.settleSession('k')
      expect(brief(store.messages('k'))).to.deep.equal(['user go'])
      expect(notes).to.have.length(1)
      expect(notes[0]).to.include(file)
      store.reopenTurn(id)
      store.journal(id, [text('two')])
      store.finishTurn(id, {status: 'complete'})
      expect(brief(store.messages('k'))).to.deep.equal(['user go', 'assistant two'])
      say(store, 'k', 'more', '3')
      finished(store.tidy())
      store.deleteSession('k')
      expect(journals().filter((name) => !name.endsWith('.other') && what !== 'a folder')).to.deep.equal([])
    })

    it(`that is ${what} when a reply comes: told, and nothing of it is shown as kept`, () => {
      const {id} = begin(store, 'k', 'go')
      store.journal(id, [text('one')])
      const file = journal()
      rmSync(file)
      plant(file)
      const error = thrownBy(() => open().journal(id, [text('two')]))
      expect(error).to.include({exit: 6})
      expect(String((error as Error).message)).to.include(path.dirname(scratch.file))
    })
  }

  if (!isWindows) {
    it('that may not be read is told and kept aside; the session goes on without it', () => {
      const {id} = begin(store, 'k', 'go')
      store.journal(id, [text('one')])
      const file = journal()
      for (const folder of [scratch.directory, path.dirname(scratch.file)]) chmodSync(folder, 0o777)
      chmodSync(file, 0o000)
      died()
      store.messages('k')
      asOther(() => store.settleSession('k'))
      expect(notes[0])
        .to.match(/EACCES/)
        .and.include(file)
      expect(readFileSync(`${file}.unread`).length).to.be.greaterThan(0)
      store.reopenTurn(id)
      store.journal(id, [text('two')])
      store.finishTurn(id, {status: 'complete'})
      expect(brief(store.messages('k'))).to.deep.equal(['user go', 'assistant two'])
    })
  }

  it('that somebody removes ends the reply with its reason', () => {
    if (isWindows) return
    const {id} = begin(store, 'k', 'go')
    store.journal(id, [text('one')])
    rmSync(journal())
    expect(thrownBy(() => store.journal(id, [text('two')]))).to.include({code: 'store/removed'})
  })
})

/** Runs `work` as a user whom permissions bind; root may read everything. */
function asOther(work: () => void): void {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.('nobody')
  try {
    work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}
