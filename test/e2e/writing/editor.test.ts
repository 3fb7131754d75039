import {chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {isRunning} from '../../helpers/pty/processes.js'
import {upTo, useChats} from '../../helpers/pty/suite.js'

describe("the draft in an editor of one's own, end to end", function () {
  this.timeout(60_000)
  const suite = useChats()
  const offline = ['--model', 'offline/200@100']

  before(function () {
    if (process.platform === 'win32') this.skip()
  })

  /** An editor that says that it is there, and does what the script says with the file `$1`. */
  function editor(script: string): {env: Record<string, string>} {
    const file = path.join(suite.home.dir, 'my editor.sh')
    writeFileSync(file, `#!/bin/sh\necho "EDITING $1"\n${script}\n`)
    chmodSync(file, 0o755)
    return {env: {EDITOR: `"${file}"`, VISUAL: ''}}
  }
  const folder = () => path.join(suite.home.hermes, 'editing')
  const files = () => (existsSync(folder()) ? readdirSync(folder()) : [])
  /** Reads lines of the person and puts them behind what is there. */
  const typing = 'while read -r line; do [ "$line" = done ] && exit 0; echo "$line" >> "$1"; done'

  it('hands over all keys and takes back what it saved; undo brings the one before', async () => {
    const chat = suite.start(offline, editor(typing))
    await chat.ready()
    chat.type('my draft')
    await chat.waitFor('› my draft')
    chat.press('ctrl-g')
    await chat.waitFor('EDITING')
    const [file = ''] = files()
    expect(readFileSync(path.join(folder(), file), 'utf8')).to.equal('my draft\n')
    expect(statSync(path.join(folder(), file)).mode & 0o777).to.equal(0o600)
    expect(statSync(folder()).mode & 0o777).to.equal(0o700)
    for (let line = 1; line <= 40; line++) chat.type(`line ${line} of it\r`)
    chat.type('done\r')
    await chat.waitFor('[41 lines')
    expect(chat.screen()).to.include('line 40 of it')
    expect(files()).to.deep.equal([])
    chat.press('ctrl-_')
    await chat.waitFor(/› my draft\n● ready/)
    chat.type('\x18\x05')
    await chat.waitFor(/done\nEDITING/)
    chat.type('done\r')
    await chat.waitFor(/› my draft\n● ready/)
    chat.press('ctrl-u')
    await chat.waitFor('› Ask anything')
    expect((await chat.quit()).code).to.equal(0)
    expect(chat.modesLeft).to.deep.equal([])
  })

  it('has the reply go on meanwhile, whose words are printed once, and the queue with it', async () => {
    const chat = suite.start(offline, editor(`sleep 1; echo AWAKE; ${typing}`))
    await chat.ready()
    await chat.submit('go on')
    await chat.waitFor('word5')
    chat.type('next')
    chat.press('ctrl-g')
    await chat.waitFor('EDITING')
    const words = chat.words().length
    // A part of the reply comes while the editor has the terminal.
    await chat.waitFor('AWAKE')
    expect(chat.words()).to.have.length(words)
    chat.type('done\r')
    await chat.waitFor('word199', {timeout: 20_000})
    await chat.ready()
    expect(chat.words()).to.deep.equal(upTo(200))
    expect(words).to.be.below(200)
    expect(chat.screen()).to.match(/› next\n/)
  })

  it('shows what was pasted in full there, and as its label again afterwards, also when hermes was killed', async () => {
    const rows = Array.from({length: 30}, (_, at) => `row ${at}`).join('\n')
    const first = suite.start(offline, editor('wc -l < "$1"; echo more >> "$1"; echo SAVED; read -r line'))
    await first.ready()
    first.paste(rows)
    first.type(' is it')
    await first.waitFor('[Pasted text #1 · 30 lines] is it')
    first.press('ctrl-g')
    await first.waitFor(/^30\nSAVED/m)
    first.type('\r')
    await first.waitFor(/› \[Pasted text #1 · 30 lines\] is it\n {2}more\n●/)
    first.press('ctrl-g')
    await first.waitFor(/^31\nSAVED/m)
    const pid = first.pid
    process.kill(pid, 'SIGKILL')
    await first.waitFor(() => !isRunning(pid), {what: 'the end'})
    first.dispose()
    const second = suite.start(offline, editor('sed -i "s/row 27/row seven/" "$1"'))
    await second.waitFor(/› \[Pasted text #1 · 30 lines\] is it\n {2}more\n {2}more\n●/)
    second.press('ctrl-g')
    // Changed, so it is no longer what the label stands for.
    await second.waitFor(/ {2}row seven\n {2}row 28\n {2}row 29 is it\n {2}more/)
  })

  for (const [name, script, says] of [
    ['fails', 'echo lost >> "$1"; exit 3', /ended with code 3 · the draft is as it was/],
    [
      'is killed',
      'echo kept >> "$1"; stty raw -echo; printf "\\033[?1049h\\033[?25l"; kill -9 $$',
      /was ended by SIGKILL · the/,
    ],
  ] as const) {
    it(`leaves the draft as it was when it ${name}, and the terminal as the chat needs it`, async () => {
      const chat = suite.start(offline, editor(script))
      await chat.ready()
      chat.type('as it was')
      chat.press('ctrl-g')
      await chat.waitFor(says)
      await chat.waitFor(/› as it was\n● ready/)
      expect(files()).to.deep.equal([])
      chat.press('ctrl-u')
      await chat.waitFor('› Ask anything')
      if (name === 'is killed') {
        chat.press('up')
        await chat.waitFor(/› as it was\n {2}kept/)
        chat.press('ctrl-c')
      }
      await chat.waitFor('› Ask anything')
      expect((await chat.quit()).code).to.equal(0)
      expect(chat.modesLeft).to.deep.equal([])
    })
  }

  it('opens with a key of one’s own, which /keys marks; a change of it counts at once', async () => {
    const binds = (keys: string) => suite.home.configure(`discoverLocal: false\nkeys:\n  editor: [${keys}]\n`)
    binds('alt+e')
    const chat = suite.start(offline, editor('echo from the editor >> "$1"'))
    await chat.ready()
    await chat.submit('/keys editor')
    await chat.waitFor(/^\s*\* Alt\+E +opens the draft/m)
    chat.type('\x1be')
    await chat.waitFor('› from the editor')
    chat.press('ctrl-u')
    binds('ctrl+t')
    await chat.waitFor('configuration changed: keys')
    chat.type('\x14')
    await chat.waitFor('› from the editor')
    chat.press('ctrl-u')
    await chat.waitFor('› Ask anything')
    expect((await chat.quit()).code).to.equal(0)
  })

  it('says when there is none, and which cannot be run', async () => {
    const none = suite.start(offline, {env: {PATH: path.dirname(process.execPath), VISUAL: '', EDITOR: ''}})
    await none.ready()
    none.press('ctrl-g')
    await none.waitFor('set VISUAL or EDITOR to one')
    await none.quit()
    const wrong = suite.start(offline, {env: {VISUAL: 'no-such-editor -w'}})
    await wrong.ready()
    wrong.press('ctrl-g')
    await wrong.waitFor(/no-such-editor -w\) cannot be run · \$VISUAL names it/)
    await wrong.quit()
  })

  it('ends with hermes, and what it had saved is there the next time', async () => {
    const first = suite.start(offline, editor('echo more >> "$1"; echo SAVED; exec sleep 30'))
    await first.ready()
    first.type('to be kept')
    first.press('ctrl-g')
    await first.waitFor('SAVED')
    const others = first.descendants().map(({pid}) => pid)
    process.kill(first.pid, 'SIGTERM')
    expect((await first.waitForExit()).code).to.equal(143)
    expect(first.modesLeft).to.deep.equal([])
    await first.waitFor(() => !others.some(isRunning), {what: 'the end of the editor'})
    const second = suite.start(offline)
    await second.waitFor(/› to be kept\n {2}more/)
  })

  it('brings back what it had saved when hermes is killed, for the same draft in its place', async () => {
    const first = suite.start(offline, editor('echo more >> "$1"; echo SAVED; sleep 30'))
    await first.ready()
    first.type('to be kept')
    first.press('ctrl-g')
    await first.waitFor('SAVED')
    const pid = first.pid
    process.kill(pid, 'SIGKILL')
    await first.waitFor(() => !isRunning(pid), {what: 'the end'})
    first.dispose()
    const second = suite.start(offline)
    await second.waitFor(/an editor had saved "to be kept/)
    await second.waitFor(/› to be kept\n {2}more/)
    expect(files()).to.deep.equal([])
    second.press('ctrl-_')
    await second.waitFor(/› to be kept\n● ready/)
  })
})
