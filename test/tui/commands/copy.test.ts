import {expect} from 'chai'
import fc from 'fast-check'
import {copyReply} from '../../../src/tui/commands/copy.js'
import type {CommandContext} from '../../../src/tui/commands/types.js'
import {reduce} from '../../../src/tui/state/reduce.js'
import type {ChatAction, ChatState} from '../../../src/tui/state/state.js'
import {Store} from '../../../src/tui/state/store.js'
import {itemsOfMessages} from '../../../src/tui/transcript/items.js'
import {freshChat, type Told, told} from '../../helpers/chat-state.js'
import {tellTried} from '../../helpers/tried.js'

const say = (text: string): ChatAction => ({type: 'deltas', reasoning: '', text, now: 1})
const ask = (text: string): ChatAction => ({type: 'print', items: [{kind: 'user', text}]})
const event = (value: Told) => told(value, 1)
const begin = event({type: 'message.start', payload: undefined})
const complete = event({type: 'message.complete', payload: {text: null, status: 'complete'}})
const tool = (output: string): ChatAction[] => [
  event({type: 'tool.start', payload: {tool_id: 't', name: 'terminal', context: 'x'}}),
  event({type: 'tool.complete', payload: {tool_id: 't', name: 'terminal', result: {output}}}),
]

/** What `/copy` sends to the clipboard in this state, and what it says. */
async function copied(state: ChatState, args = ''): Promise<{text: string | undefined; says: string}> {
  let text: string | undefined
  let says = ''
  const context = {
    store: new Store(state),
    notice: (_tone: string, line: string) => {
      says = line
    },
    copy: (sent: string) => {
      text = sent
      return 'who knows'
    },
  } as unknown as CommandContext
  await copyReply(context, args)
  return {text, says}
}

const chatAfter = (...actions: ChatAction[]) => actions.reduce(reduce, freshChat())
const reply = (text: string) => chatAfter(ask('q'), begin, say(text), complete)

describe('/copy', () => {
  const three = 'a\n\n```ts\none\n```\n\n1. x\n\n   ```\n   two\n   ```\n\n> ~~~sh\n> three\n> ~~~\n'

  it('sends the nth code block, in their order, nested ones too', async () => {
    for (const [index, code] of ['one', 'two', 'three'].entries()) {
      expect(await copied(reply(three), String(index + 1))).to.deep.equal({
        text: code,
        says: `code block ${index + 1} of 3, ${code.length} characters, sent to the terminal's clipboard (OSC 52): who knows`,
      })
    }
  })

  it('sends the whole reply without a number, and of the last prompt only', async () => {
    expect(
      (await copied(chatAfter(ask('p'), begin, say('```\nold\n```'), complete, ask('q'), begin, say(three), complete)))
        .text,
    ).to.equal(three.trimEnd())
    expect((await copied(reply('    let a\n\nb'))).text).to.equal('    let a\n\nb')
  })

  it('says how many there are where there is none of that number', async () => {
    for (const args of ['0', '4', '-1', 'x', '1.5', '99999999', '1 2', '１']) {
      const {text, says} = await copied(reply(three), args)
      expect(text, args).to.equal(undefined)
      expect(says).to.equal('/copy takes the number of a code block: this reply has 3 code blocks')
    }
    expect((await copied(reply('none'), '1')).says).to.match(/this reply has no code block$/)
    expect((await copied(reply('```\nx\n```'), '2')).says).to.match(/this reply has 1 code block$/)
    expect(await copied(freshChat())).to.deep.equal({text: undefined, says: 'there is no reply to copy'})
    expect((await copied(chatAfter(ask('q'), ...tool('```\nx\n```')), '1')).says).to.equal('there is no reply to copy')
  })

  it('counts no block in what a tool said, and those before and behind it apart', async () => {
    const state = chatAfter(
      ask('q'),
      begin,
      say('```\none\n```'),
      ...tool('```\nof the tool\n```'),
      say('```\ntwo\n```'),
      complete,
    )
    expect((await copied(state, '1')).text).to.equal('one')
    expect((await copied(state, '2')).text).to.equal('two')
    expect((await copied(state, '3')).says).to.match(/2 code blocks$/)
    expect((await copied(state)).text).to.equal('```\none\n```\n\n```\ntwo\n```')
  })

  it('is the same from a stored transcript', async () => {
    const items = itemsOfMessages([
      {role: 'user', text: 'q'},
      {role: 'assistant', text: 'see\n\n```\none\n```'},
      {role: 'tool', name: 'terminal', result: {output: '```\nno\n```'}},
      {role: 'assistant', text: '```\ntwo\n```'},
    ])
    const state = chatAfter({type: 'print', items})
    expect((await copied(state, '1')).text).to.equal('one')
    expect((await copied(state, '2')).text).to.equal('two')
  })

  it('takes what there is of a reply that goes on, and says so', async () => {
    const state = chatAfter(ask('q'), begin, say('a\n\n```\none\n```\n\nb\n\n```\ntwo and'))
    expect(await copied(state, '2')).to.deep.equal({
      text: 'two and',
      says: "code block 2 of 2 so far, 7 characters, sent to the terminal's clipboard (OSC 52): who knows",
    })
    expect((await copied(state)).text).to.match(/two and$/)
    expect((await copied(state)).says).to.match(/^the reply so far, /)
    const only = chatAfter(ask('q'), begin, say('only this'))
    expect((await copied(only)).text).to.equal('only this')
  })

  it('says that the beginning of a reply is not held any longer, where it is not', async () => {
    const parts = Array.from({length: 2000}, (_, n) => `part ${n}\n\n\`\`\`\ncode ${n}\n\`\`\``).join('\n\n')
    let state = reply(parts)
    state = reduce(state, {type: 'printed', before: (state.items.at(-1)?.id ?? 0) + 1})
    const {says} = await copied(state, '1')
    expect(says).to.match(/^code block 1 of \d+ that are held of a long reply, /)
    expect((await copied(state)).says).to.match(/^the reply, without its beginning, which is not held any longer/)
  })

  it('does not send what no terminal takes', async () => {
    const {text, says} = await copied(reply(`\`\`\`\n${'x'.repeat(80_000)}\n\`\`\``), '1')
    expect(text).to.equal(undefined)
    expect(says).to.equal('code block 1 of 1 is too long for the clipboard of a terminal: 80000 bytes of 74000')
  })

  it('sends code as it was written, in whatever it stands and however it came', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        '',
        '\tif (x) {',
        '\t\ty\t= 1  // z',
        '  ',
        'a\tb',
        '- no item',
        '> no quote',
        '# no heading',
        '&amp; <b>',
        '[x]: y',
        '日本語',
        `${'long '.repeat(60)}`,
        '``',
        '\t',
        '1. x',
        '|a|b|',
      ),
      fc.string({unit: fc.constantFrom('a', ' ', '\t', '*', '\\', '<', '|', '"'), maxLength: 12}),
    )
    const put: Record<string, (code: string) => string> = {
      alone: (code) => `\`\`\`go\n${code}\n\`\`\``,
      tildes: (code) => `~~~~\n${code}\n~~~~`,
      'in a list': (code) => `- item\n\n  \`\`\`\n${indented(code, '  ')}\n  \`\`\``,
      'in a numbered list': (code) => `10. item\n    \`\`\`c\n${indented(code, '    ')}\n    \`\`\``,
      'in a list in a list': (code) => `* a\n  1. b\n\n     ~~~\n${indented(code, '     ')}\n     ~~~`,
      'in a quote': (code) => `> text\n> \`\`\`\n${quoted(code)}\n> \`\`\``,
      'in a list in a quote': (code) => `> - x\n>\n>   \`\`\`\n${quoted(indented(code, '  '))}\n>   \`\`\``,
    }
    const numRuns = Number(process.env.RUNS ?? 500)
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, {minLength: 1, maxLength: 90}),
        fc.constantFrom(...Object.keys(put)),
        fc.integer({min: 1, max: 500}),
        async (lines, place, size) => {
          // Blank lines at the end of a block in a list are nobody's, and one that is of blanks alone is empty.
          const code = `${lines
            .map((each) => (each.trim() === '' ? '' : each))
            .join('\n')
            .trimEnd()}\nend`
          const text = `Before.\n\n${put[place]?.(code)}\n\nAfter.\n`
          const actions: ChatAction[] = []
          for (let at = 0; at < text.length; at += size) actions.push(say(text.slice(at, at + size)))
          const {text: sent} = await copied(chatAfter(ask('q'), begin, ...actions, complete), '1')
          expect(sent, place).to.equal(code)
        },
      ),
      {numRuns},
    )
    tellTried(numRuns, 'blocks × places × chunkings')
  })
})

const indented = (code: string, by: string) =>
  code
    .split('\n')
    .map((line) => (line === '' ? '' : by + line))
    .join('\n')
const quoted = (code: string) =>
  code
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')
