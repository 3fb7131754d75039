import {expect} from 'chai'
import fc from 'fast-check'
import {messagesOf, type PrintedPrompt, type WrongPrompt} from '../../../src/chat/print/messages.js'
import {png} from '../../helpers/images/files.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'

async function read(...chunks: (Buffer | string)[]): Promise<(PrintedPrompt | WrongPrompt)[]> {
  async function* stdin() {
    yield* chunks
  }
  const read: (PrintedPrompt | WrongPrompt)[] = []
  for await (const each of messagesOf(stdin())) read.push(each)
  return read
}

const user = (content: unknown) => JSON.stringify({type: 'user', message: {role: 'user', content}})
const text = (content: string) => ({type: 'text', text: content})
const image = (data: string, more = {}) => ({
  type: 'image',
  source: {type: 'base64', media_type: 'image/png', data},
  ...more,
})

/** What is said of one line that is wrong. */
async function wrong(line: string | Buffer): Promise<string> {
  const [first, ...more] = await read(line)
  expect(more).to.deep.equal([])
  if (!first || !('problem' in first)) throw new Error(`accepted: ${line}`)
  expect(first.problem).to.include({code: 'usage/message', exit: 2})
  expect(first.problem.suggestions).to.have.lengthOf(1)
  expect(first.problem.message).to.match(/^line 1 of stdin /)
  return `${first.problem.message} · ${first.problem.suggestions}`
}

describe('messages on stdin', () => {
  it('are prompts: text, blocks of text, whatever else stands in the line', async () => {
    const own = JSON.stringify({
      type: 'user',
      session_id: 'x',
      parent_tool_use_id: null,
      message: {role: 'user', content: [text('a'), text('b')], id: 7},
    })
    expect(await read(`\uFEFF${user('ä 😀')}\r\n\n  \t\r\n${own}`)).to.deep.equal([
      {text: 'ä 😀', line: 1},
      {text: 'a\nb', line: 4},
    ])
    expect(await read()).to.deep.equal([])
    expect(await read('\n\n')).to.deep.equal([])
  })

  it('have images, in place of which a label stands', async () => {
    const [prompt] = await read(user([text('what is'), image(png(4, 3).toString('base64')), text('?')]))
    expect(prompt).to.deep.equal({
      text: 'what is\n[Image #1 · image 4x3]\n?',
      images: [{label: '[Image #1 · image 4x3]', kind: 'png', bytes: png(4, 3)}],
      line: 1,
    })
  })

  it('are told with line, place, value and remedy where they are none', async () => {
    const cases: [line: string | Buffer, ...words: string[]][] = [
      ['{', 'is no JSON', '"type":"user"'],
      ['hello', 'is no JSON'],
      [Buffer.from([0x22, 0xff, 0x22]), 'is not UTF-8'],
      [Buffer.from(user('ä')).subarray(0, -4), 'is not UTF-8'],
      ['[]', 'the line is []; expected an object'],
      ['null', 'the line is null'],
      ['{}', '"type" is missing; expected "user"'],
      ['{"type":"usr"}', '"usr" is not a type of message; did you mean "user"?'],
      ['{"type":"control_request"}', '"control_request" is not a type of message'],
      ['{"type":"user"}', '"message" is missing; expected an object'],
      [
        '{"type":"user","message":{"role":"assistant","content":"x"}}',
        '"message.role" is "assistant"; expected "user"',
      ],
      [user(7), '"message.content" is 7'],
      [user(undefined), '"message.content" is missing'],
      [user(''), 'is empty'],
      [user(' \n'), 'is empty'],
      [user([]), 'is empty'],
      [user(['x']), '"message.content[0]" is "x"; expected an object'],
      [user([text('a'), {type: 'text', text: 3}]), 'the "text" of "message.content[1]" is 3'],
      [user([{type: 'tool_result'}]), 'the "type" of "message.content[0]" is "tool_result"'],
      [user([{type: 'image'}]), 'the "source" of "message.content[0]" is missing'],
      [user([{type: 'image', source: {type: 'url', url: 'http://x'}}]), 'no image in base64', 'media_type'],
      [user([image('!!!')]), 'no image in base64'],
      [user([image('aGVsbG8=')]), 'it is no image of the kinds'],
      [user([image(png(9000, 9000).toString('base64'))]), '9000x9000 pixels', 'send it smaller'],
      [user([image(png(9, 9).subarray(0, 40).toString('base64'))]), 'it is cut off'],
    ]
    for (const [line, ...words] of cases) {
      const told = await wrong(line)
      for (const word of words) expect(told).to.include(word)
    }
    expect((await wrong(`{"type":${JSON.stringify('x'.repeat(10_000))}}`)).length).to.be.below(400)
  })

  it('are not held where they are longer than 32 MiB, and the next is read', async () => {
    const piece = Buffer.alloc(1_048_576, 'x')
    const [long, next] = await read('{"type":"', ...Array.from({length: 40}, () => piece), '\n', user('next'))
    expect(long).to.have.nested.property('problem.message').that.includes('longer than the 32 MiB')
    expect(next).to.deep.equal({text: 'next', line: 2})
  })

  it('come one for each line that is not empty, in order, however they are cut, and whatever stands between', async () => {
    const good = fc
      .tuple(fc.string({unit: 'binary'}), fc.boolean())
      .filter(([said]) => said.trim() !== '' && said.isWellFormed())
      .map(([said, blocks]) => ({bytes: Buffer.from(user(blocks ? [text(said)] : said)), said}))
    const bad = fc
      .oneof(
        fc.uint8Array({minLength: 1, maxLength: 40}).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10))),
        fc.json({maxDepth: 3}).map((json) => Buffer.from(json)),
        good.chain(({bytes}) => fc.nat(bytes.length - 1).map((end) => bytes.subarray(0, end))),
      )
      .map((bytes) => ({bytes, said: undefined}))
    const empty = fc.constantFrom('', ' ', '\t\r').map((said) => ({bytes: Buffer.from(said), said: ''}))
    let tried = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.oneof(good, bad, empty), fc.constantFrom('\n', '\r\n')), {maxLength: 8}),
        fc.array(fc.nat(300), {maxLength: 6}),
        async (lines, cuts) => {
          const whole = Buffer.concat(lines.flatMap(([{bytes}, end]) => [bytes, Buffer.from(end)]))
          const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length]
          const chunks = places.slice(1).map((end, index) => whole.subarray(places[index], end))
          const expected = lines.flatMap(([{bytes, said}], index) =>
            said === '' ||
            (said === undefined &&
              bytes
                .toString('utf8')
                .replace(/^\uFEFF/, '')
                .trim() === '')
              ? []
              : [said === undefined ? {line: index + 1} : {text: said, line: index + 1}],
          )
          const got = await read(...chunks)
          expect(got.map(({line}) => line)).to.deep.equal(expected.map(({line}) => line))
          for (const [index, each] of got.entries()) {
            tried++
            const {text: said} = expected[index] as {text?: string}
            if (said !== undefined) expect(each).to.deep.equal(expected[index])
            else expect(each).to.have.property('problem')
          }
        },
      ),
      {numRuns: runs(5000, 500)},
    )
    tellTried(tried, 'lines of stdin')
  })
})
