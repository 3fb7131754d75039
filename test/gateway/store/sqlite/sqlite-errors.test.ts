import {expect} from 'chai'
import {HermesError} from '../../../../src/errors.js'
import {isBusy, toStoreError} from '../../../../src/gateway/store/sqlite/sqlite-errors.js'
import {Scratch} from '../scratch.js'

/** An error as node:sqlite throws it; `errcode` is SQLite's extended result code. */
function sqliteError(errcode: number, message = 'what SQLite says') {
  return Object.assign(new Error(message), {code: 'ERR_SQLITE_ERROR', errcode})
}

function systemError(code: string) {
  return Object.assign(new Error(`${code}: what the system says`), {code})
}

describe('store: errors of SQLite and the file system', () => {
  let scratch: Scratch
  beforeEach(() => {
    scratch = new Scratch()
    scratch.open().close()
  })
  afterEach(() => scratch.remove())

  const codes: [string, Error][] = [
    ['store/locked', sqliteError(5)],
    ['store/locked', sqliteError(5 | (1 << 8))],
    ['store/locked', sqliteError(6)],
    ['store/locked', sqliteError(15)],
    ['store/read-only', sqliteError(8)],
    ['store/read-only', sqliteError(3)],
    ['store/corrupt', sqliteError(11)],
    ['store/corrupt', sqliteError(26)],
    ['store/full', sqliteError(13)],
    ['store/io', sqliteError(10 | (3 << 8))],
    ['store/io', sqliteError(14)],
    ['store/read-only', systemError('EROFS')],
    ['store/read-only', systemError('EPERM')],
    ['store/full', systemError('ENOSPC')],
    ['store/full', systemError('EDQUOT')],
    ['store/io', systemError('EIO')],
    ['store/io', systemError('ENOTDIR')],
  ]
  for (const [code, error] of codes) {
    const name = 'errcode' in error ? `SQLite ${error.errcode}` : error.message.split(':')[0]
    it(`tells ${name} as ${code}, with path, finding and remedy`, () => {
      const told = toStoreError(error, scratch.file)
      expect(told).to.be.instanceOf(HermesError)
      expect(told).to.include({code, exit: 6, cause: error})
      expect((told as HermesError).message)
        .to.include(scratch.file)
        .and.include(error.message)
      expect((told as HermesError).suggestions).not.to.be.empty
    })
  }

  it('leaves defects and what was told already as they are', () => {
    const closed = Object.assign(new Error('database is not open'), {code: 'ERR_INVALID_STATE'})
    const told = new HermesError('told', {code: 'store/title-taken'})
    for (const error of [sqliteError(1), sqliteError(2067), new TypeError('x'), closed, told, 'text', undefined]) {
      expect(toStoreError(error, scratch.file)).to.equal(error)
    }
  })

  it('knows what can succeed a moment later', () => {
    const errors = [sqliteError(5), sqliteError(261), sqliteError(6), sqliteError(13), systemError('EBUSY'), null]
    expect(errors.map(isBusy)).to.deep.equal([true, true, true, false, false, false])
  })
})
