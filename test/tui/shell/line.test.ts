import {expect} from 'chai'
import fc from 'fast-check'
import {resultOf, shellLine, toldToModel} from '../../../src/tui/shell/line.js'

describe('a line for the shell', () => {
  it('begins with one exclamation mark', () => {
    expect(shellLine('!npm test ')).to.equal('npm test')
    expect(shellLine(' ! ls\ncat a')).to.equal('ls\ncat a')
    expect(shellLine('!')).to.equal('')
    expect(shellLine('!!really')).to.equal(undefined)
    expect(shellLine('wow!')).to.equal(undefined)
    fc.assert(
      fc.property(fc.string(), (text) => {
        if (!text.startsWith('!')) expect(shellLine(`!${text}`)).to.equal(text.trim())
      }),
    )
  })

  it('is told as it was, to a model, and by each gateway', () => {
    expect(toldToModel('npm test', {output: 'failed\n', exit_code: 1})).to.equal('$ npm test\nfailed\n[exit 1]')
    expect(toldToModel('true', {output: '', exit_code: 0})).to.equal('$ true')
    expect(toldToModel('sleep 9', {output: '', exit_code: null, interrupted: true})).to.include('ended before')
    expect(resultOf({stdout: 'a', stderr: 'b', code: 2})).to.deep.equal({output: 'a\nb', exit_code: 2})
    expect(resultOf({output: 'a', exit_code: 0, stdout: 'a', stderr: '', code: 0})).to.deep.equal({
      output: 'a',
      exit_code: 0,
    })
  })
})
