import {expect} from 'chai'
import {stripSgr} from '../../../../src/tui/text/wrap.js'
import {DrawnChat, type Libraries, loadLibraries, plainReply, replyRows} from '../../../helpers/drawn-chat.js'
import {tellTried} from '../../../helpers/tried.js'

const BEGIN = '\x1b]8;'
const END = '\x1b]8;;\x1b\\'

/** Where each part of the rows leads, in order. */
function linked(rows: readonly string[]): {id: string; address: string; text: string}[] {
  return rows.flatMap((row) =>
    row
      .split(BEGIN)
      .slice(1)
      .flatMap((part) => {
        const [head = '', text = ''] = part.split('\x1b\\')
        const [id = '', address = ''] = head.split(/;(.*)/s)
        return address === '' ? [] : [{id, address, text: stripSgr(text)}]
      }),
  )
}

describe('hyperlinks', () => {
  let libraries: Libraries
  before(async () => {
    libraries = await loadLibraries()
  })
  const able = {TERM: 'xterm-256color', TERM_PROGRAM: 'WezTerm'}
  const text = 'See [the *docs*](https://example.org/a?b=1#c), <https://example.org> and me@example.org.'

  it('lead where the label and the address beside it say, in a terminal that has them', () => {
    const rows = replyRows(libraries, text, {env: able, columns: 120})
    const leads = linked(rows)
    expect([...new Set(leads.map(({address}) => address))]).to.deep.equal([
      'https://example.org/a?b=1#c',
      'https://example.org/',
      'mailto:me@example.org',
    ])
    expect(leads.map(({text}) => text).join('|'))
      .to.include('docs')
      .and.include('me@example.org')
    for (const row of rows) expect(row.split(END).length - 1, 'each ends').to.equal(linked([row]).length)
  })

  it('are the same text in a terminal without them', () => {
    const without: NodeJS.ProcessEnv[] = [
      {TERM: 'xterm'},
      {TERM: 'dumb', TERM_PROGRAM: 'WezTerm'},
      {TERM: 'screen-256color', TERM_PROGRAM: 'WezTerm'},
      {TERM: 'tmux-256color', TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: '3.3a', TMUX: '/tmp/x,1,0'},
      {TERM: 'xterm-256color', TERM_PROGRAM: 'WezTerm', STY: '1.pts'},
    ]
    for (const env of without) {
      const rows = replyRows(libraries, text, {env})
      expect(rows.join(''), JSON.stringify(env)).to.not.include(BEGIN)
      expect(plainReply(libraries, text, {env})).to.deep.equal(plainReply(libraries, text, {env: able}))
    }
    const newer = {TERM: 'tmux-256color', TERM_PROGRAM: 'tmux', TERM_PROGRAM_VERSION: '3.4', TMUX: '/tmp/x,1,0'}
    expect(replyRows(libraries, text, {env: newer}).join('')).to.include(BEGIN)
    tellTried(without.length, 'terminals without links')
  })

  it('have the same id in all rows of one link', () => {
    const rows = replyRows(libraries, `[${'words of a label '.repeat(8)}](https://example.org)`, {
      env: able,
      columns: 30,
    })
    const leads = linked(rows)
    expect(leads.length).to.be.above(3)
    expect(new Set(leads.map(({id}) => id)).size).to.equal(1)
  })

  it('lead nowhere where the address is none of the web, a file or a person, or could end the sequence', () => {
    for (const address of [
      'javascript:alert(1)',
      'data:text/html,x',
      'ssh://host',
      '/relative',
      'x'.repeat(2100),
      `https://x.y/${'a'.repeat(2100)}`,
      'https://x.y/\x07\x1b]52;c;AAAA',
      'https://x.y/&#27;]52;c;AAAA&#7;',
      'https://x.y/\u202e',
    ]) {
      const rows = replyRows(libraries, `[label](<${address}>) <a href="${address}">x</a>`, {env: able})
      for (const {address: where} of linked(rows)) expect(where).to.match(/^https:\/\/x\.y\/[!-~]*$/)
      expect(rows.join('')).to.not.include('\x1b]52').and.not.include('\x07')
    }
    expect(linked(replyRows(libraries, '[x](javascript:alert(1))', {env: able}))).to.deep.equal([])
  })

  it('are not in the live part, which is drawn again and again', () => {
    const drawn = new DrawnChat(libraries, {env: able}).say('[docs](https://example.org)')
    expect(drawn.live.join('')).to.include('docs').and.not.include(BEGIN)
  })
})
