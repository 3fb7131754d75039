import {expect} from 'chai'
import {type ChatScreen, programPath} from '../../helpers/pty/chat.js'
import {useChats} from '../../helpers/pty/suite.js'
import {someOf} from '../../helpers/sample.js'
import {hasTmux, Tmux} from '../../helpers/tmux.js'

const white = 'rgb:ffff/ffff/ffff'
const black = 'rgb:0000/0000/0000'
const truecolour = {COLORTERM: 'truecolor'}

/** One row of what the terminal holds: what stands there, and how it is painted. */
interface Row {
  text: string
  /** Characters that selecting the row copies: cells that nothing was written to are none. */
  written: number
  cells: string[]
}

function rowOf(chat: ChatScreen, starts: string): number {
  const {active} = chat.terminal.buffer
  for (let index = active.length - 1; index >= 0; index--) {
    if (active.getLine(index)?.translateToString(true).startsWith(starts)) return index
  }
  throw new Error(`no row starts with ${starts}:\n${chat.scrollback()}`)
}

function rowAt(chat: ChatScreen, index: number): Row {
  const line = chat.terminal.buffer.active.getLine(index)
  const cells: string[] = []
  let written = 0
  for (let column = 0; line && column < chat.terminal.cols; column++) {
    const cell = line.getCell(column)
    if (!cell) continue
    const characters = cell.getChars()
    if (characters !== '') written = column + 1
    const colours = [cell.getFgColorMode(), cell.getFgColor(), cell.getBgColorMode(), cell.getBgColor()]
    cells.push([characters || ' ', ...colours, cell.isBold(), cell.isDim(), cell.isUnderline()].join(' '))
  }
  return {text: line?.translateToString(true) ?? '', written, cells}
}

const backgroundsOf = ({cells}: Row) => new Set(cells.map((cell) => cell.split(' ').slice(-5, -3).join(' ')))

describe('the look, end to end', () => {
  const suite = useChats()

  async function said(background: string | undefined, env: Record<string, string> = truecolour, args: string[] = []) {
    const chat = suite.start(args, {cols: 80, rows: 24, background, env})
    await chat.ready()
    return chat
  }

  it('has the colours for the background that the terminal tells, and never shows the answer', async () => {
    for (const background of [white, black]) {
      const chat = await said(background)
      await chat.submit('count to 3')
      await chat.waitFor('word2')
      await chat.ready()
      const row = rowAt(chat, rowOf(chat, '› count to 3'))
      // Mode of RGB, and the colour.
      const [tint, ...others] = backgroundsOf(row)
      expect(others, 'one tint from edge to edge').to.deep.equal([])
      const value = Number(tint?.split(' ')[1])
      if (background === white) expect(value).to.be.above(0xd0d0d0)
      else expect(value).to.be.within(0x101010, 0x404040)
      expect(row.written, 'nothing to copy behind the text').to.equal('› count to 3'.length)
      expect(chat.scrollback()).not.to.match(/rgb:|\]11;/)
      await chat.quit()
      expect(chat.scrollback()).not.to.match(/rgb:|\]11;/)
    }
  })

  it('is the same when the session is resumed', async () => {
    const looks: [string | undefined, Record<string, string>][] = [
      [white, truecolour],
      [black, {}],
      [undefined, {}],
      [undefined, {NO_COLOR: '1'}],
    ]
    for (const [background, env] of someOf(looks, 1)) {
      const pictures: string[][][] = []
      const first = await said(background, env)
      await first.submit('count to 3')
      await first.waitFor('word2')
      await first.ready()
      const second = async () => {
        const chat = await said(background, env, ['-c'])
        await chat.waitFor('word2')
        return chat
      }
      for (const chat of [first, undefined]) {
        const shown = chat ?? (await second())
        const at = rowOf(shown, '› count to 3')
        pictures.push([-1, 0, 1, 2].map((offset) => rowAt(shown, at + offset).cells))
        await shown.quit()
      }
      expect(pictures[1]).to.deep.equal(pictures[0])
    }
  })

  it('has a line above a prompt where there is no tint, and the prompt in bold', async () => {
    const looks: Record<string, string>[] = [{NO_COLOR: '1'}, {FORCE_COLOR: '1'}]
    for (const env of someOf(looks, 1)) {
      const chat = await said(undefined, env)
      await chat.submit('count to 3')
      await chat.waitFor('word2')
      await chat.ready()
      const at = rowOf(chat, '› count to 3')
      expect(rowAt(chat, at - 1).text).to.equal('─'.repeat(80))
      expect(rowAt(chat, at).cells[2]).to.match(/ [1-9]\d* 0 0$/)
      expect(rowAt(chat, at).written).to.equal('› count to 3'.length)
      await chat.quit()
    }
  })

  it('changes with /theme from then on, and keeps what stands above', async () => {
    const chat = await said(black)
    await chat.submit('count to 3')
    await chat.waitFor('word2')
    await chat.ready()
    const before = rowAt(chat, rowOf(chat, '› count to 3')).cells
    await chat.submit('/theme')
    await chat.waitFor('❯ auto')
    expect(chat.screen()).to.match(/❯ auto .*current/)
    chat.press('down', 'down', 'enter')
    await chat.waitFor('theme: light')
    await chat.submit('count to 2')
    await chat.waitFor(() => chat.words().length === 5, {what: 'the second reply'})
    expect(rowAt(chat, rowOf(chat, '› count to 3')).cells).to.deep.equal(before)
    const [tint] = backgroundsOf(rowAt(chat, rowOf(chat, '› count to 2')))
    expect(Number(tint?.split(' ')[1])).to.be.above(0xc0c0c0)
    await chat.submit('/theme neon')
    await chat.waitFor('there is no theme neon')
  })

  it('copies clean from tmux, and stands there once, tinted', async function () {
    if (!hasTmux) this.skip()
    suite.home.configure('discoverLocal: false\nui:\n  theme: dark\n')
    const {home} = suite
    const tmux = new Tmux({env: home.env(truecolour), cwd: home.cwd, columns: 80, rows: 20})
    try {
      tmux.type(`${process.execPath} ${programPath} chat`)
      tmux.press('Enter')
      await tmux.waitFor(/● ready/)
      const prompts = ['count to 3', 'stream 600 tokens at 1000', 'count to 4']
      for (const prompt of prompts) {
        tmux.type(prompt)
        await tmux.waitFor(() => tmux.screen().includes(`› ${prompt}`))
        tmux.press('Enter')
        await tmux.waitFor(/› Ask anything[^\n]*\n● ready/)
      }
      tmux.press('C-l')
      tmux.resize(60, 20)
      tmux.resize(80, 20)
      tmux.type('x')
      await tmux.waitFor(/^› x$/m)
      const painted = tmux.run('capture-pane', '-p', '-e', '-S', '-', '-t', 't')
      for (const prompt of prompts) {
        const rows = tmux
          .all()
          .split('\n')
          .filter((row) => row.includes(`› ${prompt}`))
        expect(rows, 'once, and nothing behind it').to.deep.equal([`› ${prompt}`])
        expect(painted).to.match(new RegExp(`\\x1b\\[[\\d;]*48;[\\d;]*m› ${prompt}`))
      }
      tmux.press('C-u', 'C-d')
    } finally {
      tmux.close()
    }
  })

  it('is what the configuration says, without a word of the terminal', async () => {
    suite.home.configure('discoverLocal: false\nui:\n  theme: dark\n')
    const chat = await said(undefined)
    await chat.submit('count to 3')
    await chat.waitFor('word2')
    const [tint, ...others] = backgroundsOf(rowAt(chat, rowOf(chat, '› count to 3')))
    expect(others).to.deep.equal([])
    expect(Number(tint?.split(' ')[1])).to.equal(0x30363f)
  })
})
