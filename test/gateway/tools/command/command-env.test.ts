import {expect} from 'chai'
import fc from 'fast-check'
import {commandEnv} from '../../../../src/gateway/tools/command/command-env.js'
import {isSecretName} from '../../../../src/redact/index.js'

describe('the environment of a command', () => {
  it('is without what looks like a secret, and without our own wiring', () => {
    const {env, heldBack} = commandEnv({
      PATH: '/bin',
      HERMES_HOME: '/h',
      HERMES_GATEWAY_PERMISSIONS: '{"mode":"bypass"}',
      GITHUB_TOKEN: 'ghp_x',
      AWS_SECRET_ACCESS_KEY: 'aws',
      OPENAI_API_KEY: 'sk-1',
      EDITOR: 'vi',
    })
    expect(env).to.include({PATH: '/bin', HERMES_HOME: '/h', EDITOR: 'vi', PAGER: 'cat'})
    expect(Object.keys(env)).to.not.include.members(['GITHUB_TOKEN'])
    for (const name of ['GITHUB_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'OPENAI_API_KEY', 'HERMES_GATEWAY_PERMISSIONS']) {
      expect(env).to.not.have.property(name)
    }
    expect(heldBack).to.deep.equal(['ghp_x', 'aws', 'sk-1'])
  })

  it('has nothing by which a shell runs something else than the command says', () => {
    const names = [
      ...['CDPATH', 'ENV', 'BASH_ENV', 'SHELLOPTS', 'BASHOPTS', 'PS4', 'PROMPT_COMMAND', 'IFS', 'GLOBIGNORE'],
      ...['BASH_FUNC_ls%%', 'BASH_FUNC_git()', 'BASH_FUNC_a\nb%%'],
    ]
    fc.assert(
      fc.property(fc.subarray(names), fc.subarray(['NODE_ENV', 'MY_ENV', 'PS1', 'XIFS', 'PATH']), (shells, others) => {
        const given = Object.fromEntries([...shells, ...others].map((name) => [name, 'x']))
        const {env, heldBack} = commandEnv(given)
        expect(Object.keys(env)).to.include.members(others)
        for (const name of shells) expect(env).to.not.have.property(name)
        expect(heldBack).to.deep.equal([])
        expect(commandEnv(given, shells).env).to.include(given)
      }),
    )
  })

  it('is without secrets by other names, and without values that are secrets whatever their name is', () => {
    const names =
      'DB_PASS SSHPASS PASS MYSQL_PWD GITHUB_PAT LDAP_BIND_PW JWT NPM_AUTH BEARER SENTRY_DSN KEY APIKEY2 TOKEN_2 SLACK_WEBHOOK_URL'
    const values = [
      'postgres://ada:hunter2hunter2@db/app',
      'redis://:hunter2hunter2@cache',
      'https://0123456789abcdef@sentry.example/1',
      'Server=db;Password=hunter2hunter2',
      `sk_${'live'}_${'a1'.repeat(12)}`,
      `gh${'p'}_${'a1'.repeat(12)}`,
      '-----BEGIN PRIVATE KEY-----\nMIIEvA\n-----END PRIVATE KEY-----',
    ]
    const given = Object.fromEntries([
      ...names.split(' ').map((name) => [name, `value of ${name}`]),
      ...values.map((value, index) => [`PLAIN${'X'.repeat(index)}`, value]),
    ])
    const {env, heldBack} = commandEnv(given)
    expect(Object.keys(env).filter((name) => name in given)).to.deep.equal([])
    expect(heldBack).to.include.members([...Object.values(given), 'hunter2hunter2'])
  })

  it('keeps what a command needs', () => {
    const plain = {
      PATH: '/usr/bin:/bin',
      SSH_AUTH_SOCK: '/tmp/ssh-x/agent.1',
      LS_COLORS: 'rs=0:di=01;34:*.tar=01;31',
      HTTPS_PROXY: 'http://proxy.example:3128',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus,guid=0123',
      PS1: '\\u@\\h:\\w\\$ ',
      PWD: '/home/ada',
      KEYMAP: 'us',
      COMPASS: 'n',
      NODE_OPTIONS: '--max-old-space-size=4096',
      DATABASE_URL: 'postgres://localhost/app',
    }
    const {env, heldBack} = commandEnv(plain)
    expect(env).to.include(plain)
    expect(heldBack).to.deep.equal([])
  })

  it('has a secret that the configuration hands on by its name, and no other', () => {
    const name = fc.constantFrom('GITHUB_TOKEN', 'NPM_TOKEN', 'DB_PASSWORD', 'MY_API_KEY', 'PATH', 'LANG', 'X_SECRET')
    const names = fc.uniqueArray(name)
    fc.assert(
      fc.property(names, names, (set, handedOn) => {
        const {env, heldBack} = commandEnv(Object.fromEntries(set.map((one) => [one, `value of ${one}`])), handedOn)
        for (const one of set) {
          const hidden = isSecretName(one) && !handedOn.includes(one)
          expect(env[one]).to.equal(hidden ? undefined : `value of ${one}`)
          expect(heldBack.includes(`value of ${one}`)).to.equal(hidden)
        }
      }),
    )
  })
})
