import {chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {expect} from 'chai'
import {watchCgroup} from '../../src/supervisor/death/memory-cgroup.js'
import {readOomKills, watchOomKills} from '../../src/supervisor/death/oom.js'
import {findProgram, parentDeathPrefix} from '../../src/supervisor/process/parent-death.js'
import {readProcessFacts} from '../../src/supervisor/process/process-facts.js'

describe('what the system tells', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'hermes-system-'))
  })
  afterEach(() => rmSync(root, {recursive: true}))

  const put = (file: string, text: string, mode = 0o644) => {
    const full = path.join(root, file)
    mkdirSync(path.dirname(full), {recursive: true})
    writeFileSync(full, text)
    chmodSync(full, mode)
    return full
  }

  describe('OOM kills', () => {
    it('are counted by cgroup v2, of this group alone where it says so', () => {
      put('proc/self/cgroup', '0::/user.slice/a.scope\n')
      put('sys/fs/cgroup/user.slice/a.scope/memory.events', 'low 0\noom 9\noom_kill 9\n')
      expect(readOomKills(root)).to.equal(9)
      put('sys/fs/cgroup/user.slice/a.scope/memory.events.local', 'low 0\noom 2\noom_kill 2\noom_group_kill 0\n')
      expect(readOomKills(root)).to.equal(2)
    })

    it('are counted by cgroup v1', () => {
      put('proc/self/cgroup', '5:cpu,cpuacct:/x\n4:memory:/docker/abc\n0::/docker/abc\n')
      put('sys/fs/cgroup/memory/docker/abc/memory.oom_control', 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n')
      expect(readOomKills(root)).to.equal(3)
    })

    it('are looked for at the root of the mount inside a container', () => {
      put('proc/self/cgroup', '4:memory:/docker/abc\n')
      put('sys/fs/cgroup/memory/memory.oom_control', 'oom_kill 1\n')
      expect(readOomKills(root)).to.equal(1)
    })

    it('count for a death only when they are recent', async () => {
      let counted = 1
      let reads = 0
      const until = async (times: number) => {
        while (reads < times) await setTimeout(1)
      }
      const window = watchOomKills(() => {
        reads += 1
        return counted
      }, 5)
      try {
        counted = 2
        expect(window.kills(), 'just now').to.equal(1)
        // Of the next two samples the first may still hold what was there before.
        await until(reads + 3)
        expect(window.kills(), 'long ago').to.equal(0)
        counted = 3
        expect(window.kills(), 'a second one').to.equal(1)
      } finally {
        window.stop()
      }
      expect(watchOomKills(() => undefined).kills()).to.equal(undefined)
    })

    it('are unknown where nobody counts', () => {
      expect(readOomKills(root)).to.equal(undefined)
      put('proc/self/cgroup', '0::/\n')
      expect(readOomKills(root)).to.equal(undefined)
    })
  })

  describe('the memory of the cgroup', () => {
    it('is what it holds without the file cache, of the groups below too, in both versions', () => {
      expect(watchCgroup(root)).to.equal(undefined)
      put('proc/self/cgroup', '0::/a\n')
      put('sys/fs/cgroup/a/memory.current', '1000\n')
      put('sys/fs/cgroup/a/memory.stat', 'anon 400\nfile 600\ninactive_file 200\nactive_file 100\n')
      expect(watchCgroup(root)?.heldBytes()).to.equal(700)
      put('proc/self/cgroup', '4:memory:/b\n')
      put('sys/fs/cgroup/memory/b/memory.usage_in_bytes', '1000\n')
      const below = 'total_inactive_file 20\ntotal_active_file 10\n'
      put('sys/fs/cgroup/memory/b/memory.stat', `inactive_file 2\nactive_file 1\n${below}`)
      expect(watchCgroup(root)?.heldBytes()).to.equal(970)
    })

    it('knows whether another process is larger than this one', () => {
      const resident = (pid: number | string, kb: number) => put(`proc/${pid}/status`, `Name:\tx\nVmRSS:\t  ${kb} kB\n`)
      put('proc/self/cgroup', '0::/a\n')
      put('sys/fs/cgroup/a/memory.current', '400000\n')
      put('sys/fs/cgroup/a/memory.stat', 'anon 300000\nshmem 100000\n')
      put('sys/fs/cgroup/a/cgroup.procs', `${process.pid}\n41\n42\n43\n`)
      resident('self', 100)
      resident(41, 99)
      resident(42, 100)
      const isLargest = (kb: number) => watchCgroup(root)?.isLargest(kb * 1024)
      expect(isLargest(300), 'process 43 has ended meanwhile').to.equal(true)
      expect(isLargest(495), 'files in memory belong to nobody').to.equal(true)
      expect(isLargest(500), 'one that was killed is not listed and holds the rest').to.equal(false)
      resident(42, 101)
      expect(isLargest(300)).to.equal(false)
    })
  })

  it('is the state and the processor time of a process', () => {
    const facts = readProcessFacts(process.pid)
    if (process.platform === 'linux') {
      expect(facts?.state).to.equal('R')
      expect(facts?.cpuMs).to.be.above(0)
    } else expect(facts).to.equal(undefined)
    expect(readProcessFacts(2 ** 30)).to.equal(undefined)
  })

  it('is where a program is', () => {
    const program = put('bin/tool', '#!/bin/sh\n', 0o755)
    put('bin/text', 'x')
    mkdirSync(path.join(root, 'bin/folder'))
    const env = {PATH: ['/no/such', path.join(root, 'bin')].join(path.delimiter)}
    expect(findProgram('tool', env)).to.equal(program)
    expect(findProgram('text', env)).to.equal(undefined)
    expect(findProgram('folder', env)).to.equal(undefined)
    expect(findProgram('./bin/tool', {}, root)).to.equal(program)
    expect(findProgram('tool', {})).to.equal(undefined)
  })

  it('asks for the parent-death signal where the program for it knows it', () => {
    const env = {PATH: path.join(root, 'bin')}
    expect(parentDeathPrefix(env, 'linux')).to.deep.equal([])
    put('bin/setpriv', 'BusyBox v1.37', 0o755)
    expect(parentDeathPrefix(env, 'linux')).to.deep.equal([])
    const file = put('bin/setpriv', 'usage: --pdeathsig keep|clear|<signame>', 0o755)
    expect(parentDeathPrefix(env, 'linux')).to.deep.equal([file, '--pdeathsig', 'KILL', '--'])
    expect(parentDeathPrefix(env, 'darwin')).to.deep.equal([])
  })
})
