import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {resolveGatewayCommand} from '../../src/supervisor/command.js'

describe('gateway command', () => {
  const resolve = (configured: string[] | undefined, env: NodeJS.ProcessEnv = {}) =>
    resolveGatewayCommand({configured, env, builtinEntry: ['/pkg/gateway.js'], execPath: '/bin/node', cwd: '/here'})

  it('is the built-in gateway when nothing is configured', () => {
    expect(resolve(undefined, {A: '1'})).to.deep.equal({
      command: ['/bin/node', '/pkg/gateway.js'],
      cwd: '/here',
      env: {A: '1'},
      builtin: true,
    })
  })

  it('takes words as they are', () => {
    expect(resolve(['my gateway', '*', '$HOME']).command).to.deep.equal(['my gateway', '*', '$HOME'])
  })

  it('finds Python where the reference client finds it', () => {
    const root = mkdtempSync(path.join(tmpdir(), 'hermes-python-'))
    const line = ['python3', '-m', 'tui_gateway.entry']
    expect(resolve(line).command[0]).to.equal('python3')
    expect(resolve(line, {HERMES_PYTHON_SRC_ROOT: root}).command[0]).to.equal('python3')
    mkdirSync(path.join(root, '.venv/bin'), {recursive: true})
    writeFileSync(path.join(root, '.venv/bin/python3'), '')
    expect(resolve(line, {HERMES_PYTHON_SRC_ROOT: root}).command[0]).to.equal(path.join(root, '.venv/bin/python3'))
    expect(resolve(line, {PYTHON: 'pypy', HERMES_PYTHON_SRC_ROOT: root}).command[0]).to.equal('pypy')
    expect(resolve(line, {HERMES_PYTHON: '/opt/py', PYTHON: 'pypy'}).command[0]).to.equal('/opt/py')
    expect(resolve(line, {HERMES_PYTHON: ' ', VIRTUAL_ENV: '/no/such'}).command[0]).to.equal('python3')
    rmSync(root, {recursive: true})
  })

  it('runs Python in its source, which comes first on its path', () => {
    const {cwd, env} = resolve(['python3', '-m', 'x'], {HERMES_PYTHON_SRC_ROOT: '/src', PYTHONPATH: '/lib'})
    expect(cwd).to.equal('/src')
    expect(env.PYTHONPATH).to.equal(['/src', '/lib'].join(path.delimiter))
    expect(resolve(['python3'], {HERMES_PYTHON_SRC_ROOT: '/src'}).env.PYTHONPATH).to.equal('/src')
    expect(resolve(['python3'], {HERMES_PYTHON_SRC_ROOT: '/src', HERMES_CWD: '/work'}).cwd).to.equal('/work')
  })

  it('lets Python import nothing of the working directory, however it is started, unless the person says so', () => {
    for (const line of [
      ['python3', '-m', 'x'],
      ['python', '-m', 'x'],
      ['/usr/bin/python3.12', '-m', 'x'],
      ['env', 'A=1', 'python3', '-m', 'x'],
      ['uv', 'run', 'python', '-m', 'x'],
    ]) {
      expect(resolve(line).env, line.join(' ')).to.deep.equal({PYTHONSAFEPATH: '1'})
      for (const PYTHONSAFEPATH of ['', '0', '1']) {
        expect(resolve(line, {PYTHONSAFEPATH}).env).to.deep.equal({PYTHONSAFEPATH})
      }
    }
    expect(resolve(['sh', '-c', 'cd /opt/agent && python3 -m x']).env).to.deep.equal({})
  })

  it('leaves another program its own environment', () => {
    const env = {HERMES_PYTHON_SRC_ROOT: '/src', HERMES_PYTHON: '/py', PYTHONPATH: '/lib'}
    expect(resolve(['gateway'], env)).to.deep.include({command: ['gateway'], cwd: '/here', env})
  })
})
