import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {someOf} from '../../helpers/sample.js'
import {calls, type Ended, eventsOf, promptOf, resultOf, resultsOf, says, useProgram} from './program.js'

const schema = JSON.stringify({
  type: 'object',
  properties: {name: {type: 'string'}, age: {type: 'integer', minimum: 0}},
  required: ['name', 'age'],
  additionalProperties: false,
})
const ada = {name: 'Ada', age: 36}

/** Somewhere in a file: of what streams, before it is shown. */
function isStored(folder: string, text: string): boolean {
  try {
    return readdirSync(folder, {recursive: true, withFileTypes: true}).some(
      (entry) => entry.isFile() && readFileSync(path.join(entry.parentPath, entry.name)).includes(text),
    )
  } catch {
    // Not there yet, or gone since it was listed.
    return false
  }
}

const until = async (done: () => boolean) => {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('hermes chat --json-schema', function () {
  this.timeout(60_000)
  const program = useProgram()
  const ask = (...args: string[]) => program.run(['-p', 'Who was it?', ...args])

  /** What each format has of a value that fits. */
  const values: Readonly<Record<string, (ended: Ended) => unknown>> = {
    text: ({stdout}) => JSON.parse(stdout),
    json: (ended) => resultOf(ended).structured_output,
    'stream-json': (ended) => resultsOf(ended)[0]?.structured_output,
  }
  for (const [format, valueIn] of someOf(Object.entries(values), 1)) {
    it(`gives the value as ${format}, at once or once the model was told what does not fit`, async () => {
      program.script(() => says('{"name":"Ada",', '"age":36}'))
      const first = await ask('--json-schema', schema, '--output-format', format)
      expect(first.code, first.stderr).to.equal(0)
      expect(valueIn(first)).to.deep.equal(ada)
      expect(promptOf(program.asked()[0] ?? {model: '', messages: []})).to.include(schema)

      const replies = [
        'It was Ada, 36.',
        '{"name":"Ada","age":"36"}',
        `Sorry!\n\`\`\`json\n${JSON.stringify(ada)}\n\`\`\``,
      ]
      let count = 0
      program.script(() => says(replies[count++] ?? ''))
      const second = await ask('--json-schema', schema, '--output-format', format)
      expect(second.code, second.stderr).to.equal(0)
      expect(valueIn(second)).to.deep.equal(ada)
      const told = program.asked().slice(-2).map(promptOf)
      expect(told[0]).to.include('there is no JSON in it')
      expect(told[1]).to.include('/age: expected an integer, found "36"')
    })
  }

  it('has the value alone on stdout as text, and tells of corrections in a stream', async () => {
    let count = 0
    program.script(() => says(count++ === 0 ? 'Let me think. {}' : JSON.stringify(ada, null, 2)))
    const text = await ask('--json-schema', schema)
    expect(text.stdout).to.equal(`${JSON.stringify(ada)}\n`)
    expect(text.stderr).to.include('the answer does not fit')
    count = 0
    const stream = await ask('--json-schema', schema, '--output-format', 'stream-json')
    const events = eventsOf(stream)
    expect(events.find(({type}) => type === 'correction')).to.deep.include({
      problems: ['there is no JSON in it, or more than one value'],
    })
    expect(events.at(-1)).to.deep.include({status: 'complete', num_turns: 2, structured_output: ada})
  })

  it('ends with code 10 where no answer fits, and keeps the last', async () => {
    program.script((_, count) => says(`{"name":${count}}`))
    const ended = await ask('--json-schema', schema, '--output-format', 'json')
    expect(ended.code).to.equal(10)
    const result = resultOf(ended)
    expect(result).to.deep.include({
      status: 'incomplete',
      stop_reason: 'schema-mismatch',
      text: '{"name":2}',
      num_turns: 3,
    })
    expect(result).to.not.have.property('structured_output')
    expect(result.error).to.include({code: 'turn/schema-mismatch'})
    expect(result.error?.message).to.include('the member "age" is missing')
    const text = await ask('--json-schema', schema)
    expect(text.code).to.equal(10)
    expect(text.stdout).to.equal('{"name":5}\n')
  })

  it('keeps the last answer where the provider fails when it is asked again', async () => {
    program.script((_, count) =>
      count === 0 ? says('{"name":1}') : {kind: 'answer', status: 400, body: {error: {message: 'no more'}}},
    )
    const ended = await ask('--json-schema', schema, '--output-format', 'json')
    expect(ended.code).to.equal(5)
    expect(resultOf(ended)).to.deep.include({status: 'error', text: '{"name":1}'})
  })

  it('takes a value that is false, null or empty as one', async () => {
    for (const value of someOf([null, false, 0, '', [], {}], 1)) {
      program.script(() => says(JSON.stringify(value)))
      const ended = await ask('--json-schema', '{}', '--output-format', 'json')
      expect(ended.code, JSON.stringify(value)).to.equal(0)
      expect(resultOf(ended)).to.deep.include({structured_output: value})
      expect((await ask('--json-schema', '{}')).stdout).to.equal(`${JSON.stringify(value)}\n`)
    }
  })

  it('lets tools run before, and takes what follows them', async () => {
    writeFileSync(path.join(program.home.cwd, 'ada.txt'), '36')
    program.script((_, count) => (count === 0 ? calls('read_file', {path: 'ada.txt'}) : says(JSON.stringify(ada))))
    const ended = await ask('--json-schema', schema, '--output-format', 'json')
    expect(ended.code, ended.stderr).to.equal(0)
    expect(resultOf(ended)).to.deep.include({structured_output: ada, num_turns: 2})
    expect(resultOf(ended).tools).to.have.lengthOf(1)
  })

  it('counts corrections among the steps of --max-turns', async () => {
    program.script(() => says('no'))
    const ended = await ask('--json-schema', schema, '--max-turns', '2', '--output-format', 'json')
    expect(ended.code).to.equal(9)
    expect(resultOf(ended)).to.include({status: 'incomplete', stop_reason: 'step-limit', text: 'no', num_turns: 2})
    expect(program.asked()).to.have.lengthOf(2)
  })

  for (const [format, valueIn] of someOf(Object.entries(values), 1)) {
    it(`gives the value as ${format} where the gateway is killed in the first answer and in the one that is put right`, async () => {
      // Asked to go on where a reply broke off, it writes what is missing.
      const parts = {first: ['{"nickname":"Bo', 'b"}'], second: ['{"name":"Ada",', '"age":36}']}
      program.script((request) => {
        const [begin = '', rest = ''] = JSON.stringify(request).includes('does not fit') ? parts.second : parts.first
        return promptOf(request).startsWith('Continue exactly') ? says(rest) : {...says(begin, ' '), perSecond: 0.01}
      })
      const {child, ended, killGateway} = program.start(
        '-p',
        'Who?',
        '--json-schema',
        schema,
        '--output-format',
        format,
      )
      child.stdin.end()
      for (const word of ['nickname', 'Ada']) {
        await until(() => isStored(program.home.hermes, word))
        killGateway()
      }
      const done = await ended
      expect(done.code, done.stderr).to.equal(0)
      expect(valueIn(done)).to.deep.equal(ada)
      expect(done.stderr.match(/session recovered, the reply goes on/g)).to.have.lengthOf(2)
      if (format === 'json') expect(resultOf(done)).to.deep.include({recoveries: 2, num_turns: 2})
    })
  }

  it('refuses with code 2 what is no schema, and says where', async () => {
    writeFileSync(path.join(program.home.cwd, 'schema.json'), schema)
    writeFileSync(path.join(program.home.cwd, 'bad.json'), '{"type": "object",')
    program.script(() => says(JSON.stringify(ada)))
    expect((await ask('--json-schema', 'schema.json')).code).to.equal(0)
    const wrong: [string, ...string[]][] = [
      ['nowhere.json', 'there is no such file', 'nowhere.json'],
      ['bad.json', 'bad.json', 'is no JSON'],
      ['.', 'it is a folder'],
      ['{', 'is no JSON'],
      ['', 'it is a folder'],
      ['{"type":"strin"}', '/type is "strin"', 'did you mean "string"?'],
      ['{"properties":{"a/b":{"minLength":"3"}}}', '/properties/a~1b/minLength is "3"', 'an integer'],
      ['{"typ":"string"}', '"typ" is no keyword; did you mean "type"?'],
      ['{"pattern":"("}', '/pattern is "("', 'a regular expression'],
      ['{"$ref":"#/$defs/x"}', '/$ref is "#/$defs/x"'],
      ['{"items":{"$ref":"https://example.com/a.json"}}', '/items/$ref is "https://example.com/a.json"', 'into $defs'],
      ['{"$ref":"#"}', 'refers to itself'],
      ['{"items":[{}]}', '/items is [{}]', 'prefixItems'],
      ['{"$schema":"http://json-schema.org/draft-04/schema#"}', '/$schema is', 'draft-07'],
      [`{"not":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 'nested deeper than'],
    ]
    const before = program.asked().length
    for (const [given, ...words] of someOf(wrong, 3)) {
      const ended = await ask('--json-schema', given)
      expect(ended.code, given).to.equal(2)
      for (const word of ['--json-schema', ...words]) expect(ended.stderr, given).to.include(word)
    }
    expect(program.asked()).to.have.lengthOf(before)
  })
})
