import {expect} from 'chai'
import {type Libraries, loadLibraries, plainReply, replyRows} from '../../../helpers/drawn-chat.js'

describe('HTML in a reply', () => {
  let libraries: Libraries
  before(async () => {
    libraries = await loadLibraries()
  })
  const drawn = (text: string, columns = 80) => plainReply(libraries, text, {columns})

  it('breaks a row at each way to write <br>', () => {
    for (const tag of ['<br>', '<br/>', '<br />', '<BR>', '<br >', '<br class="x">']) {
      expect(drawn(`one${tag}two`), tag).to.deep.equal(['one', 'two'])
      expect(drawn(`- one${tag}two`), tag).to.deep.equal(['• one', '  two'])
      expect(drawn(`| a |\n|---|\n| one${tag}two |`), tag).to.deep.equal(['a', '───', 'one', 'two'])
    }
  })

  it('shows what folds, its summary with a mark, and the Markdown in it', () => {
    expect(
      drawn('<details>\n<summary>More &amp; more</summary>\n\n- **x**\n\n```js\nlet a\n```\n\n</details>\n\nend'),
    ).to.deep.equal(['▸ More & more', '', '• x', '', '── js', 'let a', '', 'end'])
    expect(drawn('<details open><summary><b>A</b></summary>inner</details>')).to.deep.equal(['▸ A', 'inner'])
    expect(replyRows(libraries, '<details>\n<summary>A</summary>\n</details>').join('')).to.include('\x1b[1mA')
  })

  it('begins a row for what is a block of its own, once', () => {
    expect(drawn('<p>one</p><p>two</p>\n<div>three</div>')).to.deep.equal(['one', 'two', 'three'])
    expect(drawn('<ul><li>a</li><li>b</li></ul>')).to.deep.equal(['• a', '• b'])
    expect(drawn('| a |\n|---|\n| <ul><li>x</li><li>y</li></ul> |')).to.deep.equal(['a', '───', '• x', '• y'])
    expect(drawn('<h2>T</h2>text')).to.deep.equal(['T', 'text'])
  })

  it('leaves a comment out, and of the blanks around it one', () => {
    expect(drawn('before <!-- hidden --> after')).to.deep.equal(['before after'])
    expect(drawn('a\n\n<!-- one\n\ntwo -->\n\nb')).to.deep.equal(['a', '', 'b'])
    expect(drawn('<!-- x --> behind it')).to.deep.equal(['behind it'])
    expect(drawn('<!-->\n\nb')).to.deep.equal(['b'])
    expect(drawn('<!-- only -->')).to.deep.equal([])
  })

  it('shows all of a comment that has no end: what follows is not lost', () => {
    expect(drawn('<!-- note\n\nmore\n\n- end')).to.deep.equal(['<!-- note', '', 'more', '', '- end'])
    expect(drawn('a <!-- b\nc\n\nd')).to.deep.equal(['a <!-- b c', '', 'd'])
    const text = `<!-- ${'word '.repeat(3000)}`
    expect(drawn(text).join(' ').match(/word/g)).to.have.length(3000)
  })

  it('does not make another number of an exponent', () => {
    expect(drawn('10<sup>5</sup> of H<sub>2</sub>O')).to.deep.equal(['10^5 of H2O'])
  })

  it('shows what is no tag of text as it was written', () => {
    expect(drawn('Array<T> and <script>x</script>')).to.deep.equal(['Array<T> and <script>x</script>'])
    expect(drawn('<T>\nx\n</T>')).to.deep.equal(['<T>', 'x', '</T>'])
  })
})
