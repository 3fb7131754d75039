import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {killsIn, readKernelKills} from '../../src/doctor/kernel-log.js'

describe("the kernel's log", () => {
  it('tells which process was killed for want of memory, and when', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'hermes-kmsg-'))
    try {
      const file = path.join(directory, 'kmsg')
      writeFileSync(file, '6,1,100,-;usb 1-1: new device\n')
      expect(readKernelKills(file, 1000)).to.deep.equal([])
      const line = 'Memory cgroup out of memory: Killed process 17045 (MainThread) total-vm:1816712kB'
      writeFileSync(file, `3,504,5515443747,-;${line}\n SUBSYSTEM=memory\n`)
      expect(readKernelKills(file, 1000)).to.deep.equal([
        {pid: 17045, time: 1000 + 5_515_443.747, line, limitBytes: undefined},
      ])
      expect(readKernelKills(path.join(directory, 'none'), 1000)).to.deep.equal([])
    } finally {
      rmSync(directory, {recursive: true})
    }
  })

  it('tells the limit of the cgroup that was full, and none where the machine was', () => {
    const kill = (pid: number, what: string) => `3,1,1000,-;${what}: Killed process ${pid} (node) total-vm:1kB\n`
    const records = [
      '4,1,900,-;memory: usage 409600kB, limit 409600kB, failcnt 119\n',
      '4,1,901,-;memory+swap: usage 409600kB, limit 9007199254740988kB, failcnt 0\n',
      kill(1, 'Memory cgroup out of memory'),
      kill(2, 'Out of memory'),
    ]
    expect(killsIn(records, 0).map(({pid, limitBytes}) => [pid, limitBytes])).to.deep.equal([
      [1, 400 * 1024 * 1024],
      [2, undefined],
    ])
  })
})
