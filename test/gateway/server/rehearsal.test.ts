import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {defaultConfig} from '../../../src/config/index.js'
import {rehearse} from '../../../src/gateway/server/rehearsal.js'

describe('rehearsal of a standby', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'hermes-rehearsal-'))
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))

  const place = () => ({env: {}, home, cwd: home, version: '0'})

  it('plays a whole turn without a file of its own, whatever model is configured', async () => {
    const values = {...defaultConfig(), model: 'openai/never-asked'}
    let read = 0
    const loadConfig = async () => {
      read++
      return {values, files: []}
    }
    await rehearse({...place(), parts: {loadConfig}})
    expect(read).to.equal(1)
    expect(readdirSync(home)).to.deep.equal([])
  })

  it('ends where the configuration is broken', async () => {
    const loadConfig = () => Promise.reject(new Error('broken'))
    let failure = ''
    await rehearse({...place(), parts: {loadConfig}}).catch((error: Error) => {
      failure = error.message
    })
    expect(failure).to.include('broken')
  })
})
