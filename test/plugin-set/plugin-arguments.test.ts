import {expect} from 'chai'
import {withPluginArguments} from '../../src/plugin-set/plugin-arguments.js'

const place = {cwd: () => '/home/me/here', isThere: (file: string) => file === '/home/me/here/mine-1.0.0.tgz'}
const line = (...argv: string[]) => withPluginArguments(argv, place)

describe('what is said of plugins', () => {
  it('is, without more, their list', () => {
    expect(line('plugins')).to.deep.equal(['plugins', 'list'])
    // Flags are those of oclif's command, and wrong ones are told of that.
    for (const argv of [
      ['plugins', '--help'],
      ['plugins', '--core'],
      ['plugins', '--jsn'],
      ['plugins', 'inspect', 'x'],
      ['chat', 'plugins'],
      [],
    ])
      expect(line(...argv)).to.deep.equal(argv)
  })

  it('installs what is on this machine by its path, as npm does', () => {
    for (const [word, meant] of [
      ['./mine-1.0.0.tgz', 'file:/home/me/here/mine-1.0.0.tgz'],
      ['mine-1.0.0.tgz', 'file:/home/me/here/mine-1.0.0.tgz'],
      ['../other', 'file:/home/me/other'],
      ['/tmp/x.tgz', 'file:/tmp/x.tgz'],
      // Told by npm as a file that is not there, and not looked for at GitHub.
      ['./nothing', 'file:/home/me/here/nothing'],
    ] as const) {
      expect(line('plugins', 'install', word), word).to.deep.equal(['plugins', 'install', meant])
      expect(line('plugins:add', '--silent', word), word).to.deep.equal(['plugins:add', '--silent', meant])
    }
  })

  it('installs names, repositories and addresses as they are', () => {
    for (const word of [
      'mine',
      'mine@1.0.0',
      '@me/mine',
      'me/mine',
      'file:x',
      'https://a/b.tgz',
      'no.tgz',
      '--verbose',
    ])
      expect(line('plugins', 'install', word), word).to.deep.equal(['plugins', 'install', word])
    expect(line('plugins', 'link', './mine')).to.deep.equal(['plugins', 'link', './mine'])
  })
})
