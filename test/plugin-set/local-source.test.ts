import {expect} from 'chai'
import {withLocalSources} from '../../src/plugin-set/local-source.js'

describe('a plugin from this machine', () => {
  const cwd = '/work/here'
  const line = (...argv: string[]) =>
    withLocalSources(argv, {cwd: () => cwd, isThere: (file) => file === '/work/here/mine-1.0.0.tgz'})

  it('is installed by its path, as npm does', () => {
    for (const [word, meant] of [
      ['./mine-1.0.0.tgz', 'file:/work/here/mine-1.0.0.tgz'],
      ['mine-1.0.0.tgz', 'file:/work/here/mine-1.0.0.tgz'],
      ['../other', 'file:/work/other'],
      ['/tmp/x.tgz', 'file:/tmp/x.tgz'],
      // Told by npm as a file that is not there, and not looked for at GitHub.
      ['./nothing', 'file:/work/here/nothing'],
    ] as const) {
      expect(line('plugins', 'install', word), word).to.deep.equal(['plugins', 'install', meant])
      expect(line('plugins:add', '--silent', word), word).to.deep.equal(['plugins:add', '--silent', meant])
    }
  })

  it('is nothing else: names, scopes, repositories, addresses, other commands', () => {
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
    expect(line('chat', 'plugins', 'install', './mine')).to.deep.equal(['chat', 'plugins', 'install', './mine'])
    expect(line()).to.deep.equal([])
  })
})
