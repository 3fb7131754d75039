import {once} from 'node:events'
import {mkdirSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import path from 'node:path'
import {expect} from 'chai'
import {JobDesk} from '../../../../src/gateway/jobs/job-desk.js'
import {openStore} from '../../../../src/gateway/store/index.js'
import {createTools} from '../../../../src/gateway/tools/index.js'
import {createStyle} from '../../../../src/tui/text/style.js'
import {toolRows} from '../../../../src/tui/transcript/draw-tool.js'
import {type ShownTool, toolItem} from '../../../../src/tui/transcript/items.js'
import {doingWords, toolLine, wordsOf} from '../../../../src/tui/transcript/tool-lines/index.js'
import {type Bench, createBench, tool} from '../../../gateway/tools/helpers.js'
import {tellTried} from '../../../helpers/tried.js'

/** Each tool is run for real, and what it returns is drawn. */
describe('the line of each built-in tool', () => {
  let bench: Bench
  const style = createStyle({TERM: 'dumb'})
  const tried = new Set<string>()

  before(async () => {
    bench = await createBench({fetch: {privateHosts: ['127.0.0.1'], timeoutMs: 20_000, env: {}}})
    mkdirSync(path.join(bench.cwd, 'src', 'deep'), {recursive: true})
    writeFileSync(path.join(bench.cwd, 'demo.ts'), Array.from({length: 46}, (_, n) => `const n${n} = ${n}\n`).join(''))
    for (const name of ['a', 'b', 'c']) writeFileSync(path.join(bench.cwd, 'src', `${name}.ts`), `${name}\nneedle\n`)
    writeFileSync(path.join(bench.cwd, 'src', 'deep', 'd.ts'), 'needle needle\nneedle\n')
  })
  after(async () => {
    await bench.cleanUp()
    expect([...tried].sort(), 'every tool was run').to.deep.equal(
      createTools()
        .map(({name}) => name)
        .sort(),
    )
    tellTried(tried.size, 'tools')
  })

  /** As the gateway tells it: over the wire, as JSON. */
  const shown = async (name: string, args: Record<string, unknown>, {resumed = false} = {}): Promise<ShownTool> => {
    tried.add(name)
    const result = JSON.parse(JSON.stringify(await bench.run(name, args)))
    const context = tool(name).context(args)
    const diff = typeof result.inline_diff === 'string' && !resumed ? {diff: result.inline_diff} : {}
    const told = resumed ? {} : {args}
    const item = toolItem({id: 'call', name, context, status: 'complete', result, ...told, ...diff})
    return item.kind === 'tool' ? item.tool : expect.fail('no tool')
  }
  const lines = async (name: string, args: Record<string, unknown>, options?: {resumed: boolean}) => {
    const rows = toolRows(await shown(name, args, options), 80, style)
    for (const row of rows) expect(row, 'JSON').to.not.match(/[{}]|\[\]|"[a-z_]+":/)
    return rows
  }

  it('read_file', async () => {
    expect(await lines('read_file', {path: 'demo.ts'})).to.deep.equal(['● Read demo.ts · 46 lines'])
    expect(await lines('read_file', {path: 'demo.ts', offset: 10, limit: 5})).to.deep.equal([
      '● Read demo.ts · lines 10–14 of 46',
    ])
    expect(await lines('read_file', {path: 'none.ts'})).to.deep.equal([
      '● Could not read none.ts',
      '  ⎿ none.ts: no such file (ENOENT)',
    ])
    const {line} = await shown('read_file', {path: 'demo.ts'})
    expect(line.body).to.include({kind: 'text', shows: 'nothing'})
    expect(JSON.stringify(line.body)).to.include('const n45')
  })

  it('edit_file', async () => {
    await bench.run('read_file', {path: 'src/a.ts'})
    const edited = await lines('edit_file', {path: 'src/a.ts', edits: [{old: 'a\n', new: 'A\nmore\n'}]})
    expect(edited[0]).to.equal('● Edited src/a.ts +2 −1')
    expect(edited.join('\n')).to.include('+more').and.include('-a')
    expect((await lines('edit_file', {path: 'src/a.ts', edits: [{old: 'zzz', new: ''}]}))[0]).to.equal(
      '● Could not edit src/a.ts',
    )
  })

  it('edit_file, and what ran after it', async () => {
    const sed = [process.execPath, '-e', `require('fs').appendFileSync(process.argv[1], 'more')`]
    bench.context.afterEdit = {commands: {'*': sed, '*.ts': ['false']}, timeoutMs: 10_000}
    const [head] = await lines('edit_file', {path: 'src/b.ts', edits: [{old: 'b\n', new: 'B\n'}]})
    bench.context.afterEdit = undefined
    expect(head).to.equal('● Edited src/b.ts +1 −1 · reformatted · false: exit 1')
  })

  it('write_file', async () => {
    expect((await lines('write_file', {path: 'new.ts', content: 'one\ntwo\n'}))[0]).to.equal('● Created new.ts +2 −0')
    expect((await lines('write_file', {path: 'new.ts', content: 'one\n2\n'}))[0]).to.equal('● Edited new.ts +1 −1')
    expect(await lines('write_file', {path: 'new.ts', content: 'one\n2\n'})).to.deep.equal(['● Unchanged new.ts'])
  })

  it('list_files', async () => {
    expect(await lines('list_files', {path: 'src'})).to.deep.equal(['● Listed src · 4 files, 1 folder'])
    expect(await lines('list_files', {path: 'src', limit: 2})).to.deep.equal(['● Listed src · 2+ files'])
    expect(await lines('list_files', {pattern: '*.none'})).to.deep.equal(['● Listed . *.none · 0 files'])
  })

  it('search_files', async () => {
    expect(await lines('search_files', {query: 'needle', path: 'src'})).to.deep.equal([
      '● Searched "needle" in src · 5 matches in 4 files',
    ])
    expect(await lines('search_files', {query: 'nobody wrote this'})).to.deep.equal([
      '● Searched "nobody wrote this" · no matches',
    ])
    const {line} = await shown('search_files', {query: 'needle', path: 'src/deep'})
    expect(line.body).to.deep.include({text: 'd.ts:1: needle needle\nd.ts:2: needle'})
  })

  it('terminal', async () => {
    expect(await lines('terminal', {command: 'echo one; echo two'})).to.deep.equal([
      '● Ran echo one; echo two',
      '  ⎿ one',
      '    two',
    ])
    expect(await lines('terminal', {command: 'echo broken >&2; exit 3'})).to.deep.equal([
      '● Ran echo broken >&2; exit 3 · exit 3',
      '  ⎿ broken',
    ])
    expect(await lines('terminal', {command: 'true'})).to.deep.equal(['● Ran true'])
    const slow = await lines('terminal', {command: 'echo begun; sleep 30', timeout: 1})
    expect(slow).to.deep.equal(['● Ran echo begun; sleep 30 · timed out · ended by SIGTERM', '  ⎿ begun'])
    expect(await lines('terminal', {command: 'ls', cwd: 'none'})).to.deep.equal([
      '● Could not run ls',
      `  ⎿ the directory ${path.join(bench.cwd, 'none')} does not exist`,
    ])
    const long = await shown('terminal', {command: `${'echo 0123456789; '.repeat(20)}\ntrue`})
    expect(long.line.input, 'the whole of it is for the pager').to.match(/true$/)
  }).timeout(10_000)

  it('terminal in the background, job_output and job_stop', async () => {
    const store = openStore(':memory:')
    const key = '20260101_000000_abcdef'
    store.beginTurn({session: {key, title: null, model: null, cwd: null, source: 'tui'}, promptId: 'p', prompt: 'x'})
    const client = () => process.pid
    const desk = new JobDesk({store, key, home: path.join(bench.cwd, 'home'), client, boot: null, tell: () => {}})
    const one = (job: number) => desk.list().find((each) => each.job === job)
    bench.context.jobs = {
      start: (run) => desk.start(run),
      list: async () => desk.list(),
      read: (job, options) => desk.read(job, options),
      stop: async (job) => {
        await desk.stop(job)
        return one(job)
      },
    }
    expect(await lines('terminal', {command: 'echo here; exec sleep 600', background: true})).to.deep.equal([
      '● Started echo here; exec sleep 600 · job 1 · /jobs shows it',
    ])
    expect(await lines('job_output', {job: 1, wait: 60})).to.deep.equal(['● Read job 1 · running', '  ⎿ here'])
    expect(await lines('job_output', {})).to.deep.equal([
      '● Read 1 job',
      '  ⎿ job 1 · running · echo here; exec sleep 600',
    ])
    expect(await lines('job_stop', {job: 1})).to.deep.equal(['● Stopped job 1 · exit 143'])
    expect(await lines('job_stop', {job: 2})).to.deep.equal([
      '● Could not stop job 2',
      '  ⎿ there is no job 2 in this session',
    ])
    delete bench.context.jobs
    store.close()
  })

  it('todo', async () => {
    const todos = [
      {id: '1', content: 'read', status: 'completed'},
      {id: '2', content: 'write', status: 'pending'},
    ]
    expect(await lines('todo', {todos})).to.deep.equal(['● Tasks · 1 of 2 done', '  ⎿ ✔ read', '    ☐ write'])
    expect(await lines('todo', {todos: []})).to.deep.equal(['● Tasks · none left'])
  })

  it('clarify and session_search', async () => {
    expect(await lines('clarify', {question: 'Which port?', choices: ['80']})).to.deep.equal([
      '● Asked Which port?',
      '  ⎿ Which port? 80',
    ])
    expect(await lines('session_search', {query: 'port'})).to.deep.equal([
      '● Searched sessions "port" · 1 message found',
    ])
  })

  it('web_fetch', async () => {
    const site = createServer((request, response) => {
      if (request.url === '/away') response.writeHead(302, {location: 'https://a.example/b'}).end()
      else response.writeHead(request.url === '/none' ? 404 : 200, {'content-type': 'text/plain'}).end('x'.repeat(200))
    }).listen(0, '127.0.0.1')
    await once(site, 'listening')
    const base = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
    expect(await lines('web_fetch', {url: `${base}/`})).to.deep.equal([`● Fetched ${base}/ · 200 characters`])
    expect(await lines('web_fetch', {url: `${base}/`, limit: 100})).to.deep.equal([
      `● Fetched ${base}/ · a part of 200 characters`,
    ])
    expect((await lines('web_fetch', {url: `${base}/away`})).join(' ')).to.include('· leads to https://a.example/b')
    expect((await lines('web_fetch', {url: `${base}/none`}))[0]).to.equal(`● Could not fetch ${base}/none`)
    site.close()
  })

  it('web_search', () => {
    const sources = [{title: 'A', url: 'https://a.example/'}, {title: '', url: 'https://b.example/'}, 5]
    const result = {query: 'what is new', content: 'it', sources}
    const line = toolLine({id: '1', name: 'web_search', context: 'what is', status: 'complete', result})
    expect(line).to.deep.include({verb: 'Searched the web', subject: 'what is new', facts: ['3 sources']})
    expect(line.body).to.deep.include({kind: 'text', text: 'A — https://a.example/\nhttps://b.example/\n'})
  })

  it('names the plugins that could say nothing to it, and may not drive the terminal', () => {
    const result = {output: 'x', exit_code: 0, hook_note: 'without plugin policy: it hung\u001b[2J'}
    const line = toolLine({id: '1', name: 'terminal', context: 'ls', status: 'complete', args: {command: 'ls'}, result})
    expect(line.facts.at(-1)).to.match(/^without plugin policy: it hung/)
    expect(line.facts.join()).to.not.include('\u001b')
  })

  it('is the same after a resume, where the arguments are not told', async () => {
    const calls: [name: string, args: Record<string, unknown>][] = [
      ['read_file', {path: 'demo.ts'}],
      ['list_files', {path: 'src'}],
      ['search_files', {query: 'needle'}],
      ['terminal', {command: 'exit 4'}],
      ['todo', {todos: [{id: '1', content: 'read', status: 'completed'}]}],
    ]
    for (const [name, args] of calls)
      expect(await lines(name, args, {resumed: true})).to.deep.equal(await lines(name, args))
  })

  it('is in the present tense while the tool runs', () => {
    for (const {name} of createTools()) {
      expect(wordsOf(name).doing, name).to.match(/^[A-Z][a-z]+ing\b/)
      expect(doingWords(name)).to.not.include('_')
    }
    expect(doingWords('terminal')).to.equal('running a command')
    expect(wordsOf('fetch_mail').doing).to.equal('Calling fetch_mail')
  })
})
