import {mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {readCrashLog} from '../../src/doctor/log/read-log.js'
import {isMissing} from '../../src/doctor/missing.js'

describe('a file that may not be looked at', () => {
  it('is not taken for a missing one', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'hermes-missing-'))
    try {
      const loop = path.join(directory, 'loop')
      symlinkSync(loop, loop)
      writeFileSync(path.join(directory, 'file'), '')
      expect(isMissing(path.join(directory, 'none'))).to.equal(true)
      expect(isMissing(path.join(directory, 'no', 'folder'))).to.equal(true)
      expect(isMissing(path.join(directory, 'file', 'below'))).to.equal(true)
      expect(isMissing(path.join(directory, 'file'))).to.equal(false)
      // As root nothing is forbidden; a folder that leads nowhere hides its files as well.
      expect(isMissing(path.join(loop, 'log'))).to.equal(false)
      expect(readCrashLog(path.join(loop, 'log'), () => {}).unreadable).to.have.length(1)
      expect(readCrashLog(path.join(directory, 'none'), () => {}).unreadable).to.deep.equal([])
    } finally {
      rmSync(directory, {recursive: true, force: true})
    }
  })
})
