import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import type {ChatScreen} from '../helpers/pty/chat.js'
import {useChats} from '../helpers/pty/suite.js'

describe('/rewind, end to end', function () {
  this.timeout(60_000)
  const suite = useChats()
  const file = (name: string) => path.join(suite.home.cwd, name)

  /** Two turns, of which the second removes a file and makes another. */
  async function worked(args: readonly string[] = []): Promise<ChatScreen> {
    writeFileSync(file('old.txt'), 'of before\n')
    const chat = suite.start(['--model', 'offline/tools', '--permission-mode', 'bypass', ...args])
    await chat.waitFor('new session')
    await chat.submit('run echo hello')
    await chat.waitFor('Done, with terminal')
    await chat.submit('run mv old.txt new.txt')
    await chat.waitFor(
      () => existsSync(file('new.txt')) && (chat.scrollback().match(/Done, with terminal/g) ?? []).length === 2,
    )
    return chat
  }

  it('shows what would become of files, puts them and the conversation back, and back again, after a kill too', async () => {
    const chat = await worked()
    await chat.ready()
    await chat.killGateway()
    await chat.waitFor('session recovered')
    await chat.ready()
    await chat.submit('/rewind')
    await chat.waitFor('Back to before which prompt?')
    chat.press('enter')
    await chat.waitFor('What goes back?')
    expect(chat.scrollback())
      .to.include('Would put back 2 files')
      .and.include('Create old.txt')
      .and.include('Remove new.txt')
    expect(existsSync(file('new.txt'))).to.equal(true)
    chat.press('enter')
    await chat.waitFor('2 files put back')
    await chat.waitFor('resumed run echo hello (2)')
    await chat.waitFor(/^› run mv old\.txt new\.txt\n● ready/m)
    expect([existsSync(file('new.txt')), readFileSync(file('old.txt'), 'utf8')]).to.deep.equal([false, 'of before\n'])
    chat.press('ctrl-u')
    await chat.submit('/rewind undo')
    await chat.waitFor('Put the files back as shown?')
    chat.press('enter')
    await chat.waitFor(() => existsSync(file('new.txt')))
    expect(existsSync(file('old.txt'))).to.equal(false)
  })
  it('does the same in lines, and tells what it leaves alone', async () => {
    const chat = await worked(['--screen-reader'])
    writeFileSync(file('new.txt'), 'of an editor\n')
    await chat.submit('/rewind')
    await chat.waitFor(/1\. run mv old\.txt new\.txt/)
    await chat.submit('1')
    await chat.waitFor('1. Files and conversation')
    expect(chat.scrollback()).to.include('1 changed by somebody else since')
    await chat.submit('2')
    await chat.waitFor('new.txt stays as it is: somebody else changed it')
    expect(readFileSync(file('old.txt'), 'utf8')).to.equal('of before\n')
    expect(readFileSync(file('new.txt'), 'utf8')).to.equal('of an editor\n')
  })
})
