import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {readKernelKills} from '../../src/doctor/kernel-log.js'

describe("the kernel's log", () => {
  it('tells which process was killed for want of memory, and when', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'hermes-kmsg-'))
    try {
      const file = path.join(directory, 'kmsg')
      writeFileSync(file, '6,1,100,-;usb 1-1: new device\n')
      expect(readKernelKills(file, 1000)).to.deep.equal([])
      const line = 'Memory cgroup out of memory: Killed process 17045 (MainThread) total-vm:1816712kB'
      writeFileSync(file, `3,504,5515443747,-;${line}\n SUBSYSTEM=memory\n`)
      expect(readKernelKills(file, 1000)).to.deep.equal([{pid: 17045, time: 1000 + 5_515_443.747, line}])
      expect(readKernelKills(path.join(directory, 'none'), 1000)).to.deep.equal([])
    } finally {
      rmSync(directory, {recursive: true})
    }
  })
})
