import {spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {verdictFile, verdictPrefix} from '../../src/hand-over/run-folder.js'
import {
  isForsaken,
  type RunningGateway,
  readRunning,
  runningFile,
  runningGateways,
  sweepRunning,
  thisProcess,
  writeRunning,
} from '../../src/hand-over/running.js'
import {processBirth} from '../../src/platform.js'
import {tellTried} from '../helpers/tried.js'

if (process.platform !== 'win32')
  describe('files of gateways that listen', () => {
    let folder = ''
    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'hermes-run-'))
    })
    afterEach(() => rmSync(folder, {recursive: true, force: true}))

    const ours = (): RunningGateway => ({
      version: 1,
      ...thisProcess(),
      socket: path.join(folder, 'a.sock'),
      token: 'ab'.repeat(32),
      protocol: [1, 1],
      build: '0.2.0',
      detachedAt: 5,
      sessions: [{key: '20261123_184200_a1b2c3', title: 'a "title"\n', cwd: '/', status: 'waiting'}],
    })

    it('are read as they were written', () => {
      writeRunning(folder, ours())
      expect(runningGateways(folder)).to.deep.equal([ours()])
      const agent = ['opencode', 'acp']
      writeRunning(folder, {...ours(), agent})
      expect(runningGateways(folder)[0]?.agent).to.deep.equal(agent)
      writeRunning(folder, {...ours(), agent: [1]} as unknown as RunningGateway)
      expect(runningGateways(folder)).to.deep.equal([])
    })

    it('are of nobody in a folder that others can use', () => {
      writeRunning(folder, ours())
      for (const mode of [0o755, 0o770, 0o707]) {
        chmodSync(folder, mode)
        expect(runningGateways(folder)).to.deep.equal([])
      }
    })

    it('are no gateway whatever else is in them, and stay', () => {
      const runs = 500
      const members = fc.constantFrom(...Object.keys(ours()))
      const broken = fc.oneof(
        fc.json(),
        fc.string(),
        fc.tuple(members, fc.jsonValue()).map(([member, value]) => JSON.stringify({...ours(), [member]: {value}})),
      )
      fc.assert(
        fc.property(broken, (text) => {
          writeFileSync(runningFile(folder, process.pid), text)
          expect(runningGateways(folder)).to.deep.equal([])
          sweepRunning(folder)
          expect(existsSync(runningFile(folder, process.pid))).to.equal(true)
        }),
        {numRuns: runs},
      )
      tellTried(runs, 'broken run files')
    })

    /** As a gateway leaves it that was killed. */
    async function leaveSocket(file: string): Promise<void> {
      const server = createServer().listen(`${file}.new`)
      await once(server, 'listening')
      renameSync(`${file}.new`, file)
      server.close()
      await once(server, 'close')
    }

    const gone: Record<string, Partial<RunningGateway>> = {
      'its pid is nobody': {pid: 2 ** 22 + 1, birth: undefined},
      'its pid is another process now': {birth: '1'},
      'the system was started anew': {boot: '00000000-0000-0000-0000-000000000000'},
    }
    for (const [what, change] of Object.entries(gone)) {
      it(`are swept with socket and verdict where ${what}`, async () => {
        const dead = {...ours(), ...change}
        writeRunning(folder, dead)
        await leaveSocket(dead.socket)
        writeFileSync(verdictFile(verdictPrefix(folder, '0a1b2c3d'), dead.pid), '')
        writeFileSync(path.join(folder, '0a1b2c3d.json'), '')
        expect(runningGateways(folder)).to.deep.equal([])
        sweepRunning(folder)
        expect(readdirSync(folder)).to.deep.equal(['0a1b2c3d.json'])
      })
    }

    it('take no file with them that is no socket, whatever stands in them', () => {
      const kept = path.join(folder, 'kept')
      writeFileSync(kept, 'words')
      symlinkSync(kept, path.join(folder, 'link'))
      for (const name of ['kept', 'link', '.', '..', 'nothing', '']) {
        const dead = {...ours(), birth: '1', socket: name && path.join(folder, name)}
        writeRunning(folder, dead)
        sweepRunning(folder)
        expect(existsSync(runningFile(folder, process.pid)), name).to.equal(false)
        expect(readFileSync(kept, 'utf8')).to.equal('words')
      }
    })

    const odd: Record<string, (file: string) => void> = {
      'a FIFO': (file) => spawnSync('mkfifo', [file]),
      'a folder': (file) => mkdirSync(file),
      'larger than any': (file) => truncateSync(file, 2 ** 32),
      'a link to nothing': (file) => symlinkSync('nothing', file),
      'a device': (file) => symlinkSync('/dev/zero', file),
    }
    for (const [what, make] of Object.entries(odd)) {
      it(`are none where one is ${what}, and nobody waits for it`, () => {
        const file = runningFile(folder, process.pid)
        if (what === 'larger than any') writeFileSync(file, '')
        make(file)
        expect(runningGateways(folder)).to.deep.equal([])
        sweepRunning(folder)
        expect(readdirSync(folder)).to.deep.equal([path.basename(file)])
      })
    }

    it('tell of one whose program has ended, and which has not noticed yet', () => {
      const birth = processBirth(process.pid)
      const forsaken = (change: Partial<RunningGateway>) => isForsaken({...ours(), detachedAt: undefined, ...change})
      expect(forsaken({})).to.equal(false)
      expect(forsaken({client: {pid: process.pid, birth}})).to.equal(false)
      expect(forsaken({client: {pid: 2 ** 22 + 1}})).to.equal(true)
      expect(forsaken({client: {pid: process.pid, birth: '1'}})).to.equal(true)
      expect(forsaken({client: {pid: 2 ** 22 + 1}, detachedAt: 1})).to.equal(false)
    })

    it('are not read under the name of another process', () => {
      writeFileSync(runningFile(folder, 1), JSON.stringify(ours()))
      expect(readRunning(runningFile(folder, 1))).to.equal(undefined)
    })

    it('are swept with sockets, verdicts and halves of gateways that are gone, in all folders, and nothing else is', () => {
      const other = mkdtempSync(path.join(tmpdir(), 'hermes-sockets-'))
      const dead = fc.integer({min: 2 ** 22 + 1, max: 2 ** 22 + 9})
      const pid = fc.oneof(fc.constant(process.pid), dead)
      const file = fc.tuple(
        pid,
        fc.constantFrom(
          (each: number) => `${each}-abcdef.sock`,
          (each: number) => `01234567-${each}.verdict`,
          (each: number) => `gateway-${each}.json.new`,
        ),
      )
      const foreign = fc.constantFrom('run-01234567.json', 'notes.sock', 'x.verdict', 'gateway-1.txt')
      fc.assert(
        fc.property(fc.array(file), fc.array(foreign), fc.boolean(), (files, others, elsewhere) => {
          const place = elsewhere ? other : folder
          for (const each of [folder, other]) for (const name of readdirSync(each)) rmSync(path.join(each, name))
          const made = files.map(([each, name]) => ({name: name(each), stays: each === process.pid}))
          for (const {name} of made) writeFileSync(path.join(place, name), '')
          for (const name of others) writeFileSync(path.join(place, name), '')
          const stay = [...made.filter(({stays}) => stays).map(({name}) => name), ...others]
          sweepRunning(folder, [other])
          expect(new Set(readdirSync(place))).to.deep.equal(new Set(stay))
        }),
      )
      rmSync(other, {recursive: true, force: true})
    })
  })
