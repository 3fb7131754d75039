import {expect} from 'chai'
import {slashCommands} from '../../../src/tui/commands/registry.js'
import {parseCommand, resolveCommand} from '../../../src/tui/composer/slash-command.js'

const names = (name: string) => {
  const found = resolveCommand(slashCommands, name)
  return 'command' in found ? found.command.name : found.candidates
}

describe('slash commands', () => {
  it('are told from text by one slash and a word', () => {
    expect(parseCommand('/new my title')).to.deep.equal({name: 'new', args: 'my title'})
    expect(parseCommand('/HELP')).to.deep.equal({name: 'help', args: ''})
    expect(parseCommand('//literal')).to.equal(undefined)
    expect(parseCommand('/etc/hosts')).to.equal(undefined)
    expect(parseCommand('see /help')).to.equal(undefined)
  })

  it('are found by name, alias and unique beginning', () => {
    expect(names('exit')).to.equal('quit')
    expect(names('cop')).to.equal('copy')
    expect(names('mod'), 'of two').to.deep.equal(['mode', 'model'])
    expect(names('mode'), 'a name is meant before a longer one').to.equal('mode')
    expect(names('re')).to.include.members(['recover', 'retry', 'resume'])
    expect(names('modle')).to.deep.equal(['mode', 'model'])
    expect(names('hlep')).to.deep.equal(['help'])
    expect(names('xyzzy')).to.deep.equal([])
  })

  it('have names of their own', () => {
    const all = slashCommands.flatMap((command) => [command.name, ...command.aliases])
    expect(new Set(all).size).to.equal(all.length)
  })
})
