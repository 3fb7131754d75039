import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {type CrashLogOptions, createCrashLog, listCrashLogs, parseRecord} from '../../src/crash-log/index.js'
import {compiled} from '../helpers/compiled.js'
import {runs} from '../helpers/sample.js'

/** Modes, owners and links are not those of Windows. */
const unix = process.platform !== 'win32'

describe('crash log', () => {
  let directory: string
  let file: string
  const failures: string[] = []

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'crash-log-'))
    file = path.join(directory, 'logs', 'crash.log')
    failures.length = 0
  })
  afterEach(() => rm(directory, {recursive: true, force: true}))

  const open = (options: Partial<CrashLogOptions> = {}) =>
    createCrashLog({path: file, env: {}, onFailure: (message) => failures.push(message), ...options})
  const record = (n: number, event = 'spawn') => ({time: 1_000 + n, event, fields: [['n', n]] as const})
  const linesOf = (name: string) => readFileSync(name, 'utf8').split('\n').filter(Boolean)
  const numbers = (name = file) => linesOf(name).map((line) => Number(parseRecord(line)?.fields.get('n')))

  it('holds each record when write returns', () => {
    const log = open()
    for (let n = 0; n < 3; n += 1) {
      log.write({...record(n), sync: n === 2})
      expect(numbers()).to.deep.equal([...Array(n + 1).keys()])
    }
    log.close()
    expect(readFileSync(file, 'utf8').split('\n')[0]).to.equal('[tui-parent] 1970-01-01T00:00:01.000Z spawn n=0')
  })

  it('holds nothing that a command was given as a secret, whoever repeats it', () => {
    const log = open()
    const command = ['gateway', '-k', 'CANARYshort', '--token=CANARYlong', '-pCANARYglued', '-v']
    log.write({time: 0, event: 'spawn', fields: [['command', command]]})
    const stderrTail = 'usage: gateway\nunknown: CANARYshort, CANARYlong and -pCANARYglued'
    log.write({time: 0, event: 'exit', fields: [['stderrTail', stderrTail]]})
    log.close()
    expect(readFileSync(file, 'utf8')).to.include('unknown: ').and.not.include('CANARY')
  })

  it('can be written again after close', () => {
    const log = open()
    log.write(record(0))
    log.close()
    log.write(record(1))
    log.close()
    expect(numbers()).to.deep.equal([0, 1])
  })

  describe('keeps to itself', () => {
    if (!unix) return
    it('in a private directory and file', () => {
      const log = open()
      log.write(record(0))
      log.close()
      expect(statSync(file).mode & 0o777).to.equal(0o600)
      expect(statSync(path.dirname(file)).mode & 0o777).to.equal(0o700)
    })

    it('also when another program made the file readable for all', () => {
      mkdirSync(path.dirname(file))
      writeFileSync(file, '=== SIGTERM received ===\n')
      chmodSync(file, 0o644)
      const log = open()
      log.write(record(0))
      log.close()
      expect(statSync(file).mode & 0o777).to.equal(0o600)
      expect(linesOf(file)[0]).to.equal('=== SIGTERM received ===')
    })

    it('and follows no link', () => {
      mkdirSync(path.dirname(file))
      const target = path.join(directory, 'target')
      writeFileSync(target, 'precious\n')
      symlinkSync(target, file)
      const log = open()
      log.write(record(0))
      log.close()
      expect(readFileSync(target, 'utf8')).to.equal('precious\n')
      expect(failures).to.have.length(1)
      expect(failures[0]).to.equal(`cannot write the crash log ${file}: it is a symbolic link, which is not followed`)
    })

    // Only root can make such a file; others can't even open one.
    if (process.geteuid?.() !== 0) return
    it('and does not write into the file of somebody else', () => {
      mkdirSync(path.dirname(file))
      writeFileSync(file, 'theirs\n')
      chownSync(file, 12_345, 12_345)
      const log = open()
      log.write(record(0))
      log.close()
      expect(readFileSync(file, 'utf8')).to.equal('theirs\n')
      expect(failures[0]).to.contain('belongs to user 12345')
    })
  })

  it('begins a new line after what a killed writer left', () => {
    const log = open()
    log.write(record(0))
    appendFileSync(file, '[tui-parent] 2026-11-23T18:4')
    log.write(record(1))
    log.close()
    expect(readFileSync(file, 'utf8').split('\n').slice(1, 3)).to.deep.equal([
      '[tui-parent] 2026-11-23T18:4',
      '[tui-parent] 1970-01-01T00:00:01.001Z spawn n=1',
    ])
  })

  it('goes on in a new file when another process rotated it or a person deleted it', () => {
    const log = open()
    log.write(record(0))
    renameSync(file, `${file}.old`)
    log.write(record(1))
    expect(numbers(`${file}.old`)).to.deep.equal([0])
    rmSync(path.dirname(file), {recursive: true})
    log.write(record(2))
    log.close()
    expect(numbers()).to.deep.equal([2])
    expect(failures).to.deep.equal([])
  })

  it('rotates by size and keeps as many as it was told', () => {
    const log = open({maxBytes: 200, files: 3})
    for (let n = 0; n < 100; n += 1) log.write(record(n))
    log.close()
    const files = listCrashLogs(file)
    expect(files).to.have.length(4)
    expect(files.at(-1)).to.equal(file)
    for (const name of files) expect(statSync(name).size).to.be.lessThan(300)
    const kept = files.flatMap((name) => numbers(name))
    expect(kept).to.deep.equal(Array.from({length: kept.length}, (_, index) => 100 - kept.length + index))
  })

  it('leaves files beside it alone that only look like its own', () => {
    const log = open({maxBytes: 200, files: 1})
    mkdirSync(path.dirname(file))
    const others = ['crash.log.1', 'crash.log.bak', 'crash.log.20200101-1-1', 'other.log.20200101T000000000Z-1-1']
    for (const name of others) writeFileSync(path.join(path.dirname(file), name), 'mine')
    for (let n = 0; n < 50; n += 1) log.write(record(n))
    log.close()
    for (const name of others) expect(existsSync(path.join(path.dirname(file), name)), name).to.equal(true)
    expect(listCrashLogs(file)).to.have.length(2)
  })

  describe('that cannot be written', () => {
    it('warns once, and says later how many records were lost', () => {
      writeFileSync(path.dirname(file), 'a file where the directory should be')
      const log = open()
      for (let n = 0; n < 5; n += 1) log.write(record(n))
      expect(failures).to.have.length(1)
      rmSync(path.dirname(file))
      log.write(record(5))
      log.write(record(6))
      log.close()
      const fields = linesOf(file).map((line) => parseRecord(line)?.fields)
      expect(fields[0]?.get('lost')).to.equal('5')
      expect(fields[1]?.has('lost')).to.equal(false)
      expect(failures).to.have.length(1)
    })

    if (existsSync('/proc/self/fd'))
      it('at its old descriptor is opened anew, and nothing is lost', () => {
        const log = open()
        log.write(record(0))
        const {ino} = statSync(file)
        const mine = readdirSync('/proc/self/fd').find(
          (name) => statSync(`/proc/self/fd/${name}`, {throwIfNoEntry: false})?.ino === ino,
        )
        closeSync(Number(mine))
        log.write(record(1))
        log.close()
        expect(numbers()).to.deep.equal([0, 1])
        expect(failures).to.deep.equal([])
      })

    if (existsSync('/dev/full'))
      it('is a full disk', () => {
        const log = open({path: '/dev/full'})
        log.write({...record(0), sync: true})
        log.write(record(1))
        log.close()
        expect(failures).to.have.length(1)
        expect(failures[0]).to.contain('/dev/full').and.to.contain('ENOSPC')
      })

    if (unix)
      it('is in a directory without permission to write', () => {
        const logs = path.dirname(file)
        mkdirSync(logs)
        chmodSync(directory, 0o755)
        chmodSync(logs, 0o555)
        // Root may write everywhere.
        const isRoot = process.geteuid?.() === 0
        if (isRoot) process.seteuid?.(65_534)
        try {
          const log = open()
          log.write(record(0))
          log.write(record(1))
          log.close()
        } finally {
          if (isRoot) process.seteuid?.(0)
        }
        expect(failures).to.have.length(1)
        expect(failures[0]).to.contain(file).and.to.contain('EACCES')
        expect(existsSync(file)).to.equal(false)
      })

    if (unix)
      it('is a directory or a pipe', async () => {
        mkdirSync(file, {recursive: true})
        const inDirectory = open()
        inDirectory.write(record(0))
        expect(failures).to.have.length(1)
        const pipe = path.join(directory, 'pipe')
        const [code] = await once(spawn('mkfifo', [pipe]), 'exit')
        expect(code).to.equal(0)
        const inPipe = open({path: pipe})
        inPipe.write(record(0))
        expect(failures[1]).to.contain('not a file')
      })

    it('does not throw, even when the caller does', () => {
      writeFileSync(path.dirname(file), '')
      const log = open({
        onFailure: () => {
          throw new Error('screen gone')
        },
      })
      expect(() => log.write(record(0))).not.to.throw()
    })
  })

  it('of four processes with many lines each has lost and torn none across rotation', async () => {
    const appendLines = compiled(new URL('append-lines.ts', import.meta.url))
    const count = runs(50_000, 20_000)
    const writers = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (name) => {
        const args = [appendLines, file, name, String(count), String(runs(1_048_576, 400_000)), '100']
        const child = spawn(process.execPath, args, {stdio: ['pipe', 'pipe', 'inherit']})
        await once(child.stdout, 'data')
        return child
      }),
    )
    const ends = writers.map((child) => once(child, 'exit'))
    for (const child of writers) child.stdin.end('go\n')
    for (const end of ends) expect((await end)[0]).to.equal(0)

    const next = new Map<string, Set<number>>()
    const files = listCrashLogs(file)
    expect(files.length).to.be.greaterThan(10)
    for (const name of files) {
      const text = readFileSync(name, 'utf8')
      if (text !== '') expect(text.endsWith('\n'), name).to.equal(true)
      for (const line of text.split('\n')) {
        if (line === '') continue
        const fields = parseRecord(line)?.fields
        if (!fields) throw new Error(`torn in ${name}: ${line}`)
        expect(fields.has('lost')).to.equal(false)
        const n = Number(fields.get('n'))
        if (fields.get('text') !== 'x'.repeat(n % 97)) throw new Error(`mixed in ${name}: ${line}`)
        const seen = next.get(fields.get('writer') ?? '') ?? new Set()
        if (seen.has(n)) throw new Error(`twice: ${line}`)
        next.set(fields.get('writer') ?? '', seen.add(n))
      }
    }
    for (const name of ['a', 'b', 'c', 'd']) expect(next.get(name)?.size, name).to.equal(count)
  }).timeout(60_000)
})
