import {expect} from 'chai'
import {ensureBuilt} from '../../helpers/build.js'
import {programPath, TestHome} from '../../helpers/pty/chat.js'
import {hasTmux, Tmux} from '../../helpers/tmux.js'

describe('Ctrl+Z and fg', function () {
  this.timeout(60_000)
  let home: TestHome
  let tmux: Tmux
  before(function () {
    if (!hasTmux) this.skip()
    ensureBuilt()
  })
  beforeEach(() => {
    home = new TestHome()
    tmux = new Tmux({env: home.env(), cwd: home.cwd, columns: 80, rows: 24})
  })
  afterEach(() => {
    tmux.close()
    home.remove()
  })

  /** As npm and an older Node are: stopped at once, so that the shell has the terminal before the chat has given it back. */
  it('stop and go on behind a wrapper, each time', async () => {
    tmux.type(`sh -c '${process.execPath} ${programPath} chat; echo over'`)
    tmux.press('Enter')
    await tmux.waitFor(/● ready/)
    tmux.type('stream 3000 tokens at 200')
    tmux.press('Enter')
    await tmux.waitFor(/word9\b/)
    // The shell alone is told of a size that changes meanwhile.
    for (const columns of [80, 50, 70]) {
      tmux.press('C-z')
      await tmux.waitFor(/Stopped[\s\S]*^\$$/m)
      tmux.type('clear')
      tmux.press('Enter')
      await tmux.waitFor(() => tmux.screen().trim() === '$', 'the empty screen')
      tmux.resize(columns, 24)
      tmux.type('fg')
      tmux.press('Enter')
      await tmux.waitFor(new RegExp(`^─{${columns}}\n›`, 'm'))
      expect(tmux.screen()).to.not.match(/─\n─/)
    }
    tmux.type('still here')
    await tmux.waitFor(/› still here/)
    tmux.press('C-c', 'C-c', 'C-c')
    await tmux.waitFor(/^over$/m)
    expect(tmux.screen()).to.match(/^\$$/m)
  })
})
