import {spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

const register = new URL('./register.mjs', import.meta.url).href
const module = new URL('../src/sqlite.ts', import.meta.url).href

describe('store: node:sqlite', () => {
  it('loads without a warning, and silences no other', () => {
    const script = `
      const {emitWarning} = process
      const {loadSqlite} = await import(${JSON.stringify(module)})
      const {DatabaseSync} = loadSqlite()
      console.log(new DatabaseSync(':memory:').prepare('SELECT 42 AS n').get().n, process.emitWarning === emitWarning)
      process.emitWarning('something else', 'ExperimentalWarning')
    `
    const {stdout, stderr} = spawnSync(
      process.execPath,
      ['--import', register, '--input-type=module', '--eval', script],
      {encoding: 'utf8', env: {PATH: process.env.PATH}, cwd: fileURLToPath(new URL('.', import.meta.url))},
    )
    expect(stdout).to.equal('42 true\n')
    expect(stderr)
      .to.match(/ExperimentalWarning: something else/)
      .and.not.match(/sqlite/i)
  })
})
