import {chmodSync, mkdirSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {type LoadOptions, loadConfig} from '../../src/config/index.js'
import {exitCodes, HermesError} from '../../src/errors.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

/** Modes don't hold root back. */
async function asSomebody<T>(act: () => Promise<T>): Promise<T> {
  const {geteuid, seteuid} = process
  if (geteuid?.() !== 0 || !seteuid) return act()
  seteuid(65534)
  try {
    return await act()
  } finally {
    seteuid(0)
  }
}

describe('loading the configuration', () => {
  let box: Sandbox
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const load = (options: Partial<LoadOptions> = {}) => loadConfig({cwd: box.project, env: box.env, ...options})

  async function problemOf(options: Partial<LoadOptions> = {}): Promise<HermesError> {
    const thrown = await load(options).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!(thrown instanceof HermesError)) throw new Error(`no HermesError: ${String(thrown)}`)
    expect(thrown.exit).to.equal(exitCodes.config)
    return thrown
  }

  it('is all defaults where nothing is configured', async () => {
    const {values, origins, files, warnings} = await load()
    expect(values['recovery.limit']).to.equal(3)
    expect(values['recovery.backoffMs']).to.deep.equal([0, 250, 1000])
    expect(values.model).to.equal(undefined)
    expect(new Set(Object.values(origins).map(({kind}) => kind))).to.deep.equal(new Set(['default']))
    expect(files).to.deep.equal([])
    expect(warnings).to.deep.equal([])
  })

  // Windows has no such mode.
  if (process.platform !== 'win32')
    for (const [whose, name] of [
      ['your own', 'home/.config/hermes/config.yaml'],
      ["a project's", 'home/project/.hermesrc.yaml'],
    ] as const)
      it(`does not pass over ${whose} file that may not be read`, async () => {
        const file = box.write(name, 'model: a/b\n')
        chmodSync(file, 0)
        chmodSync(box.directory, 0o755)
        const {message} = await asSomebody(() => problemOf())
        expect(message).to.include(file).and.include('may not be read by you')
      })

  it('takes each source over the one before and remembers which', async () => {
    const own = box.write(
      'home/.config/hermes/config.yaml',
      'recovery: {limit: 4, longLimit: 4, stableMs: 4, windowMs: 4000}\n',
    )
    const extra = box.write('extra.json', '{"recovery": {"longLimit": 5, "stableMs": 5}}')
    const project = box.write(
      'home/project/.hermesrc.yaml',
      'recovery.stableMs: 6\ngateway.startupTimeoutMs: 6000\nmodel: a/b\n',
    )
    const {values, origins, files} = await load({
      env: {...box.env, HERMES_CONFIG: extra, HERMES_TUI_STARTUP_TIMEOUT_MS: '7000', HERMES_MODEL: 'c/d'},
      flags: {model: 'e/f'},
    })
    expect(values['recovery.limit']).to.equal(4)
    expect(values['recovery.longLimit']).to.equal(5)
    expect(values['recovery.stableMs']).to.equal(6)
    expect(values['gateway.startupTimeoutMs']).to.equal(7000)
    expect(values.model).to.equal('e/f')
    expect(origins['recovery.limit']).to.deep.equal({kind: 'user', file: own})
    expect(origins['recovery.longLimit']).to.deep.equal({kind: 'user', file: extra})
    expect(origins['recovery.stableMs']).to.deep.equal({kind: 'project', file: project})
    expect(origins['gateway.startupTimeoutMs']).to.deep.equal({
      kind: 'environment',
      variable: 'HERMES_TUI_STARTUP_TIMEOUT_MS',
    })
    expect(origins.model).to.deep.equal({kind: 'flag'})
    expect(files.map((file) => file.path)).to.deep.equal([own, extra, project])
  })

  it('adds up rules, so that another file takes none away, and knows where each is from', async () => {
    const own = box.write(
      'home/.config/hermes/config.yml',
      'permissions: {deny: [bash(git push *)], allow: [bash(a)]}\n',
    )
    const extra = box.write('extra.yaml', 'permissions: {deny: [], allow: [bash(b), Bash(a)]}\n')
    const flags = {'permissions.allow': ['bash(c)']}
    const {values, ruleOrigins} = await load({env: {...box.env, HERMES_CONFIG: extra}, flags})
    expect(values['permissions.deny']).to.deep.equal(['bash(git push *)'])
    expect(values['permissions.allow']).to.deep.equal(['bash(a)', 'bash(b)', 'bash(c)'])
    expect([...ruleOrigins['permissions.allow']]).to.deep.equal([
      ['bash(a)', {kind: 'user', file: extra}],
      ['bash(b)', {kind: 'user', file: extra}],
      ['bash(c)', {kind: 'flag'}],
    ])
    expect(ruleOrigins['permissions.deny'].get('bash(git push *)')).to.deep.equal({kind: 'user', file: own})
  })

  it('names the place of a rule that is none, and what to write', async () => {
    const file = box.write(
      'home/.config/hermes/config.yaml',
      'permissions:\n  allow:\n    - edit(src/**)\n    - bash\n',
    )
    const {message} = await problemOf()
    expect(message).to.equal(
      `${file}:4:7: "permissions.allow.1" is "bash"; expected another rule, because it would allow every command: write bash(*) to say so`,
    )
  })

  it('merges providers by name', async () => {
    box.write('home/.config/hermes/config.yml', 'providers: {a: {baseUrl: http://one}, b: {baseUrl: http://two}}\n')
    const extra = box.write('extra.yaml', 'providers.b.baseUrl: http://three\n')
    const {values} = await load({env: {...box.env, HERMES_CONFIG: extra}})
    expect(values.providers).to.deep.equal({a: {baseUrl: 'http://one'}, b: {baseUrl: 'http://three'}})
  })

  for (const [name, text] of [
    ['package.json', '{"name": "x", "hermes": {"model": "a/b"}}'],
    ['.hermesrc', 'model: a/b'],
    ['.hermesrc', '{"model": "a/b"}'],
    ['.hermesrc.json', '\uFEFF{"model": "a/b"}'],
    ['.hermesrc.yml', '# only\nmodel: a/b'],
    ['hermes.config.json', '{"model": "a/b"}'],
    ['hermes.config.yaml', 'model: a/b'],
    ['.config/hermes.yaml', 'model: a/b'],
    ['.config/hermes/config.json', '{"model": "a/b"}'],
  ] as const) {
    it(`finds a project's ${name} from a folder below`, async () => {
      const file = box.write(`home/project/${name}`, text)
      const below = path.join(box.project, 'src', 'deep')
      mkdirSync(below, {recursive: true})
      const {values, origins} = await load({cwd: below})
      expect(values.model).to.equal('a/b')
      expect(origins.model).to.deep.equal({kind: 'project', file})
    })
  }

  it('takes what a plugin declares in its package.json for no configuration, what stands beside it for one', async () => {
    const declared = '"slashCommands": [{"name": "diary", "target": "./dist/diary.js"}]'
    box.write('home/project/package.json', `{"hermes": {${declared}}}`)
    box.write('home/project/.hermesrc', 'model: from/rc')
    expect((await load()).values.model).to.equal('from/rc')
    box.write('home/project/package.json', `{"hermes": {${declared}, "model": "from/package"}}`)
    expect((await load()).values.model).to.equal('from/package')
    box.write('home/project/package.json', `{"hermes": {${declared}, "modle": "from/package"}}`)
    expect((await problemOf()).message).to.include('"modle" is not a known key')
  })

  it('passes over a package.json without the key, also a broken one, and an empty file', async () => {
    box.write('home/project/package.json', '{"name": "x"}')
    box.write('home/project/.hermesrc.yaml', '# nothing yet\n')
    box.write('home/project/hermes.config.yaml', 'model: a/b')
    expect((await load()).values.model).to.equal('a/b')
    box.write('home/project/package.json', '{"name": ')
    expect((await load()).values.model).to.equal('a/b')
  })

  it('does not take what lies in the home for a project', async () => {
    box.write('home/.hermesrc.yaml', 'model: a/b')
    box.write('home/.config/hermes.yaml', 'model: a/b')
    expect((await load()).values.model).to.equal(undefined)
    expect((await load({cwd: box.home})).values.model).to.equal(undefined)
  })

  it('searches up to the root outside of the home', async () => {
    box.write('elsewhere/.hermesrc', 'model: a/b')
    const cwd = path.join(box.directory, 'elsewhere', 'below')
    mkdirSync(cwd)
    expect((await load({cwd})).values.model).to.equal('a/b')
  })

  it('never runs JavaScript', async () => {
    const marker = path.join(box.directory, 'ran')
    const code = `require('node:fs').writeFileSync(${JSON.stringify(marker)}, ''); module.exports = {}`
    for (const name of [
      '.hermesrc.js',
      '.hermesrc.cjs',
      'hermes.config.js',
      '.config/config.js',
      '.config/config.cjs',
    ]) {
      box.write(`home/project/${name}`, code)
    }
    box.write('home/project/.config/config.json', '{"cosmiconfig": {"searchPlaces": [".hermesrc.cjs"]}}')
    box.write('home/project/.hermesrc.yaml', 'model: a/b')
    const previous = process.cwd()
    process.chdir(box.project)
    try {
      expect((await load()).values.model).to.equal('a/b')
    } finally {
      process.chdir(previous)
    }
    const {existsSync} = await import('node:fs')
    expect(existsSync(marker)).to.equal(false)
    const explicit = await problemOf({env: {...box.env, HERMES_CONFIG: path.join(box.project, '.hermesrc.cjs')}})
    expect(explicit.code).to.equal('config/unsupported-file')
    expect(existsSync(marker)).to.equal(false)
  })

  it('does not follow $import', async () => {
    const file = box.write('home/project/.hermesrc.yaml', '$import: ./other.yaml\n')
    box.write('home/project/other.yaml', 'model: a/b\n')
    expect((await problemOf()).message).to.equal(`${file}:1:1: "$import" is not a known key`)
  })

  it('lists every problem with file, line, column, value and what was expected', async () => {
    const own = box.write('home/.config/hermes/config.json', '{\n  "recovery": {"limit": "5"},\n  "modle": "x"\n}')
    const project = box.write('home/project/.hermesrc', 'recovery:\n  backoffMs: [0, -1]\n  inflight: retyr\n')
    const error = await problemOf({env: {...box.env, HERMES_TUI_RPC_TIMEOUT_MS: 'soon'}, flags: {'log.files': 0}})
    expect(error.code).to.equal('config/invalid')
    expect(error.message.split('\n  ')).to.deep.equal([
      '6 problems in the configuration:',
      `${own}:3:3: "modle" is not a known key; did you mean "model"?`,
      `${own}:2:16: "recovery.limit" is "5"; expected a whole number from 0 to 1000`,
      `${project}:2:18: "recovery.backoffMs.1" is -1; expected a whole number from 0 to 60000`,
      `${project}:3:3: "recovery.inflight" is "retyr"; expected one of keep, continue, retry; did you mean "retry"?`,
      'HERMES_TUI_RPC_TIMEOUT_MS: "gateway.requestTimeoutMs" is "soon"; expected a whole number from 100 to 3600000',
      '"log.files" is 0; expected a whole number from 1 to 100',
    ])
  })

  it('never prints a secret in a problem', async () => {
    const secret = 'sk-1234567890abcdefghijkl'
    box.write(
      'home/.config/hermes/config.yaml',
      `providers: {a: {apiKey: [${secret}], headers: [${secret}], kind: 5}}\n`,
    )
    expect((await problemOf()).message)
      .to.contain('"providers.a.kind" is 5')
      .and.not.contain(secret)
  })

  for (const [name, text, message] of [
    ['.hermesrc.yaml', 'model: a\n  limit: 3\n', ':2:8: this is not valid YAML: bad indentation of a mapping entry'],
    ['.hermesrc.json', '{"model": }', ":1:11: this is not valid JSON: Unexpected token '}'"],
    [
      '.hermesrc.json',
      '{\n  "model": "a"\n  "x": 1}',
      ":3:3: this is not valid JSON: Expected ',' or '}' after property value",
    ],
    ['.hermesrc.json', '{"model": "a"', ":1:14: this is not valid JSON: Expected ',' or '}' after property value"],
    ['.hermesrc.yaml', 'a: 1\n---\nb: 2\n', ':1:1: this is not valid YAML: it holds more than one document'],
    ['package.json', '{"hermes": {]}', ":1:13: this is not valid JSON: Expected property name or '}'"],
  ] as const) {
    it(`names line and column of a broken ${name}: ${JSON.stringify(text)}`, async () => {
      const file = box.write(`home/project/${name}`, text)
      const error = await problemOf()
      expect(error.message).to.equal(`${file}${message}`)
      expect(error.code).to.equal('config/syntax')
    })
  }

  it('says so when a file that was named is missing or is a folder', async () => {
    const missing = await problemOf({env: {...box.env, HERMES_CONFIG: '~/nothing.yaml'}})
    expect(missing.message).to.equal(`${box.home}/nothing.yaml: the configuration can't be read: it does not exist`)
    const folder = await problemOf({env: {...box.env, HERMES_CONFIG: box.home}})
    expect(folder.message).to.equal(`${box.home}: the configuration can't be read: it is a folder`)
  })

  it('takes an empty variable for an unset one', async () => {
    const {values} = await load({env: {...box.env, HERMES_MODEL: ' ', HERMES_GATEWAY_COMMAND: '', HERMES_CONFIG: ''}})
    expect(values.model).to.equal(undefined)
    expect(values['gateway.command']).to.equal(undefined)
  })

  it('splits the gateway command of the environment and of a flag', async () => {
    const {values} = await load({env: {...box.env, HERMES_GATEWAY_COMMAND: "python3 -m 'a b'"}})
    expect(values['gateway.command']).to.deep.equal(['python3', '-m', 'a b'])
    const flagged = await load({flags: {'gateway.command': 'x --y', model: undefined}})
    expect(flagged.values['gateway.command']).to.deep.equal(['x', '--y'])
  })
})
