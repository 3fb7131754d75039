import {execFileSync} from 'node:child_process'
import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {useChats} from '../../helpers/pty/suite.js'

describe('FIFOs where files should be, end to end', () => {
  const suite = useChats('model: offline\n')

  it('the chat opens, names them, answers and can be left', async function () {
    if (process.platform === 'win32') this.skip()
    const {cwd, hermes} = suite.home
    const outbox = path.join(hermes, 'outbox', 'x.json')
    const orphan = path.join(hermes, 'outbox', 'new-00000000.json')
    for (const file of [path.join(cwd, '.git', 'HEAD'), outbox, orphan, path.join(hermes, 'chat_history')]) {
      mkdirSync(path.dirname(file), {recursive: true, mode: 0o700})
      execFileSync('mkfifo', [file])
    }
    const chat = suite.start()
    await chat.waitFor('new-00000000.json is passed over: it is a FIFO')
    await chat.waitFor('chat_history is passed over: it is a FIFO')
    await chat.submit('count to 5')
    await chat.waitFor('word4')
    await chat.quit()
    expect(chat.modesLeft).to.deep.equal([])
  })
})
