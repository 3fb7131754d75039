import {spawnSync} from 'node:child_process'
import {expect} from 'chai'
import {programPath} from '../helpers/pty/chat.js'
import {upTo, useChats} from '../helpers/pty/suite.js'

describe('one session in two chats, end to end', () => {
  const suite = useChats()

  async function open(prompt: string, shown: string) {
    const chat = suite.start()
    await chat.ready()
    await chat.submit(prompt)
    await chat.waitFor(shown)
    return chat
  }

  it('asks, takes it over in mid-reply with what runs, and lets it be taken back with nothing lost', async () => {
    const first = await open('stream 5000 tokens at 50', 'word20')
    await first.submit('queued in the first')
    first.type('draft of the first')
    await first.waitFor('› draft of the first')

    const second = suite.start(['-c'])
    await second.waitFor('What now?')
    await second.waitFor('❯ Take over')
    expect(second.scrollback()).to.match(/is open in another hermes \(pid \d+, since/)
    expect(second.screen()).to.include('❯ Take over').and.to.include('Read only').and.to.include('Branch')
    expect(second.screen()).to.not.include('draft of the first')
    second.press('enter')
    await second.waitFor('took over')
    await first.waitFor('read only')
    const seen = second.words().length
    await second.waitFor(() => second.words().length > seen + 20)
    second.press('escape')
    await second.ready()
    const words = second.words()
    expect(words).to.deep.equal(upTo(words.length))

    expect(first.scrollback()).to.include('was taken over by another hermes')
    expect(first.screen()).to.include('› draft of the first').and.to.include('queued in the first')
    await second.submit('count to 11')
    await second.waitFor(/count to 11\s+word0[\s\S]*word10/)
    await second.ready()

    first.press('enter')
    await first.waitFor('❯ Take it back')
    first.press('escape')
    await first.waitFor('› draft of the first')
    first.press('enter')
    await first.waitFor('❯ Take it back')
    first.press('enter')
    await first.waitFor('took back')
    await first.waitFor(/› queued in the first\n/)
    expect(first.screen()).to.include('› draft of the first')
    expect(first.scrollback()).to.include('› count to 11')
    await second.waitFor('was taken over by another hermes')
    await second.submit('is it still mine?')
    await second.waitFor('❯ Take it back')
    second.press('escape')
    await second.waitFor('› is it still mine?')
  })

  it('reads and branches while the other goes on, and says in print mode what can be done', async () => {
    const first = await open('stream 5000 tokens at 50', 'word20')
    const second = suite.start(['--continue'])
    await second.waitFor('What now?')
    second.press('down', 'down', 'enter')
    await second.waitFor('read only, as it is now')
    expect(second.words().length).to.be.above(5)
    second.press('enter')
    await second.waitFor('What now?')
    second.press('down', 'down', 'down', 'enter')
    await second.waitFor('branched off:')
    await second.ready()
    await second.submit('count to 7')
    await second.waitFor(/count to 7\s+word0[\s\S]*word6/)
    const seen = first.words().length
    await first.waitFor(() => first.words().length > seen)

    const hermes = (...args: string[]) =>
      spawnSync(process.execPath, [programPath, ...args], {
        cwd: suite.home.cwd,
        env: suite.home.env(),
        encoding: 'utf8',
        input: '',
      })
    const print = (...args: string[]) => hermes('chat', ...args)
    const {sessions} = JSON.parse(hermes('sessions', '--json').stdout) as {sessions: {key: string}[]}
    // The other one is the branch.
    const key = sessions.at(-1)?.key ?? ''
    const refused = print('--resume', key, '--print', 'count to 3')
    expect(refused.status).to.equal(8)
    expect(refused.stderr).to.include(`session ${key} is open in another hermes`).and.to.include('--take-over')
    const taken = print('--resume', key, '--take-over', '--print', 'count to 3')
    expect(taken.stderr).to.equal('')
    expect(taken.stdout.trim()).to.match(/^word0 word1 word2$/)
    expect(taken.status).to.equal(0)
    await first.waitFor('read only')
  })

  it('asks nothing when the other is gone, however it went', async () => {
    const first = await open('count to 11', 'word10')
    await first.ready()
    const gateway = await first.gateway()
    first.signal('SIGKILL')
    await first.waitForExit()
    // Also where the gateway could not end itself.
    process.kill(gateway, 'SIGKILL')
    const second = suite.start(['-c'])
    await second.ready()
    expect(second.scrollback()).to.include('resumed').and.to.not.include('open in another')
  })

  it('keeps what was typed for a session that was never prompted', async () => {
    const first = suite.start()
    await first.ready()
    first.type('my first words')
    await first.waitFor('› my first words')
    first.press('ctrl-c')
    await first.waitFor('Draft cleared')
    first.press('ctrl-c')
    expect((await first.waitForExit()).code).to.equal(0)
    const second = suite.start(['-c'])
    await second.waitFor('› my first words')
  })
})
