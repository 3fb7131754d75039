import {spawnSync} from 'node:child_process'
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {DatabaseSync} from 'node:sqlite'
import {expect} from 'chai'
import {openStore} from '../../../src/gateway/store/index.js'
import {programPath} from '../../helpers/pty/chat.js'
import {useChats} from '../../helpers/pty/suite.js'

describe('bad input, end to end', () => {
  const suite = useChats()

  /** Runs to the end without a terminal. */
  function run(args: readonly string[], input = '') {
    const {status, stdout, stderr} = spawnSync(process.execPath, [programPath, ...args], {
      cwd: suite.home.cwd,
      env: suite.home.env(),
      input,
      encoding: 'utf8',
    })
    return {status, stdout, stderr}
  }

  it('an unknown flag: exit 2, with what is known', () => {
    const {status, stderr} = run(['chat', '--modle', 'x'])
    expect(status).to.equal(2)
    expect(stderr).to.equal(
      'hermes: "--modle" is not a flag of hermes chat; did you mean "--model"?\n  try: hermes chat --help\n',
    )
  })

  it('no terminal: exit 2, with what to use instead', () => {
    const {status, stderr} = spawnSync(process.execPath, [programPath, 'chat'], {
      cwd: suite.home.cwd,
      env: suite.home.env(),
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    })
    expect(status).to.equal(2)
    expect(stderr).to.include('--print')
  })

  it('an empty prompt: exit 2', () => {
    expect(run(['chat', '-p', '  '])).to.include({status: 2, stdout: ''})
    expect(run(['chat'], '\n')).to.include({status: 2, stdout: ''})
  })

  it('a broken configuration: exit 3, with file, line and column', () => {
    const file = suite.home.configure('model: offline\nrecovery:\n  limit: many\n  - x\n')
    const {status, stderr} = run(['chat', '-p', 'hi'])
    expect(status).to.equal(3)
    expect(stderr).to.match(new RegExp(`${file}:\\d+:\\d+`))
  })

  it('a broken configuration on the screen: the frame that was there is gone again', async () => {
    suite.home.configure('recovery:\n  limt: 5\n')
    const chat = suite.start()
    expect(await chat.waitForExit()).to.include({code: 3})
    expect(chat.screen())
      .to.match(/^hermes: .*recovery/)
      .and.not.include('starting')
    expect(chat.modesLeft).to.deep.equal([])
  })

  it('an unknown key: exit 3, with the one that was meant', () => {
    const file = suite.home.configure('recovery:\n  limt: 5\n')
    const {status, stderr} = run(['chat', '-p', 'hi'])
    expect(status).to.equal(3)
    expect(stderr).to.include(`${file}:2:3`).and.to.include('recovery.limit')
  })

  it('a gateway command that is not there: exit 4, not tried again', () => {
    const {status, stderr} = run(['chat', '-p', 'hi', '--gateway-command', '/no/such/gateway --x'])
    expect(status).to.equal(4)
    expect(stderr).to.include('/no/such/gateway')
  })

  it('a gateway command that is not there, on the screen: says so and lives on', async () => {
    const chat = suite.start(['--gateway-command', '/no/such/gateway'])
    await chat.waitFor('gateway is down')
    expect(chat.screen()).to.include('/no/such/gateway')
    await chat.quit()
    expect(chat.modesLeft).to.deep.equal([])
  })

  it('a session that is not there: exit 7', () => {
    const {status, stderr} = run(['chat', '-p', 'hi', '-r', 'No such title'])
    expect(status).to.equal(7)
    expect(stderr).to.include('No such title')
  })

  describe('a database that cannot be used: exit 6, named, and left as it was', () => {
    const create = () => {
      mkdirSync(suite.home.hermes, {recursive: true, mode: 0o700})
      openStore(suite.home.database).close()
    }

    it('corrupt', () => {
      mkdirSync(suite.home.hermes, {recursive: true, mode: 0o700})
      const garbage = 'this is no database '.repeat(500)
      writeFileSync(suite.home.database, garbage)
      const {status, stderr} = run(['chat', '-p', 'hi'])
      expect(status, stderr).to.equal(6)
      expect(stderr).to.include(suite.home.database)
      expect(readFileSync(suite.home.database, 'utf8')).to.equal(garbage)
    })

    it('from a newer version', () => {
      create()
      const db = new DatabaseSync(suite.home.database)
      db.exec('PRAGMA user_version = 9999')
      db.close()
      const {status, stderr} = run(['chat', '-p', 'hi'])
      expect(status, stderr).to.equal(6)
      expect(stderr).to.include(suite.home.database)
    })

    it('locked', () => {
      create()
      const db = new DatabaseSync(suite.home.database)
      db.exec('BEGIN EXCLUSIVE')
      try {
        const {status, stderr} = run(['chat', '-p', 'hi'])
        expect(status, stderr).to.equal(6)
        expect(stderr).to.include('locked')
      } finally {
        db.close()
      }
    })
  })
})
