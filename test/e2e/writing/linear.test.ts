import {existsSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {AutumnFiles, autumnGateway} from '../../helpers/autumn.js'
import type {ChatScreen} from '../../helpers/pty/chat.js'
import {isRunning} from '../../helpers/pty/processes.js'
import {upTo, useChats} from '../../helpers/pty/suite.js'
import {someOf} from '../../helpers/sample.js'

const HINT = /^Type a number from 1 to \d/m

describe('the chat in plain lines, end to end', () => {
  const suite = useChats()

  /** A terminal that can do nothing but append, and what was written to it: no sequence at all. */
  const open = async (args: readonly string[] = [], env: Record<string, string> = {TERM: 'dumb'}) => {
    const chat = suite.start(args, {env})
    await chat.waitFor(/^> $|^>$/m, {what: 'the prompt'})
    chat.descendants()
    return chat
  }
  const enter = (chat: ChatScreen, line: string) => chat.type(`${line}\r`)
  const plain = (chat: ChatScreen) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there.
    expect(chat.raw.replaceAll('\r\n', '\n')).to.not.match(/[\x00-\x09\x0b-\x1f\x7f\x9b]/)
    expect(chat.modesLeft).to.deep.equal([])
  }
  const said = (chat: ChatScreen, text: string) => chat.waitFor(() => chat.scrollback().includes(text), {what: text})

  it('answers, lists, leaves by Ctrl+D, and writes no control sequence', async () => {
    const chat = await open()
    // That there is no model is told below the first prompt, and then comes another one.
    await said(chat, '`providers`')
    await chat.waitFor(() => /\n>$/.test(chat.scrollback()), {what: 'the prompt below it'})
    enter(chat, 'stream 30 tokens at 200')
    await said(chat, 'word29')
    enter(chat, '/sessions')
    await chat.waitFor(/^1\. stream 30 tokens/m)
    enter(chat, '')
    await said(chat, 'closed')
    enter(chat, '/help')
    await said(chat, '/sessions')
    chat.press('ctrl-d')
    expect((await chat.waitForExit()).code).to.equal(0)
    expect(chat.words()).to.deep.equal(upTo(30))
    expect(chat.scrollback()).to.match(/^> stream 30 tokens at 200\nhermes: word0 /m)
    expect(chat.scrollback()).to.contain('Resume with: hermes chat --resume')
    plain(chat)
  })

  it('loses and repeats no word of a reply whose gateway is killed, nor what was typed meanwhile', async () => {
    const chat = await open(['--model', 'offline/400@150'])
    enter(chat, 'a long one')
    await said(chat, 'word80')
    const before = await chat.killGateway()
    await chat.gateway(before)
    await said(chat, 'session recovered')
    expect(chat.scrollback()).to.match(/gateway killed by SIGKILL/)
    enter(chat, '/continue')
    enter(chat, '')
    await said(chat, 'word399')
    await chat.waitFor(/^> *$/m)
    expect(chat.words()).to.deep.equal(upTo(400))
    plain(chat)
  })

  it('takes lines that were pasted for a prompt, whatever they begin with', async () => {
    const chat = await open(['--model', 'offline/3'])
    const begun = ['!touch ran', '/quit', '//x', 'words']
    for (const [index, begin] of begun.entries()) {
      chat.type(`${begin}\rand more of ${begin}\r`)
      await chat.waitFor(() => chat.scrollback().split('word2').length === index + 2, {what: `the reply to ${begin}`})
      await chat.waitFor(/^> *$/m)
    }
    expect(chat.scrollback(), 'what was typed is not told again').to.not.include('you:')
    expect(existsSync(path.join(suite.home.cwd, 'ran'))).to.equal(false)
    plain(chat)
  })

  it('tells what is queued, keeps it on disk when it is killed, and a draft of several lines too', async () => {
    const chat = await open()
    enter(chat, 'stream 5000 tokens at 100')
    await said(chat, 'word50')
    enter(chat, 'the next one')
    await said(chat, 'queued, 1 waits: the next one')
    enter(chat, 'first half \\')
    // A paragraph of the reply may come with it, longer than the screen.
    await chat.waitFor(() => /^\.\.\. *$/m.test(chat.scrollback()), {what: 'the next line of the prompt'})
    chat.signal('SIGKILL')
    await chat.waitForExit()

    const again = suite.start(['-c'], {env: {TERM: 'dumb'}})
    await said(again, 'your draft: first half')
    await said(again, 'a prompt of the last run came back in the queue')
    enter(again, 'second half')
    await again.waitFor(/^queued, \d waits?|^you: the next one|second half/m)
    plain(again)
  })

  it('asks in lines: only a number or a plain yes allows, words with a no deny', async () => {
    const chat = await open(['--model', 'offline/tools'])
    const file = path.join(suite.home.cwd, 'hermes-offline-demo.txt')
    enter(chat, 'go')
    await chat.waitFor(HINT)
    await chat.waitFor(() => /^answer>/m.test(chat.screen()))
    enter(chat, 'allow, I think')
    await chat.waitFor(/^Not taken/m)
    enter(chat, 'no, use rsync')
    await said(chat, 'use rsync\n')
    await chat.waitFor(/^> *$/m)
    expect(existsSync(file)).to.equal(false)
    plain(chat)
  })

  it('interrupts by Ctrl+C, and leaves by two more', async () => {
    const chat = await open()
    enter(chat, 'stream 5000 tokens at 100')
    await chat.waitFor(() => chat.descendants().length > 0)
    await chat.waitFor(() => chat.raw.includes('word'))
    chat.press('ctrl-c')
    await said(chat, 'interrupted')
    await chat.waitFor(/^> *$/m)
    chat.press('ctrl-c')
    await said(chat, 'Ctrl+C again leaves')
    chat.press('ctrl-c')
    expect(await chat.waitForExit()).to.deep.equal({code: 0, signal: undefined})
    expect(await chat.outlived()).to.deep.equal([])
    plain(chat)
  })

  it('takes a closed terminal for no wish to leave: the reply goes on', async () => {
    const chat = await open(['--model', 'offline/300@100'])
    enter(chat, 'a long one')
    await said(chat, 'word50')
    const gateway = await chat.gateway()
    chat.hangUp()
    await chat.waitFor(() => !isRunning(chat.pid), {what: 'the end of the chat'})
    expect(isRunning(gateway)).to.equal(true)
    const again = suite.start(['-c'], {env: {TERM: 'dumb'}})
    await again.waitFor(() => again.scrollback().includes('word299'), {what: 'the rest'})
    expect(again.words()).to.deep.equal(upTo(300))
    plain(again)
  })

  it('takes a password without showing it, and an answer to each of several questions', async () => {
    const files = new AutumnFiles(suite.home.dir)
    const command = ['--gateway-command', `'${process.execPath}' '${autumnGateway}'`]
    const chat = await open(command, {TERM: 'dumb', ...files.env})
    enter(chat, 'do #sudo #clarify=2')
    await chat.waitFor(/^Password: *$/m)
    chat.type('tr0ub4\x7f4dor\r')
    await chat.waitFor(/question: 1\/2: Question 1\?/)
    // The scripted gateway tells it in its reply; what was typed was not echoed.
    expect(chat.raw).to.match(/Password: \r\n/)
    await chat.waitFor(/^answer> *$/m)
    enter(chat, 'an answer')
    await chat.waitFor(/question: 2\/2: Question 2\?/)
    await chat.waitFor(/^answer> *$/m)
    enter(chat, '/decline')
    await said(chat, 'declined')
    await chat.waitFor(() => files.answers('sudo').length > 0)
    expect(files.answers('sudo')).to.deep.equal([{value: 'tr0ub4dor'}])
    plain(chat)
  })

  it('takes what is pasted as one prompt', async () => {
    const chat = await open(['--model', 'offline'])
    chat.type('one\rtwo\r/quit\r')
    await chat.waitFor(() => /hermes: [\s\S]*\n> $/.test(chat.scrollback().concat(' ')), {what: 'a reply'})
    enter(chat, '/history')
    await said(chat, 'you: one')
    expect(chat.ended).to.equal(undefined)
    plain(chat)
  })

  it('says so where the terminal cut off a line', async () => {
    const chat = await open(['--model', 'offline/3'])
    enter(chat, 'x'.repeat(4090))
    await said(chat, 'word2')
    expect(chat.raw).to.not.contain('warning')
    await chat.waitFor(/^> *$/m)
    enter(chat, 'y'.repeat(6000))
    await said(chat, 'warning: a line of this terminal holds 4095 bytes')
    plain(chat)
  })

  const choices = [
    ['a flag', ['--screen-reader'], {}],
    ['the environment', [], {HERMES_SCREEN_READER: '1'}],
  ] as const
  for (const [how, args, env] of someOf(choices, 1)) {
    it(`is chosen by ${how} in a terminal that could do more`, async () => {
      const chat = await open(args, {...env})
      enter(chat, 'stream 3 tokens at 200')
      await said(chat, 'word2')
      plain(chat)
    })
  }

  it('is chosen by the configuration, and a screen where that says no', async () => {
    suite.home.configure('discoverLocal: false\nui:\n  screenReader: true\n')
    const chat = await open([], {})
    enter(chat, 'stream 3 tokens at 200')
    await said(chat, 'word2')
    plain(chat)
    suite.home.configure('discoverLocal: false\nui: {screenReader: false}\n')
    await suite.start([]).ready()
  })
})
