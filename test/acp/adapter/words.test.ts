import {appendFileSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {offeredCommands} from '../../../src/acp/adapter/commands.js'
import {accessOf, contextOf, resultOf, toolWith} from '../../../src/acp/adapter/tools.js'
import {continuation, titleOf} from '../../../src/acp/adapter/words.js'
import {AgentJournals} from '../../../src/acp/journal/journal.js'
import {type AgentRecord, interruptedOf, messagesOf, readRecords} from '../../../src/acp/journal/records.js'
import {slashCommands} from '../../../src/tui/commands/registry.js'

const session: AgentRecord = {t: 'session', key: 'k', agent: 'a', cwd: '/w', at: 1}
const prompt: AgentRecord = {t: 'prompt', id: 'p', text: 'hi', at: 2}

describe('the journal of an agent session', () => {
  it('tells what was said, in order, with what is not known of a call that ran', () => {
    const stored = readRecords([
      session,
      prompt,
      {t: 'reasoning', text: 'hm'},
      {t: 'text', text: 'one '},
      {t: 'text', text: 'two'},
      {t: 'tool', id: 't', name: 'terminal', context: 'ls'},
      {t: 'died', at: 5},
    ])
    if (!stored) throw new Error('not read')
    expect(messagesOf(stored)).to.deep.equal([
      {role: 'user', text: 'hi', prompt_id: 'p'},
      {role: 'assistant', reasoning: 'hm', text: 'one two', status: 'interrupted'},
      {role: 'tool', tool_id: 't', name: 'terminal', context: 'ls', status: 'unknown'},
    ])
    expect(interruptedOf(stored)).to.deep.include({prompt_id: 'p', assistant: 'one two', reasoning: 'hm', deaths: 1})
  })

  it('tells of a turn that ended that it is whole, and of one that goes on that it is not broken', () => {
    const whole = readRecords([session, prompt, {t: 'text', text: 'x'}, {t: 'end', status: 'complete', at: 3}])
    expect(whole && interruptedOf(whole)).to.equal(null)
    const again = readRecords([session, prompt, {t: 'died', at: 3}, {t: 'continue', at: 4}])
    expect(again && interruptedOf(again)).to.equal(null)
    expect(readRecords([prompt])).to.equal(undefined)
  })

  it('survives a line that was torn, and keeps what comes after it', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hermes-journal-'))
    try {
      const journals = new AgentJournals(folder, 'a')
      const first = journals.open('k')
      first.write(session)
      first.write(prompt)
      first.close()
      const file = path.join(folder, 'agents', 'a', 'k.jsonl')
      appendFileSync(file, '{"t":"text","te')
      const next = journals.open('k')
      next.write({t: 'text', text: 'after'})
      next.close()
      const stored = journals.read('k')
      expect(stored && messagesOf(stored).map(({text}) => text)).to.deep.equal(['hi', 'after'])
      expect(journals.list().map(({key}) => key)).to.deep.equal(['k'])
      expect(journals.read('../k')).to.equal(undefined)
      expect(readFileSync(file, 'utf8')).to.contain('{"t":"text","te\n')
    } finally {
      rmSync(folder, {recursive: true})
    }
  })
})

describe('commands of an agent', () => {
  it('go by another name where the chat has one of its own', () => {
    const offered = offeredCommands('gem', [
      {name: 'help', description: 'Help'},
      {name: 'web', description: 'Search', input: {hint: 'words'}},
    ])
    expect(offered).to.deep.equal([
      {name: 'gem-help', sent: 'help', summary: 'Help', args: ''},
      {name: 'web', sent: 'web', summary: 'Search', args: '[words]'},
    ])
  })

  it('take the name of none that the chat has', () => {
    const own = slashCommands.flatMap(({name, aliases}) => [name, ...aliases])
    const offered = offeredCommands(
      'gem',
      own.map((name) => ({name, description: ''})),
    )
    expect(offered.filter(({name}) => own.includes(name))).to.deep.equal([])
  })
})

describe('a call of an agent', () => {
  const call = (told: object) => toolWith(undefined, {toolCallId: 't', title: '', ...told})

  it('is a command, a file or a page to the rules, else a tool by its name', () => {
    const run = call({kind: 'execute', title: '`ls -l`'})
    expect(accessOf(run, 'gem', '/w')).to.deep.equal({tool: 'bash', command: 'ls -l', cwd: '/w'})
    const words = call({kind: 'execute', rawInput: {command: ['ls', '-l'], cwd: '/x'}})
    expect(accessOf(words, 'gem', '/w')).to.deep.equal({tool: 'bash', command: 'ls -l', cwd: '/x'})
    const edit = call({kind: 'edit', locations: [{path: 'a.ts'}]})
    expect(accessOf(edit, 'gem', '/w')).to.deep.equal({tool: 'edit', path: '/w/a.ts'})
    const fetch = call({kind: 'fetch', rawInput: {url: 'https://example.com'}})
    expect(accessOf(fetch, 'gem', '/w')).to.deep.equal({tool: 'fetch', url: 'https://example.com/'})
    const other = call({kind: 'other', title: 'Post', name: 'mail.send'})
    expect(accessOf(other, 'gem', '/w')).to.deep.equal({tool: 'mcp', name: 'mcp__gem__mail_send', call: 'Post'})
  })

  it('is told by what it is about, without the verb that is said anyway', () => {
    expect(contextOf(call({kind: 'read', title: 'Read a', locations: [{path: '/w/src/a'}]}), '/w')).to.equal('src/a')
    expect(contextOf(call({kind: 'search', title: 'Search foo'}), '/w')).to.equal('foo')
  })

  it('keeps what was told before where an update does not say it', () => {
    const known = call({kind: 'execute', title: 'ls', rawInput: {command: 'ls'}})
    const ended = toolWith(known, {
      toolCallId: 't',
      status: 'failed',
      content: [{type: 'content', content: {type: 'text', text: '```console\nno such file\n```'}}],
    })
    expect(resultOf(ended, '/w')).to.deep.equal({
      args: {command: 'ls'},
      result: {output: 'no such file', exit_code: 1},
    })
  })
})

describe('what an agent is told that was killed', () => {
  it('is its prompt, what was shown of its reply, and which calls may have run', () => {
    const tools = [{tool_id: 't', name: 'terminal', context: 'make', status: 'unknown' as const}]
    const text = continuation(
      {prompt_id: 'p', user: 'build\nit', assistant: 'I do', reasoning: '', tools, deaths: 1},
      false,
    )
    expect(text).to.contain('> build\n> it').and.to.contain('> I do').and.to.contain('- terminal make: it may have run')
  })

  it('has a title from the first line', () => {
    expect(titleOf('a\nb')).to.equal('a')
    expect(titleOf('x'.repeat(99))).to.have.length(60)
  })
})
