import {spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {createServer, type Server} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {type AdoptOptions, adoptRunning} from '../../../src/chat/hand-over/adopt.js'
import {type RunningGateway, runningFile, thisProcess, writeRunning} from '../../../src/hand-over/running.js'
import {BareHandOver} from '../../gateway/hand-over/bare-hand-over.js'
import {tellTried} from '../../helpers/tried.js'

if (process.platform !== 'win32')
  describe('who looks for a gateway to come back to', function () {
    this.timeout(30_000)
    let parent = ''
    let bare: BareHandOver | undefined
    const said: string[] = []
    const folder = () => path.join(parent, 'run')
    const options = (): AdoptOptions => ({
      folder: folder(),
      instance: '00000001',
      build: 'test',
      env: {},
      log: path.join(parent, 'crash.log'),
      notify: (text) => said.push(text),
    })
    const left = () => {
      bare = new BareHandOver({folder: folder(), lookMs: 3, lingerMs: 60_000})
      expect(bare.handOver.decide()).to.equal(true)
      return bare
    }
    beforeEach(() => {
      said.length = 0
      parent = mkdtempSync(path.join(tmpdir(), 'hermes-adopt-'))
    })
    afterEach(() => {
      bare?.handOver.close()
      bare = undefined
      rmSync(parent, {recursive: true, force: true})
    })

    it('follows one to its new socket where the first one is gone', async () => {
      const gateway = left()
      gateway.handOver.detached()
      rmSync(gateway.file?.socket ?? '')
      const adopted = await adoptRunning({kind: 'stored', key: 'k'}, options())
      expect(adopted?.gateway.pid).to.equal(process.pid)
      expect(gateway.admitted).to.equal(1)
      adopted?.gateway.socket.destroy()
    })

    it('takes none that another agent answers in, or the gateway itself', async () => {
      const gateway = left()
      gateway.handOver.detached()
      const agent = ['gemini']
      expect(await adoptRunning({kind: 'stored', key: 'k'}, {...options(), agent})).to.equal(undefined)
      if (gateway.file) writeRunning(folder(), {...gateway.file, agent})
      expect(await adoptRunning({kind: 'stored', key: 'k'}, options())).to.equal(undefined)
      expect(await adoptRunning({kind: 'stored', key: 'k'}, {...options(), agent: ['opencode']})).to.equal(undefined)
      const adopted = await adoptRunning({kind: 'stored', key: 'k'}, {...options(), agent})
      expect(adopted?.gateway.pid).to.equal(process.pid)
      adopted?.gateway.socket.destroy()
    })

    it('waits for one whose program has ended until it says what it does', async () => {
      const gateway = left()
      const {file} = gateway
      if (!file) throw new Error('it is not written down')
      writeRunning(folder(), {...file, client: {pid: 2 ** 22 + 1}})
      const adopting = adoptRunning({kind: 'stored', key: 'k'}, options())
      setTimeout(() => gateway.handOver.detached(), 30)
      const adopted = await adopting
      expect(adopted?.target).to.deep.equal({kind: 'stored', key: 'k'})
      adopted?.gateway.socket.destroy()
    })

    it('is neither stopped nor kept waiting by whatever lies in the folder', async () => {
      const servers: Server[] = []
      const socket = path.join(parent, 'run', 'planted.sock')
      const planted = (change: Partial<RunningGateway>): RunningGateway => ({
        version: 1,
        ...thisProcess(),
        socket,
        token: 'ab'.repeat(32),
        protocol: [1, 1],
        build: '0.2.0',
        detachedAt: 1,
        sessions: [{key: 'k', title: '', cwd: '/', status: 'working'}],
        ...change,
      })
      const file = () => runningFile(folder(), process.pid)
      const plants: Record<string, () => void> = {
        'a FIFO': () => spawnSync('mkfifo', [file()]),
        'a link to nowhere': () => symlinkSync('/nowhere', file()),
        'a folder': () => mkdirSync(file()),
        'a file of nothing': () => writeFileSync(file(), ''),
        'a gateway that is no more': () => writeRunning(folder(), planted({birth: '1'})),
        'a program that is no more': () => writeRunning(folder(), planted({birth: '1', client: {pid: 2 ** 22 + 1}})),
        'our pid, with a socket that is a file': () => {
          writeFileSync(socket, '')
          writeRunning(folder(), planted({}))
        },
        'our pid, with a socket elsewhere': () => writeRunning(folder(), planted({socket: '/dev/log'})),
        'our pid, with a socket that talks': () => {
          servers.push(
            createServer((client) => {
              client.on('error', () => {})
              client.end('{"result":null}\n')
            }).listen(socket),
          )
          writeRunning(folder(), planted({protocol: [9, 9]}))
        },
      }
      const names = Object.keys(plants)
      const runs = names.length
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...names), fc.boolean(), async (name, latest) => {
          mkdirSync(folder(), {mode: 0o700})
          plants[name]?.()
          const target = latest ? ({kind: 'latest'} as const) : ({kind: 'stored', key: 'k'} as const)
          expect(await adoptRunning(target, options()), name).to.equal(undefined)
          for (const server of servers.splice(0)) server.close()
          rmSync(folder(), {recursive: true})
        }),
        {numRuns: runs, examples: names.map((name) => [name, true])},
      )
      tellTried(runs, 'hostile run folders')
    })
  })
