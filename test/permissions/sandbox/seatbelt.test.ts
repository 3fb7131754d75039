import {expect} from 'chai'
import {seatbeltProfile} from '../../../src/permissions/sandbox/seatbelt.js'

describe('the profile for macOS', () => {
  it('lets nothing out, writes in the workspace, and lets the guards and the secrets in it have the last word', () => {
    const lines = seatbeltProfile({
      writable: ['/Users/me/my "project"'],
      repositories: ['/Users/me/my "project"'],
      guarded: [
        {path: '/Users/me/p/.git/config', kind: 'file'},
        {path: '/Users/me/p/.git/hooks', kind: 'missing folder'},
      ],
      concealed: [{path: '/Users/me/.ssh', kind: 'folder'}],
      hidden: [{path: '/Users/me/p/.env', kind: 'file'}],
    }).split('\n')
    expect(lines).to.deep.equal([
      '(version 1)',
      '(allow default)',
      '(deny network*)',
      '(deny file-write*)',
      '(deny file-read* (subpath "/Users/me/.ssh"))',
      '(allow file-read* (subpath "/Users/me/my \\"project\\""))',
      '(allow file-write* (subpath "/private/tmp") (subpath "/private/var/folders") (subpath "/dev") (subpath "/Users/me/my \\"project\\""))',
      '(deny file-write* (literal "/Users/me/p/.git/config") (subpath "/Users/me/p/.git/hooks"))',
      '(deny file-read* file-write* (literal "/Users/me/p/.env"))',
    ])
  })
})
