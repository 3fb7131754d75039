import {expect} from 'chai'
import fc from 'fast-check'
import {repairedCall} from '../../../../src/gateway/models/output/tool-repair.js'
import type {ToolSpec} from '../../../../src/gateway/models/types.js'
import {type OpenAiServer, startOpenAiServer} from '../../../fixtures/openai-server.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'
import {collect, registryAt, request} from '../helpers.js'

const names = ['read_file', 'list_files', 'terminal', 'readfile_all']

const wrapped: [what: string, wrap: (json: string) => string][] = [
  ['as it is', (json) => json],
  ['with blanks', (json) => ` \n${json}\n`],
  ['in a code block', (json) => `\`\`\`json\n${json}\n\`\`\``],
  ['in a code block without a language', (json) => `\n\`\`\`\n${json}\n\`\`\`\n`],
  ['as JSON in JSON', (json) => JSON.stringify(json)],
  ['as JSON in JSON in JSON', (json) => JSON.stringify(JSON.stringify(json))],
  ['as JSON of a code block', (json) => JSON.stringify(`\`\`\`json\n${json}\n\`\`\``)],
]

describe('repair of a call', () => {
  it('takes away what stands around its arguments, and nothing of them', () => {
    let tried = 0
    const property = fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.constantFrom(...wrapped),
      (args, [what, wrap]) => {
        tried++
        const json = JSON.stringify(args)
        const {input} = repairedCall({toolName: 'terminal', input: wrap(json)}, names)
        expect(JSON.parse(input), what).to.deep.equal(JSON.parse(json))
      },
    )
    fc.assert(property, {numRuns: runs(1000, 200)})
    tellTried(tried, 'wrapped arguments')
  })

  it('never makes whole what was cut off or is something else', () => {
    let tried = 0
    for (const [, wrap] of wrapped) {
      const whole = wrap('{"path": "a.txt", "edits": [{"old": "}", "new": "```"}]}')
      for (let length = 0; length < whole.trimEnd().length; length++) {
        const input = whole.slice(0, length)
        const repaired = repairedCall({toolName: 'terminal', input}, names).input
        // The end of a code block may be left out; all of what was in it is there then.
        if (repaired !== input) expect(JSON.parse(repaired)).to.have.property('edits')
        tried++
      }
    }
    for (const input of [
      '',
      '5',
      'null',
      '[1]',
      '"text"',
      '"[1]"',
      'rm -rf /',
      "{'a': 1}",
      '{"a":1} {"b":2}',
      '{"a":1},',
    ]) {
      expect(repairedCall({toolName: 'terminal', input}, names).input).to.equal(input)
      tried++
    }
    tellTried(tried, 'broken arguments')
  })

  it('finds the name in another case or behind a prefix of its own, where only one can be meant', () => {
    const meant: [written: string, name: string][] = [
      ['read_file', 'read_file'],
      ['Read_File', 'read_file'],
      ['ReadFile', 'read_file'],
      ['read-file', 'read_file'],
      [' READ_FILE ', 'read_file'],
      ['functions.read_file', 'read_file'],
      ['functions.read_file:0', 'read_file'],
      ['default_api.ReadFile', 'read_file'],
      ['tools/terminal', 'terminal'],
      // What is another tool stays one.
      ['read_files', 'read_files'],
      ['github.read_file', 'github.read_file'],
      ['mcp__fs__read_file', 'mcp__fs__read_file'],
      ['functions.', 'functions.'],
      ['', ''],
      ['__proto__', '__proto__'],
    ]
    for (const [written, name] of meant) {
      expect(repairedCall({toolName: written, input: '{}'}, names).toolName, written).to.equal(name)
    }
    const twins = ['read_file', 'ReadFile', 'list']
    expect(repairedCall({toolName: 'readFILE', input: '{}'}, twins).toolName).to.equal('readFILE')
    expect(repairedCall({toolName: 'ReadFile', input: '{}'}, twins).toolName).to.equal('ReadFile')
  })

  describe('from a provider', () => {
    let server: OpenAiServer | undefined
    afterEach(() => server?.close())

    const readFile: ToolSpec = {
      name: 'read_file',
      description: 'Reads a file',
      parameters: {type: 'object', properties: {path: {type: 'string'}}, required: ['path']},
    }

    async function called(name: string, args: string): Promise<unknown> {
      server = await startOpenAiServer(() => ({kind: 'stream', toolCalls: [{id: 'c1', name, arguments: args}]}))
      const model = await registryAt(server.url).resolve('test/any')
      const {events, error} = await collect(model.stream(request('go', {tools: [readFile]})))
      expect(error).to.equal(undefined)
      await server.close()
      const calls = events.filter((event) => event.type === 'tool-call')
      expect(calls).to.have.length(1)
      return calls[0]?.type === 'tool-call' ? calls[0].call : undefined
    }

    it('is told with the name and the arguments that were meant', async () => {
      for (const [, wrap] of wrapped) {
        expect(await called('functions.ReadFile', wrap('{"path": "a"}'))).to.deep.equal({
          id: 'c1',
          name: 'read_file',
          args: {path: 'a'},
        })
      }
    })

    it('is told as it was written where nothing can be meant', async () => {
      expect(await called('write_file', '{"path": "a"}')).to.deep.include({name: 'write_file', args: {path: 'a'}})
      expect(await called('read_file', '{"path": "a')).to.deep.include({name: 'read_file', args: '{"path": "a'})
      expect(await called('read_file', '["a"]')).to.deep.include({name: 'read_file', args: ['a']})
      expect(await called('read_file', '')).to.deep.include({name: 'read_file', args: {}})
    })
  })
})
