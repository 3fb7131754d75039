import {type ChildProcess, spawn} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {createServer} from 'node:net'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {expect} from 'chai'
import {root} from '../../helpers/build.js'
import {Lab, textOf} from './lab.js'

const program = (name: string) => path.join(root, 'node_modules/@modelcontextprotocol', name, 'dist/index.js')

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

describe('MCP servers of others', () => {
  let lab: Lab
  beforeEach(() => {
    lab = new Lab()
  })
  afterEach(() => lab.close())
  const node = (name: string, ...args: string[]) => ({command: process.execPath, args: [program(name), ...args]})

  it('server-filesystem reads and writes in its folder alone', async () => {
    const servers = lab.gateway({files: node('server-filesystem', lab.home)})
    const file = path.join(lab.home, 'a.txt')
    await lab.call(servers, 'mcp__files__write_file', {path: file, content: 'one'})
    expect(readFileSync(file, 'utf8')).to.equal('one')
    expect(textOf(await lab.call(servers, 'mcp__files__read_text_file', {path: file}))).to.equal('one')
    expect(textOf(await lab.call(servers, 'mcp__files__read_text_file', {path: '/etc/hostname'}))).to.contain('denied')
  })

  it('server-memory remembers', async () => {
    const memory = {...node('server-memory'), env: {MEMORY_FILE_PATH: path.join(lab.home, 'memory.jsonl')}}
    const entities = [{name: 'Ann', entityType: 'person', observations: ['likes tea']}]
    const first = lab.gateway({memory})
    await lab.call(first, 'mcp__memory__create_entities', {entities})
    await first.close()
    const found = await lab.call(lab.gateway({memory}), 'mcp__memory__search_nodes', {query: 'tea'})
    expect(JSON.stringify(found)).to.contain('Ann')
  })

  for (const kind of ['stdio', 'http'] as const) {
    describe(`server-everything over ${kind}`, () => {
      let server: ChildProcess | undefined
      afterEach(() => server?.kill('SIGKILL'))

      async function everything() {
        if (kind === 'stdio') return lab.gateway({all: node('server-everything', 'stdio')})
        const port = await freePort()
        server = spawn(process.execPath, [program('server-everything'), 'streamableHttp'], {
          env: {...process.env, PORT: String(port)},
          stdio: 'ignore',
        })
        const url = `http://127.0.0.1:${port}/mcp`
        for (;;) {
          const answers = await fetch(url).then(
            () => true,
            () => false,
          )
          if (answers) break
          await setTimeout(20)
        }
        return lab.gateway({all: {url}})
      }

      it('echoes, adds, shows a picture, works for long and asks', async () => {
        const servers = await everything()
        expect(textOf(await lab.call(servers, 'mcp__all__echo', {message: 'hello'}))).to.equal('Echo: hello')
        expect(textOf(await lab.call(servers, 'mcp__all__get-sum', {a: 2, b: 3}))).to.contain('5')
        await lab.call(servers, 'mcp__all__get-tiny-image')
        expect(lab.images).to.have.length(1)
        const slow = {duration: 0.4, steps: 4}
        const ended = await lab.call(servers, 'mcp__all__trigger-long-running-operation', slow)
        expect(textOf(ended)).to.contain('completed')
        expect(lab.progress.length).to.be.at.least(1)
      })
    })
  }

  it('that can’t be reached cost no more than the limit', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const address = silent.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const servers = lab.gateway({
      silent: {url: `http://127.0.0.1:${port}/mcp`, startTimeoutMs: 500},
      closed: {url: `http://127.0.0.1:${await freePort()}/mcp`},
    })
    expect(await lab.tools(servers)).to.deep.equal({})
    expect(lab.told.join('\n')).to.match(/silent is not used: it did not start within 0\.5 s/)
    expect(lab.told.join('\n')).to.match(/closed is not used: .+/)
    silent.close()
  })
})
