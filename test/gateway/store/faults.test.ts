import {spawnSync} from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {expect} from 'chai'
import fc from 'fast-check'
import {HermesError} from '../../../src/errors.js'
import {openStoreForReading} from '../../../src/gateway/store/index.js'
import {migrations} from '../../../src/gateway/store/sqlite/migrations.js'
import {isWindows} from '../../../src/platform.js'
import {runs} from '../../helpers/sample.js'
import {Child} from './child.js'
import {begin, brief, Scratch, say, text, thrownBy, toolEnd} from './scratch.js'

describe('store: what can be wrong with the file', () => {
  let scratch: Scratch
  const children: Child[] = []

  beforeEach(() => {
    scratch = new Scratch()
  })
  afterEach(async () => {
    for (const child of children.splice(0)) await child.kill()
    scratch.remove()
  })

  const holdLock = async (...args: string[]) => {
    const child = new Child('hold-lock.mjs', [scratch.file, ...args])
    children.push(child)
    await child.until((stdout) => stdout === 'held\n')
    return child
  }

  /** Checks that it is refused with this code, path and a remedy, and that the file and its neighbours stay. */
  function expectRefused(code: string, message: RegExp, file = scratch.file): void {
    const before = snapshot(path.dirname(file))
    expectError(() => scratch.open({busyTimeoutMs: 50}, file), code, message, file)
    expect(snapshot(path.dirname(file))).to.deep.equal(before)
  }

  function expectError(work: () => unknown, code: string, message: RegExp, file = scratch.file): void {
    const error = thrownBy(work)
    expect(error).to.be.instanceOf(HermesError)
    expect(error).to.include({code, exit: 6})
    const {message: found, suggestions} = error as HermesError
    expect(found).to.match(message).and.include(file).and.not.include('\n')
    expect(suggestions).not.to.be.empty
  }

  it('creates file and directory for their owner alone', () => {
    if (isWindows) return void expect(scratch.open().path).to.equal(scratch.file)
    const umask = process.umask(0)
    try {
      say(scratch.open(), 'k', 'one', '1')
    } finally {
      process.umask(umask)
    }
    expect(statSync(path.dirname(scratch.file)).mode & 0o777).to.equal(0o700)
    for (const suffix of ['', '-wal', '-shm']) {
      expect(statSync(scratch.file + suffix).mode & 0o777, suffix).to.equal(0o600)
    }
  })

  if (!isWindows) {
    it('closes a file to others that was open to them', () => {
      say(scratch.open(), 'k', 'one', '1')
      for (const suffix of ['', '-wal', '-shm']) chmodSync(scratch.file + suffix, 0o644)
      scratch.open()
      for (const suffix of ['', '-wal', '-shm']) {
        expect(statSync(scratch.file + suffix).mode & 0o777, suffix).to.equal(0o600)
      }
    })
  }

  it('takes an empty file as a new database', () => {
    mkdirSync(path.dirname(scratch.file))
    writeFileSync(scratch.file, '')
    expect(scratch.open().listSessions(1)).to.deep.equal([])
  })

  it('refuses a database of a newer version, and leaves it as it is', () => {
    scratch.open().close()
    withDatabase(scratch.file, 'PRAGMA user_version = 99')
    const known = new RegExp(`schema version 99, from a newer hermes; this one knows ${migrations.length}\\b`)
    expectRefused('store/newer', known)
  })

  it('leaves the log of a newer version that died where it is', () => {
    const store = scratch.open()
    const db = new DatabaseSync(scratch.file)
    db.exec('PRAGMA user_version = 99')
    const copy = path.join(scratch.directory, 'copy.db')
    for (const suffix of ['', '-wal']) copyFileSync(scratch.file + suffix, copy + suffix)
    db.close()
    store.close()
    const before = ['', '-wal'].map((suffix) => readFileSync(copy + suffix, 'base64'))
    expectError(() => scratch.open({}, copy), 'store/newer', /version 99/, copy)
    expect(['', '-wal'].map((suffix) => readFileSync(copy + suffix, 'base64'))).to.deep.equal(before)
  })

  it('calls no flipped byte of its first pages a defect of ours', function () {
    this.timeout(60_000)
    const store = scratch.open()
    say(store, 'k', 'one', 'a reply')
    store.close()
    const whole = readFileSync(scratch.file)
    const schema = whole.indexOf('CREATE TABLE sessions')
    const pageSize = whole.readUInt16BE(16)
    const firstPages = fc.oneof(fc.nat(whole.length - 1), fc.integer({min: schema & -pageSize, max: schema + 400}))
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(firstPages, fc.nat(7), (at, bit) => {
        const file = path.join(scratch.directory, 'flipped', 'chat.db')
        rmSync(path.dirname(file), {recursive: true, force: true})
        mkdirSync(path.dirname(file))
        const bytes = Buffer.from(whole)
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at)
        writeFileSync(file, bytes)
        let outcome = 'works'
        try {
          const opened = scratch.open({}, file)
          try {
            opened.listSessions(10)
            opened.messages('k')
            opened.search('reply', 10)
            say(opened, 'k', 'two', 'b')
          } finally {
            opened.close()
          }
        } catch (error) {
          expect(error, String(error)).to.be.instanceOf(HermesError)
          const {code, exit} = error as HermesError
          // What is named is the session or the turn, not the database: its row was hit.
          if (!/^store\/(?:unknown|turn-state)/.test(code)) expect({code, exit}).to.include({exit: 6})
          outcome = code
        }
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
      }),
      {
        numRuns: runs(300, 100),
        examples: [
          [schema + 14, 7],
          [schema + 14, 0],
          // Of a constraint that what we write fits.
          [whole.indexOf("'running', 'complete'") + 6, 0],
          [whole.lastIndexOf("'running', 'complete'") + 6, 0],
        ],
      },
    )
    expect(seen.get('store/corrupt')).to.be.greaterThan(1)
    console.log(`        ${[...seen].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`)
  })

  if (!isWindows) {
    it('refuses to write a file that is no longer there, or is another one', () => {
      const gone: Record<string, () => void> = {
        'the file': () => rmSync(scratch.file),
        'its folder': () => rmSync(path.dirname(scratch.file), {recursive: true}),
        'moved away': () => renameSync(scratch.file, `${scratch.file}.old`),
        'the folder moved away': () => renameSync(path.dirname(scratch.file), `${path.dirname(scratch.file)}.old`),
        replaced: () => {
          copyFileSync(scratch.file, `${scratch.file}.new`)
          renameSync(`${scratch.file}.new`, scratch.file)
        },
      }
      for (const [what, remove] of Object.entries(gone)) {
        rmSync(path.dirname(scratch.file), {recursive: true, force: true})
        const store = scratch.open()
        const turn = begin(store, 'k', 'one')
        remove()
        const how = what === 'replaced' ? /^Nothing is kept: .* was replaced/ : /^Nothing is kept: .* was removed/
        expectError(() => store.journal(turn.id, [text('lost')]), 'store/removed', how)
        expectError(() => begin(store, 'k', 'two'), 'store/removed', how)
        store.close()
        rmSync(`${path.dirname(scratch.file)}.old`, {recursive: true, force: true})
      }
    })
  }

  it('can be looked at where it cannot be written', () => {
    say(scratch.open(), 'k', 'one', 'a reply')
    const reader = openStoreForReading(scratch.file)
    expect(reader.listSessions(10)).to.have.length(1)
    expect(brief(reader.messages('k'))).to.deep.equal(
      ['user one', 'a reply'].map((line, at) => (at ? `assistant ${line}` : line)),
    )
    expectError(() => begin(reader, 'k', 'two'), 'store/read-only', /cannot be written/)
    reader.close()
  })

  it("refuses another program's database", () => {
    mkdirSync(path.dirname(scratch.file))
    withDatabase(scratch.file, 'CREATE TABLE sessions (id TEXT PRIMARY KEY)')
    expectRefused('store/corrupt', /is the database of another program/)
    withDatabase(scratch.file, 'PRAGMA application_id = 12345')
    expectRefused('store/corrupt', /is the database of another program/)
  })

  for (const [what, bytes] of [
    ['text', Buffer.from('These are my notes.\n'.repeat(500))],
    ['a few bytes', Buffer.from('notes')],
    ['zeros', Buffer.alloc(8192)],
  ] as const) {
    it(`refuses a file of ${what}`, () => {
      mkdirSync(path.dirname(scratch.file))
      writeFileSync(scratch.file, bytes)
      expectRefused('store/corrupt', /is damaged \(file is not a database\)/)
    })
  }

  it('refuses a database whose first page is damaged', () => {
    const store = scratch.open()
    say(store, 'k', 'one', '1')
    store.close()
    const bytes = readFileSync(scratch.file)
    bytes.fill(0xa5, 100, 4096)
    writeFileSync(scratch.file, bytes)
    expectRefused('store/corrupt', /is damaged \(.*malformed/)
    bytes.fill(0, 0, 4096)
    writeFileSync(scratch.file, bytes)
    expectRefused('store/corrupt', /is damaged \(file is not a database\)/)
  })

  it('says that a database is damaged when it comes upon the damage', () => {
    const store = scratch.open()
    for (let n = 0; n < 50; n++) say(store, 'k', `prompt ${n}`, 'x'.repeat(5000))
    store.close()
    // Behind the pages of the schema.
    writeFileSync(scratch.file, readFileSync(scratch.file).fill(0xa5, 4096 * 70))
    const damaged = scratch.open()
    expectError(() => damaged.messages('k'), 'store/corrupt', /is damaged \(database disk image is malformed\)/)
  })

  it('refuses a directory, and a path through a file', () => {
    mkdirSync(scratch.file, {recursive: true})
    expectRefused('store/io', /is not a file/)
    const file = path.join(scratch.directory, 'file')
    writeFileSync(file, '')
    expectError(() => scratch.open({}, path.join(file, 'chat.db')), 'store/io', /cannot be read or written/, file)
  })

  it('says that another process holds the lock, and goes on when it is gone', async () => {
    const store = scratch.open({busyTimeoutMs: 50})
    say(store, 'k', 'one', '1')
    const holder = await holdLock()
    expectError(() => begin(store, 'k', 'two'), 'store/locked', /is locked by another program/)
    expect(brief(store.messages('k'))).to.deep.equal(['user one', 'assistant 1'])
    expect(brief(scratch.open({busyTimeoutMs: 50}).messages('k'))).to.have.length(2)
    holder.process.stdin?.end()
    await holder.exited()
    begin(store, 'k', 'two')
    expect(brief(store.messages('k'))).to.deep.equal(['user one', 'assistant 1', 'user two'])
  })

  it('refuses a new file that another process holds the lock of', async () => {
    mkdirSync(path.dirname(scratch.file))
    withDatabase(scratch.file, '')
    const holder = await holdLock()
    expectError(() => scratch.open({busyTimeoutMs: 50}), 'store/locked', /is locked by another program/)
    holder.process.stdin?.end()
    await holder.exited()
    expect(scratch.open().listSessions(1)).to.deep.equal([])
  })

  it('waits for another process that is soon done', async () => {
    const store = scratch.open()
    await holdLock('300')
    begin(store, 'k', 'one')
    expect(store.messageCount('k')).to.equal(1)
  })

  it('refuses a file that cannot be written', () => {
    scratch.open().close()
    chmodSync(scratch.directory, 0o755)
    chmodSync(path.dirname(scratch.file), 0o777)
    chmodSync(scratch.file, 0o444)
    const before = readFileSync(scratch.file)
    asOther(() => expectError(() => scratch.open(), 'store/read-only', /cannot be written \(/))
    expect(readFileSync(scratch.file).equals(before)).to.equal(true)
  })

  if (!isWindows) {
    it('refuses a directory that cannot be written, with and without a database', () => {
      scratch.open().close()
      chmodSync(scratch.directory, 0o755)
      chmodSync(scratch.file, 0o666)
      chmodSync(path.dirname(scratch.file), 0o555)
      try {
        asOther(() => {
          expectRefused('store/read-only', /cannot be written \(/)
          const missing = path.join(path.dirname(scratch.file), 'new.db')
          expectRefused('store/read-only', /cannot be written \(/, missing)
          const below = path.join(path.dirname(scratch.file), 'deeper', 'new.db')
          expectError(() => scratch.open({}, below), 'store/read-only', /cannot be written/, below)
        })
      } finally {
        chmodSync(path.dirname(scratch.file), 0o755)
      }
    })
  }

  it('refuses what a full disk cannot take, keeps what is there, and goes on when there is space', () => {
    const setup = scratch.open()
    say(setup, 'big', 'one', 'x '.repeat(100_000))
    setup.close()
    const store = scratch.open({maxPages: statSync(scratch.file).size / 4096 + 20})
    const turn = begin(store, 'k', 'hello')
    store.journal(turn.id, [text('first ')])
    const large = 'y '.repeat(200_000)
    expectError(() => begin(store, 'k', large), 'store/full', /is full/)
    expectError(() => begin(store, 'new', large), 'store/full', /is full/)
    expect(store.session('new')).to.equal(undefined)
    expect(brief(store.messages('k'))).to.deep.equal(['user hello', 'assistant first '])
    store.journal(turn.id, [text('second ')])
    store.journal(turn.id, [text(large.slice(0, 150_000))])
    expectError(() => store.finishTurn(turn.id, {status: 'complete'}), 'store/full', /is full/)
    expect(store.messages('k')[1]?.text).to.equal(`first second ${large.slice(0, 150_000)}`)
    store.journal(turn.id, [text('third')])
    store.deleteSession('big')
    store.finishTurn(turn.id, {status: 'complete'})
    expect(store.messages('k')[1]?.text).to.equal(`first second ${large.slice(0, 150_000)}third`)
    expect(readdirSync(path.dirname(scratch.file)).filter((name) => name.includes('-turn-'))).to.deep.equal([])
  })

  // Only root may mount a disk that is small enough to fill.
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    it('tells a full disk from a fault of the disk', () => {
      const disk = path.join(scratch.directory, 'disk')
      mkdirSync(disk)
      const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], {encoding: 'utf8'})
      expect(mount.status, mount.stderr).to.equal(0)
      try {
        const file = path.join(disk, 'chat.db')
        const filler = path.join(disk, 'filler')
        fill(filler)
        expectError(() => scratch.open({}, file), 'store/full', /is full/, file)
        truncateSync(filler)
        const store = scratch.open({}, file)
        say(store, 'k', 'one', '1')
        fill(filler)
        const work = () => begin(store, 'k', 'x'.repeat(100_000))
        expectError(work, 'store/full', /is full/, file)
        expect(brief(store.messages('k'))).to.deep.equal(['user one', 'assistant 1'])
        truncateSync(filler)
        work()
        expect(store.messageCount('k')).to.equal(3)
        // In the middle of a reply: what does not go in whole leaves nothing behind.
        const {id} = begin(store, 'k', 'two')
        store.journal(id, [text('first ')])
        fill(filler)
        const words = 'z'.repeat(10_000)
        expectError(() => store.journal(id, [text(words)]), 'store/full', /is full/, file)
        expectError(() => store.journal(id, [toolEnd('t', words.repeat(4))]), 'store/full', /is full/, file)
        expect(store.messages('k').at(-1)?.text).to.equal('first ')
        truncateSync(filler)
        store.journal(id, [text(words)])
        store.finishTurn(id, {status: 'complete'})
        expect(store.messages('k').at(-1)?.text).to.equal(`first ${words}`)
        store.close()
      } finally {
        spawnSync('umount', ['-l', disk])
      }
    })
  }
})

/** Names and bytes of a directory's files. */
function snapshot(directory: string): [string, string][] {
  return readdirSync(directory, {withFileTypes: true}).map((entry) => [
    entry.name,
    entry.isFile() ? readFileSync(path.join(directory, entry.name), 'base64') : '',
  ])
}

function withDatabase(file: string, sql: string): void {
  const db = new DatabaseSync(file)
  try {
    db.exec(sql)
  } finally {
    db.close()
  }
}

/** Runs `work` as a user whom permissions bind; root may write everything. */
function asOther(work: () => void): void {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.('nobody')
  try {
    work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

/** Writes until the disk is full. */
function fill(file: string): void {
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    try {
      writeFileSync(file, Buffer.alloc(size), {flag: 'a'})
    } catch {}
  }
}
