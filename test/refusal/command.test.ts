import {expect} from 'chai'
import fc from 'fast-check'
import {unknownCommand} from '../../src/refusal/command.js'

const commandIDs = ['chat', 'config', 'config:get', 'config:path', 'plugins', 'plugins:reset', 'plugins:uninstall']
const refused = (line: string) => {
  const {message, suggestions, exit} = unknownCommand({bin: 'hermes', commandIDs}, line.split(' '))
  expect(exit).to.equal(2)
  return [message, ...suggestions]
}

describe('a command that there is not', () => {
  it('is named with the one that was meant', () => {
    expect(refused('cofnig')).to.deep.equal([
      '"cofnig" is not a command; did you mean "hermes config"?',
      'hermes --help',
    ])
    expect(refused('config gte model')).to.deep.equal([
      '"config gte" is not a command; did you mean "hermes config get"?',
      'hermes config --help',
    ])
  })

  it('is followed as far as its words are those of a command, and no further', () => {
    expect(refused('confg get model')[0]).to.equal('"confg" is not a command; did you mean "hermes config get"?')
  })

  it('is not taken for another one that is not near', () => {
    expect(refused('plugins delete x')).to.deep.equal(['"plugins delete" is not a command', 'hermes plugins --help'])
  })

  it('is never taken for one that destroys', () => {
    let tried = 0
    const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz')
    fc.assert(
      fc.property(fc.nat(5), letter, fc.constantFrom('insert', 'replace', 'delete'), (at, char, how) => {
        const word = `${'reset'.slice(0, at)}${how === 'delete' ? '' : char}${'reset'.slice(how === 'insert' ? at : at + 1)}`
        if (word === 'reset') return
        tried += 1
        expect(refused(`plugins ${word}`)[0]).to.equal(`"plugins ${word}" is not a command`)
      }),
    )
    expect(refused('plugins create')[0]).to.equal('"plugins create" is not a command')
    console.log(`        ${tried} slips`)
  })

  it('never suggests what was refused', () => {
    expect(refused('plugins reset x')).to.deep.equal([
      '"x" is an argument too many: hermes plugins reset takes none',
      'hermes plugins reset --help',
    ])
  })
})
