import {once} from 'node:events'
import {existsSync} from 'node:fs'
import type {AddressInfo} from 'node:net'
import {createServer} from 'node:net'
import {expect} from 'chai'
import {untilItListens} from '../../../bench/peers/person.js'
import {connectedTo} from '../../../bench/peers/processes.js'
import {Stages} from '../../../bench/peers/stage.js'
import {isRunning} from '../../helpers/pty/processes.js'

describe('a stage on which a program is measured', () => {
  it('is cleared at any moment: what runs on it, what left its terminal, its home; and nothing starts on it any more', async () => {
    const stages = new Stages()
    let home = ''
    let pids: number[] = []
    const act = stages.use(async (stage) => {
      home = stage.home.dir
      const script =
        "const {spawn} = require('child_process'); spawn('sleep', ['600'], {detached: true}); setInterval(() => {}, 1e6)"
      const screen = stage.open([process.execPath, '-e', `${script}; console.log('started')`], {})
      await screen.waitFor('started')
      pids = stage.processes()
      await stages.close()
      stage.open(['true'], {})
    })
    const error = await act.catch((thrown: unknown) => thrown)
    expect(error).to.be.an('error').with.property('message', 'the measurement was ended')
    expect(pids).to.have.length(2)
    expect(pids.filter(isRunning)).to.deep.equal([])
    expect(existsSync(home)).to.equal(false)
    expect(await stages.use(async () => 1).catch((thrown: unknown) => thrown)).to.be.an('error')
  })

  it('tells a program that never listens by what it shows, in time', async () => {
    await new Stages().use(async (stage) => {
      const screen = stage.open(['/bin/sh', '-c', 'echo please log in first; sleep 600'], {})
      const error = await untilItListens(screen, 500).catch((thrown: unknown) => thrown)
      expect(error).to.have.property('message', 'it did not take the keyboard: "please log in first"')
    })
  })

  it('knows which process has the connection to the model', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const {port} = server.address() as AddressInfo
    await new Stages().use(async (stage) => {
      const connection = once(server, 'connection')
      const connect = `require('net').connect(${port}, '127.0.0.1'); setInterval(() => {}, 1e6)`
      stage.open([process.execPath, '-e', connect], {})
      const other = stage.open(['/bin/sh', '-c', 'sleep 600'], {})
      await connection
      const found = connectedTo(port, stage.processes())
      expect(found).to.have.length(1).and.not.include(other.pid)
    })
    server.close()
  })
})
