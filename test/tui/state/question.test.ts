import {expect} from 'chai'
import fc from 'fast-check'
import type {ApprovalRequest} from '../../../src/protocol/events.js'
import {SimulatedPerson} from '../simulated-person.js'

const approval = (more: Partial<ApprovalRequest> = {}): ApprovalRequest => ({
  command: 'rm -rf build',
  description: 'Run a shell command',
  request_id: 'q',
  offers: [],
  ...more,
})

const exit = {
  generation: 1,
  pid: 1,
  code: null,
  signal: 'SIGKILL' as const,
  expected: false,
  cause: 'external-sigkill',
  summary: 'killed by SIGKILL',
  retriable: true,
  remedy: undefined,
  confidence: 'certain' as const,
  stderrTail: [],
}

describe('a question that comes again', () => {
  let person: SimulatedPerson

  beforeEach(() => {
    person = new SimulatedPerson()
    person.wait(5000)
  })

  afterEach(() => person.dispose())

  const write = (text: string) => {
    person.wait(3000)
    for (const character of text) person.type(character)
  }
  const die = () => person.chat.store.dispatch({type: 'death', exit, recovers: true, now: 0})

  it('takes the place of itself, and keeps what is typed into it', () => {
    person.ask('approval.request', approval())
    write('no, use rsync')
    person.ask('approval.request', approval())
    expect(person.chat.state.questions).to.have.length(1)
    person.ask('approval.request', approval({command: 'rm -rf /'}))
    expect(person.chat.state.questions).to.have.length(1)
    expect(person.chat.state.questions[0]).to.deep.include({writing: true})
    expect(person.chat.state.questions[0]?.subject?.command).to.equal('rm -rf /')
    expect(person.chat.state.questions[0]?.editor.text).to.equal('no, use rsync')
    person.wait(3000)
    person.press('return')
    expect(person.told.map(({params}) => params)).to.deep.equal([
      {session_id: 'live', choice: 'deny', request_id: 'q', reason: 'no, use rsync'},
    ])
  })

  it('goes with its gateway, leaves its words in the draft, and takes them back', () => {
    person.type('d')
    person.ask('approval.request', approval())
    write('use rsync')
    die()
    expect(person.chat.state.questions).to.deep.equal([])
    expect(person.chat.state.editor.text).to.equal('d use rsync')
    person.ask('approval.request', approval({request_id: 'other'}))
    person.ask('approval.request', approval())
    expect(person.chat.state.editor.text).to.equal('d')
    expect(person.chat.state.questions.map(({editor}) => editor.text)).to.deep.equal(['', 'use rsync'])
  })

  it('leaves the draft alone that was changed meanwhile', () => {
    person.ask('approval.request', approval())
    write('use rsync')
    die()
    person.type('!')
    person.ask('approval.request', approval())
    expect(person.chat.state.editor.text).to.equal('use rsync!')
    expect(person.chat.state.questions[0]?.editor.text).to.equal('')
  })

  it('leaves nothing of a password anywhere', () => {
    person.ask('sudo.request', {request_id: 's'})
    write('hunter2')
    die()
    expect(JSON.stringify(person.chat.state.editor)).not.to.include('hunter')
    person.ask('sudo.request', {request_id: 's'})
    expect(person.chat.state.questions[0]?.editor.text).to.equal('')
  })

  it('opens the field by a letter or Tab, and closes it by Esc with its words in the draft', () => {
    for (const open of ['tab', 'n']) {
      person.ask('approval.request', approval({request_id: open}))
      person.wait(3000)
      if (open === 'tab') person.press('tab')
      else person.type(open)
      expect(person.chat.state.questions[0]?.writing).to.equal(true)
      for (const character of 'o 1') person.type(character)
      person.press('escape')
      expect(person.chat.state.questions[0]).to.deep.include({writing: false})
      expect(person.chat.state.editor.text).to.match(/o 1$/)
      person.press('escape')
      expect(person.told.at(-1)?.params).to.deep.equal({session_id: 'live', choice: 'deny', request_id: open})
    }
  })

  it('keeps the words where a gateway could not tell its model', () => {
    person.ask('approval.request', {command: 'rm x', description: 'delete files', allow_permanent: true})
    write('no')
    person.press('return')
    expect(person.told.map(({params}) => params)).to.deep.equal([{session_id: 'live', choice: 'deny'}])
    expect(person.chat.state.editor.text).to.equal('no')
  })

  it('answers a question in words, with what was chosen or written', () => {
    const answer = (act: () => void) => {
      person.ask('clarify.request', {
        question: 'Which?',
        choices: ['red', 'blue'],
        request_id: `c${person.told.length}`,
      })
      person.wait(3000)
      act()
      return person.told.at(-1)?.params.answer
    }
    expect(answer(() => person.type('2'))).to.equal('blue')
    expect(
      answer(() => {
        person.press('down')
        person.wait(400)
        person.press('return')
      }),
    ).to.be.oneOf(['red', 'blue'])
    expect(
      answer(() => {
        for (const character of 'green 1') person.type(character)
        person.press('return')
      }),
    ).to.equal('green 1')
    expect(answer(() => person.press('escape'))).to.equal('')
  })

  it('scrolls without an end that can be passed', () => {
    const command = Array.from({length: 61}, (_, index) => `echo ${index + 1}`).join('\n')
    person.ask('approval.request', approval({command}))
    person.wait(3000)
    const keys = fc.array(fc.constantFrom('pageup', 'pagedown', 'home', 'end', 'u', 'd'), {maxLength: 30})
    fc.assert(
      fc.property(keys, (names) => {
        for (const name of names) person.press(name, undefined, {ctrl: name.length === 1})
        const {asked} = person.chat.asking
        expect(asked?.top).to.be.within(0, (asked?.total ?? 0) - (asked?.page ?? 0))
        person.press('end')
        expect(person.screen().rows.join('\n')).to.include('echo 61')
        person.press('home')
        expect(person.screen().rows.join('\n')).to.match(/echo 1\n/)
      }),
    )
    expect(person.told).to.deep.equal([])
  })
})
