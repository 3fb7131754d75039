import {chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {verdictFile, verdictPrefix} from '../../src/hand-over/run-folder.js'
import {
  type RunningGateway,
  readRunning,
  runningFile,
  runningGateways,
  sweepRunning,
  thisProcess,
  writeRunning,
} from '../../src/hand-over/running.js'
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

    const gone: Record<string, Partial<RunningGateway>> = {
      'its pid is nobody': {pid: 2 ** 22 + 1, birth: undefined},
      'its pid is another process now': {birth: '1'},
      'the system was started anew': {boot: '00000000-0000-0000-0000-000000000000'},
    }
    for (const [what, change] of Object.entries(gone)) {
      it(`are swept with socket and verdict where ${what}`, () => {
        const dead = {...ours(), ...change}
        writeRunning(folder, dead)
        writeFileSync(dead.socket, '')
        writeFileSync(verdictFile(verdictPrefix(folder, '0a1b2c3d'), dead.pid), '')
        writeFileSync(path.join(folder, '0a1b2c3d.json'), '')
        expect(runningGateways(folder)).to.deep.equal([])
        sweepRunning(folder)
        expect(readdirSync(folder)).to.deep.equal(['0a1b2c3d.json'])
      })
    }

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
