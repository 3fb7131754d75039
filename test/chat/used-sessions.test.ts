import {spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {noteUsed, runsWith, usedSessions} from '../../src/chat/used-sessions.js'
import {homeFiles, processBirth} from '../../src/platform.js'
import {runs} from '../helpers/sample.js'

describe('used sessions', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'used-'))
    mkdirSync(homeFiles(home).runs)
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))

  const gone = spawnSync(process.execPath, ['-e', '']).pid

  function run(instance: string, pid: number, sessionKey: string | undefined, lastSeen: number): void {
    const state = {version: 1, instance, pid, birth: processBirth(pid), startedAt: 1, lastSeen, sessionKey}
    const file = path.join(homeFiles(home).runs, `${instance}.json`)
    writeFileSync(file, JSON.stringify({...state, gateway: {generation: 1}}))
  }

  it('are those that runs have, had when they vanished, or had at their end, newest first', () => {
    const files = homeFiles(home)
    expect(usedSessions(files)).to.deep.equal([])
    noteUsed(files.usedSessions, [{key: 'ended', at: 20}])
    noteUsed(files.usedSessions, [{key: 'older', at: 10}])
    run('0000000a', process.pid, 'open', 30)
    run('0000000b', gone, 'vanished', 40)
    run('0000000c', gone, 'ended', 5)
    run('0000000d', gone, undefined, 50)
    expect(usedSessions(files).map(({key}) => key)).to.deep.equal(['vanished', 'open', 'ended', 'older'])
    expect(statSync(files.usedSessions).mode & 0o777).to.equal(0o600)
  })

  it('keep the newest of each and no more than some, whatever is noted, and read no other file', () => {
    const file = homeFiles(home).usedSessions
    const used = fc.array(fc.record({key: fc.stringMatching(/^k\d{1,2}$/), at: fc.nat()}), {maxLength: 60})
    fc.assert(
      fc.property(fc.array(used, {maxLength: 4}), fc.string(), (times, junk) => {
        rmSync(file, {force: true})
        for (const each of times) noteUsed(file, each)
        const all = times.flat()
        const kept = usedSessions(homeFiles(home))
        expect(kept.length).to.be.at.most(32)
        for (const {key, at} of kept)
          expect(at).to.equal(Math.max(...all.flatMap((e) => (e.key === key ? [e.at] : []))))
        expect(kept.map(({at}) => at)).to.deep.equal(kept.map(({at}) => at).toSorted((a, b) => b - a))
        writeFileSync(file, junk)
        expect(usedSessions(homeFiles(home))).to.deep.equal([])
      }),
      {numRuns: runs(50, 15)},
    )
  })

  it('are open in another run only where that one lives', () => {
    run('0000000a', process.pid, 'K', 1)
    run('0000000b', process.pid, 'K', 1)
    run('0000000c', gone, 'K', 1)
    run('0000000d', process.pid, 'other', 1)
    expect(runsWith(homeFiles(home).runs, 'K', '0000000a').map(({instance}) => instance)).to.deep.equal(['0000000b'])
    expect(JSON.parse(readFileSync(path.join(homeFiles(home).runs, '0000000a.json'), 'utf8')).pid).to.equal(process.pid)
  })
})
