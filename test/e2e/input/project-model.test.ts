import {spawnSync} from 'node:child_process'
import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {programPath} from '../../helpers/pty/chat.js'
import {useChats} from '../../helpers/pty/suite.js'

describe('a project that chooses the model, end to end', () => {
  const suite = useChats()
  const told = /what you write goes to offline\/2@50: chosen by .*\.hermesrc, which you have not trusted/

  it('is told once on stderr, and not where the person chose', () => {
    const {cwd} = suite.home
    writeFileSync(path.join(cwd, '.hermesrc'), 'model: offline/2@50\n')
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [programPath, ...args], {cwd, env: suite.home.env(), input: '', encoding: 'utf8'})
    const {status, stdout, stderr} = run('chat', '-p', 'hi')
    expect(status, stderr).to.equal(0)
    expect(stderr.match(new RegExp(told, 'g'))).to.have.length(1)
    expect(stdout).to.not.match(told)
    expect(run('chat', '-m', 'offline', '-p', 'hi').stderr).to.equal('')
    expect(run('config', 'trust').status).to.equal(0)
    expect(run('chat', '-p', 'hi').stderr).to.equal('')
  })

  it('is told in the header, in a folder of any name', async () => {
    const cwd = path.join(suite.home.cwd, 'a\x1b]0;PWN\x07\u202eb')
    mkdirSync(cwd)
    writeFileSync(path.join(cwd, '.hermesrc'), 'model: offline/2@50\n')
    const chat = suite.start([], {cwd, cols: 240})
    await chat.waitFor('new session')
    const screen = chat.scrollback()
    expect(screen).to.match(told)
    expect(screen).to.include('a⟦\\x1b⟧]0;PWN⟦\\x07⟧⟦U+202E⟧b').and.include('a\\u{1b}]0;PWN\\u{7}\\u{202e}b')
    expect(screen.match(new RegExp(told, 'g'))).to.have.length(1)
    await chat.quit()
    expect(chat.modesLeft).to.deep.equal([])
  })
})
