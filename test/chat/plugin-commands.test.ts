import {expect} from 'chai'
import {pluginCommands} from '../../src/chat/plugin-commands.js'
import type {PluginCommand} from '../../src/lifecycle/dispatcher.js'

const command = (plugin: string, name: string): PluginCommand => ({
  plugin,
  name,
  args: '',
  description: '',
  run: async () => ({ok: true, answer: undefined}),
  probe: async () => ({ok: true, answer: undefined}),
})

describe('slash commands of plugins on the screen', () => {
  it('never take a name of hermes or of another plugin', () => {
    const said: string[] = []
    const commands = pluginCommands(
      {
        commands: [command('a', 'help'), command('a', 'exit'), command('a', 'mine'), command('b', 'mine')],
        problems: ['plugin c: bad'],
      },
      {cwd: '/', notify: (text) => said.push(text)},
    )
    expect(commands.map(({name, summary}) => [name, summary])).to.deep.equal([['mine', 'of plugin a']])
    expect(said).to.deep.equal([
      'plugin c: bad',
      'plugin a: its slash command /help is left out, hermes has one of that name',
      'plugin a: its slash command /exit is left out, hermes has one of that name',
      'plugin b: its slash command /mine is left out, a has one of that name',
    ])
  })
})
