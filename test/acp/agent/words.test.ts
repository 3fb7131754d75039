import {expect} from 'chai'
import {commandIn, commandsOf} from '../../../src/acp/agent/commands.js'
import {diffContent} from '../../../src/acp/agent/diff-content.js'
import {editorServers} from '../../../src/acp/agent/editor-servers.js'
import {configOptionsOf} from '../../../src/acp/agent/options.js'
import {promptOf} from '../../../src/acp/agent/prompt.js'
import {approvalOf, askingTool, permissionOf} from '../../../src/acp/agent/questions.js'
import {replayOf} from '../../../src/acp/agent/replay.js'
import {acpStopReason} from '../../../src/acp/agent/stop-reason.js'
import {fenced, planOf, toolEnded} from '../../../src/acp/agent/tool-updates.js'
import {png} from '../../helpers/images/files.js'

describe('what an editor sends', () => {
  it('becomes a text with mentions of files', () => {
    const {text} = promptOf([
      {type: 'text', text: 'Look at'},
      {type: 'resource_link', name: 'a b.ts', uri: 'file:///w/a%20b.ts#L3:9'},
      {type: 'text', text: 'please'},
    ])
    expect(text).to.equal('Look at @"/w/a b.ts" (line 3:9) please')
  })

  it('has what is embedded in a fence, which it cannot leave', () => {
    const {text} = promptOf([
      {type: 'text', text: 'Fix'},
      {type: 'resource', resource: {uri: 'zed:///selection', text: 'a\n```\nb'}},
    ])
    expect(text).to.equal('Fix\n\nzed:///selection:\n````\na\n```\nb\n````\n')
  })

  it('names an image that is none, and takes one that is', () => {
    expect(() => promptOf([{type: 'image', data: 'AAAA', mimeType: 'image/png'}])).to.throw('image 1 of the prompt')
    const {text, images} = promptOf([
      {type: 'text', text: 'see'},
      {type: 'image', data: Buffer.from(png(3, 2)).toString('base64'), mimeType: 'image/png'},
    ])
    expect(text).to.equal('see [Image #1 · image 3x2]')
    expect(images).to.have.length(1)
  })

  it('is refused where it is empty or a sound', () => {
    expect(() => promptOf([{type: 'text', text: '  '}])).to.throw('empty')
    expect(() => promptOf([{type: 'audio', data: '', mimeType: 'audio/wav'}])).to.throw('takes no audio')
  })

  it('is a command where it begins as one', () => {
    expect(commandIn('/tools')).to.deep.equal({name: 'tools', argument: ''})
    expect(commandIn('/title A b\nc')).to.deep.equal({name: 'title', argument: 'A b\nc'})
    expect(commandIn('/etc/hosts is wrong')).to.equal(undefined)
    expect(commandIn('see /tools')).to.equal(undefined)
  })

  it('brings MCP servers, without taking the place of those of the person', () => {
    const {servers, problems} = editorServers(
      [
        {name: 'files', command: '/bin/files', args: ['-x'], env: [{name: 'A', value: 'b'}]},
        {name: 'mine', command: '/bin/other', args: [], env: []},
        {type: 'http', name: 'my web', url: 'https://example.com/mcp', headers: [{name: 'X', value: 'y'}]},
        {type: 'sse', name: 'old', url: 'https://example.com/sse', headers: []},
      ],
      {mine: {command: '/bin/mine'}},
    )
    expect(servers).to.deep.equal({
      mine: {command: '/bin/mine'},
      files: {command: '/bin/files', args: ['-x'], env: {A: 'b'}},
      'my-web': {url: 'https://example.com/mcp', headers: {X: 'y'}},
    })
    expect(problems).to.have.length(1)
    expect(problems[0]).to.contain('old')
  })
})

describe('what an editor is shown', () => {
  it('of a change: the old and the new text of each hunk', () => {
    expect(diffContent('@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ no newline\n@@ -9,1 +9,2 @@\n x\n+y', '/w/f')).to.deep.equal([
      {type: 'diff', path: '/w/f', oldText: 'a\nb', newText: 'a\nc'},
      {type: 'diff', path: '/w/f', oldText: 'x', newText: 'x\ny'},
    ])
  })

  it('of a question: what would be done, why it is asked, and for how long a yes may hold', () => {
    const request = {
      command: 'rm a',
      description: 'Run a shell command',
      kind: 'command' as const,
      cwd: '/w',
      dangers: ['deletes files'],
      request_id: 'q1',
      offers: [{scope: 'always' as const, rule: 'bash(=rm a)', covers: 'exactly this command'}],
    }
    const {toolCall, options} = permissionOf(request, undefined)
    expect(toolCall).to.include({toolCallId: 'question-q1', title: 'rm a', kind: 'execute'})
    expect(options.map(({name}) => name)).to.deep.equal(['Allow', 'Always allow: exactly this command', 'Reject'])
    expect(approvalOf(request, 'offer-0')).to.deep.equal({choice: 'always', rule: 'bash(=rm a)'})
    expect(approvalOf(request, 'offer-7')).to.deep.equal({choice: 'deny'})
    expect(approvalOf({...request, offers: []}, 'anything')).to.deep.equal({choice: 'deny'})
  })

  it('of a question at the call that asks', () => {
    const tools = [
      {id: '1', name: 'terminal', context: 'rm a'},
      {id: '2', name: 'edit_file', context: 'src/b.ts'},
    ]
    expect(askingTool(tools, 'rm a')?.id).to.equal('1')
    expect(askingTool(tools, '/w/src/b.ts')?.id).to.equal('2')
    expect(askingTool([], 'rm a')).to.equal(undefined)
  })

  it('of a call that was cut off: that nobody knows what it did', () => {
    const update = toolEnded({tool_id: '1', name: 'terminal', context: 'make', status: 'unknown'}, '/w')
    expect(update).to.include({status: 'failed'})
    expect((update as {title?: string}).title).to.contain('outcome unknown')
  })

  it('of the tasks: a plan', () => {
    const todos = [
      {content: 'a', status: 'completed'},
      {content: 'b', status: 'pending'},
      {content: 'c', status: 'cancelled'},
    ]
    expect(planOf({tool_id: '1', name: 'todo', result: {todos}})).to.deep.equal({
      sessionUpdate: 'plan',
      entries: [
        {content: 'a', priority: 'medium', status: 'completed'},
        {content: 'b', priority: 'medium', status: 'pending'},
      ],
    })
  })

  it('of a stored session: all of it, in order, and where it broke off', () => {
    const kinds = replayOf(
      [
        {role: 'user', text: 'hi'},
        {role: 'assistant', text: 'I look', reasoning: 'hm'},
        {role: 'tool', name: 'terminal', context: 'ls', tool_id: 't', result: {output: 'a', exit_code: 0}},
        {role: 'assistant', text: 'there is', status: 'interrupted'},
      ],
      '/w',
    ).map(({sessionUpdate}) => sessionUpdate)
    expect(kinds).to.deep.equal([
      'user_message_chunk',
      'agent_thought_chunk',
      'agent_message_chunk',
      'tool_call',
      'agent_message_chunk',
      'agent_message_chunk',
    ])
  })

  it('of models and modes: what can be chosen, and what is', () => {
    const info = {model: 'gpt', provider: 'openai', cwd: '/', branch: '', tools: {}, skills: {}, desktop_contract: 1}
    const answer = {
      providers: [
        {slug: 'openai', models: ['gpt', 'o9']},
        {slug: 'offline', models: ['offline']},
      ],
    }
    const options = configOptionsOf({...info, profile_name: '', permission_mode: 'plan'}, answer)
    expect(options.map((option) => [option.id, option.currentValue])).to.deep.equal([
      ['mode', 'plan'],
      ['model', 'openai/gpt'],
    ])
    expect(options[1]).to.have.nested.property('options.length', 3)
  })

  it('of commands: those that make sense there, with their hint', () => {
    const names = commandsOf({
      pairs: [
        ['/undo', 'x'],
        ['/title', 'Set it (usage: /title [text])'],
        ['/tools', 'List'],
      ],
    })
    expect(names.map(({name}) => name)).to.deep.equal(['continue', 'compact', 'title', 'tools'])
    expect(names[2]).to.deep.equal({name: 'title', description: 'Set it', input: {hint: '[text]'}})
  })

  it('of the end of a turn: why', () => {
    expect(acpStopReason(undefined)).to.equal('end_turn')
    expect(acpStopReason('length')).to.equal('max_tokens')
    expect(acpStopReason('step-limit')).to.equal('max_turn_requests')
    expect(acpStopReason('content-filter')).to.equal('refusal')
  })

  it('in a fence that is longer than any in it', () => {
    expect(fenced('a')).to.equal('```\na\n```')
    expect(fenced('````')).to.equal('`````\n````\n`````')
  })
})
