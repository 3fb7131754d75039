import {expect} from 'chai'
import {type ChatFlags, chatIntent, joinPrompt, type Terminals} from '../../src/chat/intent.js'
import type {HermesError} from '../../src/errors.js'

const screen: Terminals = {stdinIsTerminal: true, stdoutIsTerminal: true, stdinIsPiped: false}
const piped: Terminals = {stdinIsTerminal: false, stdoutIsTerminal: false, stdinIsPiped: true}
const nowhere: Terminals = {stdinIsTerminal: false, stdoutIsTerminal: false, stdinIsPiped: false}

function failure(flags: ChatFlags, terminals: Terminals): HermesError {
  try {
    chatIntent(flags, {}, terminals)
  } catch (error) {
    return error as HermesError
  }
  throw new Error('accepted')
}

describe('chat intent', () => {
  it('opens the screen on a new session', () => {
    expect(chatIntent({}, {}, screen)).to.deep.equal({kind: 'screen', target: {kind: 'new'}, initialPrompt: undefined})
  })

  it('takes the argument as first prompt, and model and title for the session', () => {
    expect(chatIntent({prompt: 'hi', model: 'offline', title: 'T'}, {}, screen)).to.deep.equal({
      kind: 'screen',
      target: {kind: 'new', title: 'T', model: 'offline'},
      initialPrompt: 'hi',
    })
  })

  it('takes over only a session that there is', () => {
    const go = chatIntent({resume: 'K', takeOver: true}, {}, screen)
    expect(go.target).to.deep.equal({kind: 'stored', key: 'K'})
    expect(failure({takeOver: true}, screen)).to.include({code: 'usage/take-over-of-nothing', exit: 2})
  })

  it('goes on with the latest or a named session', () => {
    expect(chatIntent({continue: true}, {}, screen).target).to.deep.equal({kind: 'latest', unfinished: true})
    expect(chatIntent({resume: 'My title'}, {}, screen).target).to.deep.equal({kind: 'stored', key: 'My title'})
  })

  it('lets choose a session on a screen alone', () => {
    expect(
      chatIntent({choose: true, prompt: 'hi', takeOver: true, model: 'm'}, {HERMES_TUI_RESUME: 'K'}, screen),
    ).to.deep.equal({
      kind: 'screen',
      target: {kind: 'new', model: 'm'},
      initialPrompt: 'hi',
      choose: true,
    })
    const elsewhere: [ChatFlags, Terminals][] = [
      [{choose: true}, piped],
      [{choose: true}, nowhere],
      [{choose: true}, {...screen, stdoutIsTerminal: false}],
      [{choose: true, print: 'p'}, screen],
    ]
    for (const [flags, terminals] of elsewhere) {
      const {exit, suggestions, code} = failure(flags, terminals)
      expect([exit, code]).to.deep.equal([2, 'usage/choose-without-screen'])
      expect(suggestions).to.include('hermes chat --resume KEY')
    }
  })

  it('honours the twins of the reference in the environment, behind flags', () => {
    const env = {HERMES_TUI_RESUME: 'K', HERMES_TUI_QUERY: 'q'}
    expect(chatIntent({}, env, screen)).to.deep.equal({
      kind: 'screen',
      target: {kind: 'stored', key: 'K'},
      initialPrompt: 'q',
    })
    expect(chatIntent({continue: true, prompt: 'p'}, env, screen)).to.deep.equal({
      kind: 'screen',
      target: {kind: 'latest', unfinished: true},
      initialPrompt: 'p',
    })
  })

  it('prints for --print, for piped input and for both', () => {
    const base = {kind: 'print', target: {kind: 'new'}, format: 'text'}
    expect(chatIntent({print: 'p'}, {}, screen)).to.deep.equal({...base, prompt: 'p', stdin: 'none'})
    expect(chatIntent({print: 'p'}, {}, nowhere)).to.deep.equal({...base, prompt: 'p', stdin: 'none'})
    expect(chatIntent({print: 'p'}, {}, piped)).to.deep.equal({...base, prompt: 'p', stdin: 'optional'})
    expect(chatIntent({}, {}, piped)).to.deep.equal({...base, prompt: '', stdin: 'required'})
    expect(chatIntent({prompt: 'p'}, {}, piped)).to.deep.equal({...base, prompt: 'p', stdin: 'optional'})
    expect(chatIntent({outputFormat: 'json'}, {}, piped)).to.include({format: 'json'})
  })

  it('refuses with exit code 2 and says what to use instead', () => {
    const refusals: [ChatFlags, Terminals, string][] = [
      [{}, nowhere, 'usage/no-terminal'],
      [{}, {...screen, stdoutIsTerminal: false}, 'usage/no-terminal'],
      [{print: '  '}, screen, 'usage/empty-prompt'],
      [{print: 'a', prompt: 'b'}, screen, 'usage/two-prompts'],
      [{outputFormat: 'json'}, screen, 'usage/format-without-print'],
      [{resume: ' '}, screen, 'usage/empty-resume'],
    ]
    for (const [flags, terminals, code] of refusals) {
      expect(failure(flags, terminals)).to.include({code, exit: 2})
    }
    expect(failure({}, nowhere).suggestions.join()).to.include('--print')
  })

  it('joins the prompt with what was piped in', () => {
    expect(joinPrompt('explain', 'text\n\n')).to.equal('explain\n\ntext')
    expect(joinPrompt('', ' text\n')).to.equal(' text')
    expect(() => joinPrompt(' ', '\n')).to.throw('empty')
  })
})
