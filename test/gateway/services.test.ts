import {existsSync, mkdtempSync, renameSync, rmSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {defaultConfig} from '../../src/config/index.js'
import {realParts, Services} from '../../src/gateway/services.js'
import type {Store} from '../../src/gateway/store/types.js'
import {homeFiles} from '../../src/platform.js'

describe('what a standby has prepared', () => {
  let home: string
  let opened: Store[]
  let services: Services
  const database = () => homeFiles(home).database

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'hermes-services-'))
    opened = []
    services = new Services({
      home,
      env: {},
      cwd: home,
      diagnose: () => {},
      parts: {
        ...realParts,
        loadConfig: async () => ({values: defaultConfig(), files: []}),
        async openStore(file) {
          const store = await realParts.openStore(file)
          opened.push(store)
          return store
        },
      },
    })
  })
  afterEach(() => {
    for (const store of opened) store.close()
    rmSync(home, {recursive: true, force: true})
  })

  const createDatabase = async () => (await realParts.openStore(database())).close()

  it('is the database, opened and with its statements compiled', async () => {
    await createDatabase()
    await services.prepare(['SELECT 1'])
    expect(opened[0]?.statements).to.deep.equal(['SELECT 1'])
    expect(services.openedStore, 'it is closed with the process').to.equal(opened[0])
    expect(await services.store()).to.equal(opened[0])
    expect(opened).to.have.length(1)
  })

  it('is not a database that was replaced since', async () => {
    await createDatabase()
    await services.prepare([])
    renameSync(database(), `${database()}.old`)
    await createDatabase()
    const store = await services.store()
    expect(store).to.equal(opened[1])
    expect(() => opened[0]?.mostRecent(), 'the old one is closed').to.throw()
    expect(store.mostRecent()).to.equal(undefined)
  })

  it('is no database where there is none', async () => {
    await services.prepare([])
    expect(existsSync(database())).to.equal(false)
    expect((await services.store()).mostRecent()).to.equal(undefined)
  })

  it('is not a database that can no longer be looked at', async () => {
    await createDatabase()
    await services.prepare([])
    renameSync(database(), `${database()}.old`)
    // Nobody may follow it, not even root.
    symlinkSync(database(), database())
    const refused = () => services.store().catch(({code}) => code)
    expect(await refused()).to.match(/^store\//)
    expect(() => opened[0]?.mostRecent(), 'the old one is closed').to.throw()
    expect(await refused(), 'without anything prepared').to.match(/^store\//)
  })

  it('leaves alone what is asked for at the same time', async () => {
    await createDatabase()
    const [, store] = await Promise.all([services.prepare(['SELECT 1']), services.store()])
    expect(store.mostRecent()).to.equal(undefined)
    expect(await services.store()).to.equal(store)
  })
})
