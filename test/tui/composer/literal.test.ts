import {expect} from 'chai'
import fc from 'fast-check'
import {draftOf, sentOf} from '../../../src/tui/composer/literal.js'
import {parseCommand} from '../../../src/tui/composer/slash-command.js'
import {shellLine} from '../../../src/tui/shell/line.js'
import {runs} from '../../helpers/sample.js'

describe('a text that was sent, in the draft again', () => {
  const begin = fc.array(fc.constantFrom('/', '!', ' ', '\n', 'help', 'x/y', '['), {maxLength: 5})
  const text = fc.tuple(begin, fc.string()).map(([parts, end]) => parts.join('') + end)

  it('runs nothing and sends the same, whatever it begins with', () => {
    fc.assert(
      fc.property(text, (sent) => {
        const draft = draftOf(sent)
        expect(parseCommand(draft)).to.equal(undefined)
        expect(shellLine(draft)).to.equal(undefined)
        expect(sentOf(draft).trimStart()).to.equal(sent.trimStart())
      }),
      {numRuns: runs(2000, 400)},
    )
  })
})
