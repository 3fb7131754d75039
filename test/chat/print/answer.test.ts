import {expect} from 'chai'
import fc from 'fast-check'
import {
  addText,
  adoptStored,
  complete,
  completeTool,
  emptyAnswer,
  findTurn,
  startTool,
} from '../../../src/chat/print/answer.js'
import type {WireMessage} from '../../../src/protocol/methods.js'

const stored = (assistant: string) => ({assistant, reasoning: '', tools: []})
const done = (text: string | null) => ({text, status: 'complete'}) as const

/** A reply cut into pieces. */
const pieces = fc.array(fc.string({maxLength: 5}), {maxLength: 12})

describe('print answer', () => {
  it('shows every character once and ends with the whole reply, wherever the death falls', () => {
    fc.assert(
      fc.property(pieces, fc.nat(12), fc.nat(12), (all, diedAfter, storedUpTo) => {
        const reply = all.join('')
        const before = all.slice(0, diedAfter).join('')
        const kept = all.slice(0, storedUpTo).join('')
        const answer = emptyAnswer()
        let shown = ''
        for (const piece of all.slice(0, diedAfter)) shown += addText(answer, piece)
        expect(shown).to.equal(before)
        shown += adoptStored(answer, stored(kept))
        for (const piece of all.slice(storedUpTo)) shown += addText(answer, piece)
        shown += complete(answer, done(reply))
        expect(shown).to.equal(reply)
        expect(answer.text).to.equal(reply)
      }),
    )
  })

  it('holds what the gateway holds when a continued reply is worded differently', () => {
    const answer = emptyAnswer()
    addText(answer, 'The answer is forty')
    expect(adoptStored(answer, stored('The answer'))).to.equal('')
    expect(addText(answer, ' is ')).to.equal('')
    expect(addText(answer, 'fifty')).to.equal('ifty')
    expect(answer.text).to.equal('The answer is fifty')
  })

  it('drops shown text that a shorter continued reply does not repeat', () => {
    const answer = emptyAnswer()
    addText(answer, 'one two three')
    adoptStored(answer, stored('one'))
    addText(answer, ' two')
    complete(answer, done(null))
    expect(answer.text).to.equal('one two')
  })

  it('takes text that was never streamed from the end of the turn, and no text twice', () => {
    const silent = emptyAnswer()
    expect(complete(silent, done('whole'))).to.equal('whole')

    const tooled = emptyAnswer()
    addText(tooled, 'I look. ')
    startTool(tooled, {tool_id: 't', name: 'read', context: 'x'})
    completeTool(tooled, {tool_id: 't', name: 'read', duration_s: 1})
    addText(tooled, 'Found')
    expect(complete(tooled, done('Found it'))).to.equal(' it')
    expect(tooled.text).to.equal('I look. Found it')
    expect(tooled.tools).to.deep.equal([{tool_id: 't', name: 'read', context: 'x', duration_s: 1, status: 'complete'}])
  })

  it('does not take the message of a failure as an answer', () => {
    const answer = emptyAnswer()
    expect(complete(answer, {text: 'Error: no', status: 'error'})).to.equal('')
    expect(answer.text).to.equal('')
  })

  describe('looks in a resumed session for the prompt', () => {
    const user = (text: string, prompt_id?: string): WireMessage => ({
      role: 'user',
      text,
      ...(prompt_id && {prompt_id}),
    })
    const assistant = (text: string): WireMessage => ({role: 'assistant', text})

    it('by its id', () => {
      const messages = [user('a', '1'), assistant('A'), user('a', '2'), assistant('B1'), assistant('B2')]
      expect(findTurn(messages, '2', 'a')).to.include({kind: 'answered', text: 'B1\n\nB2'})
      expect(findTurn(messages, '1', 'a')).to.include({kind: 'answered', text: 'A'})
      expect(findTurn(messages, '3', 'a')).to.deep.equal({kind: 'absent'})
    })

    it('by its text where a gateway has no ids, and then only as the last prompt', () => {
      expect(findTurn([user('a'), assistant('A'), user('b')], '9', 'b')).to.deep.equal({kind: 'unanswered'})
      expect(findTurn([user('a'), assistant('A'), user('b')], '9', 'a')).to.deep.equal({kind: 'absent'})
      expect(findTurn([], '9', 'a')).to.deep.equal({kind: 'absent'})
    })
  })

  it('tells a call that was not allowed from one that ran, and what the model was told of it', () => {
    const answer = emptyAnswer()
    const result = {error: 'terminal: not allowed in this run', denied: true}
    startTool(answer, {tool_id: 'a', name: 'terminal', context: 'rm x'})
    completeTool(answer, {tool_id: 'a', name: 'terminal', result})
    startTool(answer, {tool_id: 'b', name: 'terminal', context: 'ls'})
    completeTool(answer, {tool_id: 'b', name: 'terminal', result: {output: '', exit_code: 0, denied: 'no'}})
    expect(answer.tools.map(({status}) => status)).to.deep.equal(['denied', 'complete'])
    expect(answer.denials).to.deep.equal([{tool_id: 'a', name: 'terminal', context: 'rm x', reason: result.error}])
  })

  it('takes the steps of the gateway that worked on it last, which counts those of the others', () => {
    const answer = emptyAnswer()
    complete(answer, {...done(null), steps: 3})
    complete(answer, {...done(''), steps: 5})
    expect(answer.steps).to.equal(5)
  })
})
