import {expect} from 'chai'
import {createTools} from '../../../src/gateway/tools/index.js'
import {type Bench, createBench, tool} from './helpers.js'

describe('tools', () => {
  let bench: Bench

  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.cleanUp())

  it('are the ones that the model is offered, each with a schema that closes its arguments', () => {
    const tools = createTools()
    expect(tools.map(({name}) => name)).to.deep.equal([
      'read_file',
      'edit_file',
      'write_file',
      'list_files',
      'search_files',
      'terminal',
      'web_fetch',
      'job_output',
      'job_stop',
      'todo',
      'clarify',
      'session_search',
    ])
    for (const {parameters, description} of tools) {
      expect(parameters).to.deep.include({type: 'object', additionalProperties: false})
      expect(description).to.not.equal('')
      expect(JSON.parse(JSON.stringify(parameters))).to.deep.equal(parameters)
    }
    expect(tools.filter(({readsOnly}) => readsOnly).map(({name}) => name)).to.deep.equal([
      'read_file',
      'list_files',
      'search_files',
      'web_fetch',
      'session_search',
    ])
    expect(tools.filter(({idempotent}) => !idempotent).map(({name}) => name)).to.deep.equal([
      'edit_file',
      'write_file',
      'terminal',
    ])
  })

  const wrong: [name: string, args: Record<string, unknown>, error: RegExp][] = [
    ['read_file', {}, /argument path is required \(Path of the file\)$/],
    ['read_file', {path: null}, /argument path has to be a string, not null/],
    ['read_file', {path: 5}, /argument path has to be a string, not 5$/],
    ['read_file', {path: {a: 1}}, /argument path has to be a string, not Object$/],
    ['read_file', {path: ''}, /path must not be empty/],
    ['read_file', {path: 'a', offset: 0}, /offset has to be from 1/],
    ['read_file', {path: 'a', offset: 1.5}, /offset has to be a whole number/],
    [
      'read_file',
      {file: 'a'},
      /no argument "file"; known are path, offset, limit, line_numbers; the argument path is required/,
    ],
    ['read_file', {path: 'a', ['x'.repeat(500)]: 1}, /no argument "x{60}"; known are/],
    ['read_file', {path: 'a', offset: '1.5'}, /offset has to be a whole number, not "1.5"$/],
    ['read_file', {path: 'a', offset: ''}, /whole number/],
    ['read_file', {path: 'a', offset: '0x10'}, /whole number/],
    ['read_file', {path: 'a', offset: '9'.repeat(3000)}, /whole number, not "9{58}…$/],
    ['read_file', {path: 'a', offset: '0'}, /offset has to be from 1/],
    ['search_files', {query: 'a', regex: 'yes'}, /regex has to be true or false, not "yes"$/],
    ['search_files', {query: 'a', regex: 1}, /true or false/],
    ['edit_file', {path: 'a', edits: []}, /edits needs at least 1 entry/],
    ['edit_file', {path: 'a', edits: [{old: 'a'}]}, /argument edits\[0\].new is required/],
    [
      'edit_file',
      {
        path: 'a',
        edits: [
          {old: 'a', new: 'b'},
          {old: 'a', new: 5},
        ],
      },
      /edits\[1\].new has to be a string, not 5/,
    ],
    ['edit_file', {path: 'a', edits: [{old: 'a', new: 'b', all: 'often'}]}, /edits\[0\].all has to be true or false/],
    ['edit_file', {path: 'a', edits: '[{"old": 5, "new": "b"}]'}, /edits\[0\].old has to be a string, not 5/],
    ['edit_file', {path: 'a', edits: [5]}, /edits\[0\] has to be an object, not 5/],
    ['todo', {todos: 'x'}, /todos has to be a list, not "x"/],
    [
      'todo',
      {todos: [{id: '1', content: 'a', status: 'soon'}]},
      /todos\[0\].status has to be one of pending, .*not "soon"/,
    ],
    ['clarify', {question: 'q', choices: ['a', 5]}, /choices\[1\] has to be a non-empty string, not 5/],
    ['clarify', {question: 'q', choices: ['']}, /choices\[0\] has to be a non-empty string/],
    ['clarify', {question: 'q', choices: Array.from({length: 11}, () => 'a')}, /more than 10/],
  ]
  for (const [name, args, error] of wrong) {
    it(`say what is wrong with ${name} ${JSON.stringify(args).slice(0, 50)}`, async () => {
      const result = await bench.run(name, args)
      expect(result.error).to.match(error)
      expect(result.error).to.match(new RegExp(`^${name}: `))
      expect(bench.asked).to.deep.equal([])
    })
  }

  it('take numbers and truth values as text', async () => {
    expect(await bench.run('list_files', {depth: '2', limit: ' 10 '})).to.deep.include({entries: []})
    const found = await bench.run('search_files', {query: 'A', ignore_case: 'True', regex: 'false', limit: '5.0'})
    expect(found).to.deep.include({matches: []})
  })

  it('say what is wrong with arguments that are nested deeper than a stack', async () => {
    let deep: unknown = 'x'
    for (let level = 0; level < 100_000; level++) deep = level % 2 === 0 ? [deep] : {path: deep}
    for (const {name, parameters} of createTools()) {
      for (const argument of Object.keys(parameters.properties as object)) {
        const {error} = await bench.run(name, {path: 'a', command: 'true', query: 'q', question: 'q', [argument]: deep})
        expect(error, `${name} ${argument}`).to.match(new RegExp(`^${name}: `))
      }
    }
    expect(bench.asked).to.deep.equal([])
  })

  it('take null for what is left out', async () => {
    expect(await bench.run('list_files', {path: null, limit: null})).to.deep.include({entries: []})
  })

  it('preview their arguments in one line of at most 80 characters, whatever those are', () => {
    expect(tool('terminal').context({command: 'echo a\n  b\u001b[31m'})).to.equal('echo a b [31m')
    expect([...tool('terminal').context({command: '🙂'.repeat(200)})]).to.have.length(80)
    expect(tool('read_file').context({path: 'a.txt', offset: 7})).to.equal('a.txt:7')
    for (const one of createTools()) expect(one.context({})).to.be.a('string')
  })

  it('do nothing once the turn is interrupted', async () => {
    bench.stop.abort()
    for (const {name} of createTools()) {
      const args = {
        path: 'a',
        content: 'x',
        command: 'touch a',
        job: 1,
        query: 'q',
        url: 'https://example.com',
        question: 'q',
        todos: [],
        edits: [{old: 'a', new: 'b'}],
      }
      const {properties} = tool(name).parameters as {properties: Record<string, unknown>}
      const own = Object.fromEntries(Object.entries(args).filter(([key]) => Object.hasOwn(properties, key)))
      expect((await bench.run(name, own)).interrupted, name).to.equal(true)
    }
    expect(bench.asked).to.deep.equal([])
  })

  describe('todo', () => {
    const list = [
      {id: '1', content: 'first', status: 'completed'},
      {id: '2', content: 'second', status: 'in_progress'},
    ]

    it('gives the list back with its counts', async () => {
      const result = await bench.run('todo', {todos: list})
      const summary = {total: 2, pending: 0, in_progress: 1, completed: 1, cancelled: 0}
      expect(result).to.deep.equal({todos: list, summary})
    })

    it('refuses two tasks at a time and ids that occur twice', async () => {
      const both = list.map((todo) => ({...todo, status: 'in_progress'}))
      expect((await bench.run('todo', {todos: both})).error).to.match(/one task/)
      expect((await bench.run('todo', {todos: [list[0], list[0]]})).error).to.match(/unique/)
    })
  })

  it('clarify passes the question on and the answer back', async () => {
    const choices = ['red', 'green']
    const result = await bench.run('clarify', {question: 'Which?', choices})
    expect(result).to.deep.equal({question: 'Which?', choices_offered: choices, user_response: 'Which? red'})
    bench.context.clarify = async () => ''
    expect((await bench.run('clarify', {question: 'Why?'})).note).to.match(/own judgement/)
  })

  it('session_search passes the query on', async () => {
    const result = await bench.run('session_search', {query: 'words', limit: 3})
    expect(result).to.deep.equal({query: 'words', count: 1, results: [{key: 'k', title: 'words 3', snippet: 's'}]})
  })

  it('turn a failure into words', async () => {
    bench.context.searchSessions = () => {
      throw new Error('the database is locked')
    }
    expect(await bench.run('session_search', {query: 'a'})).to.deep.equal({
      error: 'session_search: the database is locked',
    })
  })
})
