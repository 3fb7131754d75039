import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {pasted} from '../../helpers/pty/keys.js'
import {isRunning} from '../../helpers/pty/processes.js'
import {useChats} from '../../helpers/pty/suite.js'
import {someOf} from '../../helpers/sample.js'

describe('writing a prompt, end to end', () => {
  const suite = useChats()

  const sizes = [
    [80, 24],
    [40, 15],
  ] as const
  for (const [columns, rows] of someOf(sizes, 1)) {
    it(`lists what can be typed, in ${columns} columns and ${rows} rows`, async () => {
      mkdirSync(path.join(suite.home.cwd, 'my notes'))
      writeFileSync(path.join(suite.home.cwd, 'my notes', 'to do.md'), '')
      const chat = suite.start(['--model', 'offline/3@50'], {cols: columns, rows, cwd: suite.home.cwd})
      await chat.ready()
      chat.type('/th')
      await chat.waitFor('❯ /theme')
      chat.press('tab')
      await chat.waitFor('high-contrast')
      chat.press('escape')
      await chat.waitFor(() => !chat.screen().includes('high-contrast'), {what: 'the end of the list'})
      expect(chat.screen()).to.include('› /theme')
      chat.press('ctrl-u')
      chat.type('see @not')
      await chat.waitFor('❯ my notes/')
      chat.press('tab')
      await chat.waitFor('› see @"my notes/"')
      await chat.waitFor('❯ my notes/to do.md')
      chat.press('tab')
      await chat.waitFor('› see @"my notes/to do.md"')
      chat.press('enter')
      await chat.waitFor('word2')
      await chat.quit()
    })
  }

  it('runs a line of the person, bounded on the screen, and ends it with the program', async () => {
    const chat = suite.start(['--model', 'offline/3@50'])
    await chat.ready()
    chat.type('!for i in $(seq 100); do echo line $i; done; echo pid $$; exec sleep 1000')
    chat.press('enter')
    await chat.waitFor(/pid \d+/)
    const pid = Number(/pid (\d+)/.exec(chat.screen())?.[1])
    expect(chat.screen()).not.to.include('line 50')
    expect(isRunning(pid)).to.equal(true)
    process.kill(chat.pid, 'SIGKILL')
    await chat.exit
    while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 5))
  })

  it('folds a paste to a line that is one character to the keys', async () => {
    const chat = suite.start(['--model', 'offline/3@50'])
    await chat.ready()
    chat.type(pasted(Array.from({length: 5001}, (_, line) => `line ${line}`).join('\n')))
    await chat.waitFor('› [Pasted text #1 · 5001 lines]')
    chat.press('backspace')
    await chat.waitFor('Ask anything')
    chat.press('ctrl-_')
    await chat.waitFor('› [Pasted text #1 · 5001 lines]')
    chat.press('enter')
    await chat.waitFor('word2')
    await chat.ready()
    chat.press('ctrl-o')
    await chat.waitFor('What you sent')
    expect(chat.screen()).to.include('line 3')
  })
})
