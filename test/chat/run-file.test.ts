import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {createRunFile, takeVanishedRuns} from '../../src/chat/run-file.js'
import {vanishedRecord} from '../../src/chat/watch.js'
import {processBirth} from '../../src/platform.js'
import type {OomCounter} from '../../src/supervisor/death/oom.js'

const oom = {kills: 3, group: '/a 17'}

describe('run file', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'run-file-'))
  })
  afterEach(() => rm(directory, {recursive: true, force: true}))
  const file = (instance: string) => path.join(directory, `${instance}.json`)
  const create = (instance = '0a1b2c3d') => createRunFile({directory, instance, oom})

  it('says who runs, follows what changes, and is gone after a clean end', () => {
    const run = create()
    run.update({sessionKey: 'key-1', gateway: {generation: 2, pid: 17}})
    run.update({memory: {rssBytes: 5, heapBytes: 4}})
    const state = JSON.parse(readFileSync(file('0a1b2c3d'), 'utf8'))
    expect(state).to.deep.include({
      pid: process.pid,
      sessionKey: 'key-1',
      gateway: {generation: 2, pid: 17},
      memory: {rssBytes: 5, heapBytes: 4},
      oomKills: 3,
    })
    expect(statSync(file('0a1b2c3d')).mode & 0o777).to.equal(0o600)
    expect(takeVanishedRuns(directory)).to.deep.equal([])
    run.remove()
    expect(readdirSync(directory)).to.deep.equal([])
  })

  it("counts the kernel's kills in its own cgroup only", () => {
    create()
    const state = JSON.parse(readFileSync(file('0a1b2c3d'), 'utf8'))
    const told = (now: OomCounter | undefined) => vanishedRecord(state, now, directory)
    expect(told({...oom, kills: 5})).to.include({oomKills: 2})
    expect(told({kills: 5, group: '/a 18'})).to.include({oomKills: undefined})
    expect(told(undefined)).to.include({oomKills: undefined})
  })

  it('of a process that is gone is told once', async () => {
    create()
    const child = spawn(process.execPath, ['-e', '0'])
    await once(child, 'exit')
    const state = JSON.parse(readFileSync(file('0a1b2c3d'), 'utf8'))
    writeFileSync(file('0a1b2c3d'), JSON.stringify({...state, pid: child.pid}))
    expect(takeVanishedRuns(directory)).to.have.length(1)
    expect(takeVanishedRuns(directory)).to.deep.equal([])
    expect(readdirSync(directory)).to.deep.equal([])
  })

  if (processBirth(process.pid) !== undefined)
    it('of a process whose pid is used again, or of another start of the system, is told', () => {
      create('00000001')
      create('00000002')
      for (const [name, change] of [
        ['00000001', {birth: '1'}],
        ['00000002', {boot: 'another'}],
      ] as const) {
        const state = JSON.parse(readFileSync(file(name), 'utf8'))
        writeFileSync(file(name), JSON.stringify({...state, ...change, startedAt: Number(name)}))
      }
      expect(takeVanishedRuns(directory).map(({instance}) => instance)).to.deep.equal(['00000001', '00000002'])
    })

  it('leaves alone what it does not know', () => {
    writeFileSync(path.join(directory, 'notes.json'), '{}')
    writeFileSync(file('0a1b2c3d'), '{"version": 1, "inst')
    expect(takeVanishedRuns(directory)).to.deep.equal([])
    expect(readdirSync(directory)).to.have.length(2)
  })

  it('is missing where it cannot be written, and nothing else is', () => {
    const blocked = path.join(directory, 'file')
    writeFileSync(blocked, '')
    const run = createRunFile({directory: blocked, instance: '0a1b2c3d', oom: undefined})
    run.update({sessionKey: 'x'})
    run.remove()
    expect(takeVanishedRuns(blocked)).to.deep.equal([])
    mkdirSync(path.join(directory, 'other'))
    expect(existsSync(path.join(directory, 'other', '0a1b2c3d.json'))).to.equal(false)
  })
})
