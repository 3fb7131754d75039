import {expect} from 'chai'
import fc from 'fast-check'
import {type CheckContext, checkValue, expectation} from '../../src/config/check.js'
import {type ConfigKey, configKeys, settingOf} from '../../src/config/schema.js'

const inFile: CheckContext = {
  text: false,
  base: '/somewhere',
  env: {HOME: '/home/me', USERPROFILE: '/home/me', WHO: 'you'},
}
const asText: CheckContext = {...inFile, text: true}

function readValue(key: ConfigKey, raw: unknown, context = inFile): unknown {
  const checked = checkValue(settingOf(key), raw, context)
  if ('complaints' in checked) throw new Error(`refused: ${checked.complaints[0]?.expected}`)
  return checked.value
}

function complaintsOf(key: ConfigKey, raw: unknown, context = inFile): string[] {
  const checked = checkValue(settingOf(key), raw, context)
  return 'complaints' in checked ? checked.complaints.map(({path, expected}) => [...path, expected].join(' ')) : []
}

describe('checks of values', () => {
  it('takes every default of the table', () => {
    for (const key of configKeys) {
      const {default: standard} = settingOf(key)
      if (standard !== undefined) expect(readValue(key, standard)).to.deep.equal(standard)
    }
  })

  it('says what every setting takes', () => {
    for (const key of configKeys) expect(expectation(settingOf(key)), key).to.not.equal('')
  })

  it('takes whole numbers in their range only', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double(), fc.string(), fc.boolean()), (raw) => {
        const inside = Number.isInteger(raw) && Number(raw) >= 0 && Number(raw) <= 1000 && typeof raw === 'number'
        expect(complaintsOf('recovery.limit', raw).length === 0).to.equal(inside)
      }),
    )
  })

  it('reads numbers, truth and lists from text outside of files only', () => {
    expect(readValue('recovery.limit', '5', asText)).to.equal(5)
    expect(readValue('gateway.standby', 'yes', asText)).to.equal(true)
    expect(readValue('gateway.standby', '0', asText)).to.equal(false)
    expect(readValue('recovery.backoffMs', '0,250', asText)).to.deep.equal([0, 250])
    expect(complaintsOf('recovery.limit', '5')).to.have.length(1)
    expect(complaintsOf('gateway.standby', 'yes')).to.have.length(1)
    expect(complaintsOf('recovery.limit', '5ms', asText)).to.have.length(1)
  })

  it('takes rules in their one spelling, and says of each wrong one what to write', () => {
    expect(readValue('permissions.allow', ['Bash(npm run lint:*)', 'edit(/src/**)', 'edit(src/**)'])).to.deep.equal([
      'bash(npm run lint *)',
      'edit(src/**)',
    ])
    expect(complaintsOf('permissions.allow', ['bash', 'edit(x)', 5, 'bash(a && b)'])).to.deep.equal([
      '0 another rule, because it would allow every command: write bash(*) to say so',
      '2 a rule such as bash(npm test *)',
      '3 another rule, because it holds "&", and a pattern is the words of one simple command: write a rule for each command of a line (each is judged by itself), bash(=…) for this very text, or quote the character',
    ])
    expect(readValue('permissions.deny', ['bash'])).to.deep.equal(['bash'])
    expect(complaintsOf('permissions.deny', 'bash(rm *)')).to.deep.equal(['a list of rules such as bash(npm test *)'])
    expect(readValue('permissions.addDirs', ['~/a', 'b'])).to.deep.equal(['/home/me/a', '/somewhere/b'])
    expect(complaintsOf('tools.env', ['A_B', 'A=b'])).to.deep.equal(['1 the name of a variable'])
  })

  it('names the place inside a list', () => {
    expect(complaintsOf('recovery.backoffMs', [0, 'x'])).to.deep.equal(['1 a whole number from 0 to 60000'])
    expect(complaintsOf('gateway.command', ['python3', 5])).to.deep.equal(['1 a word'])
    expect(complaintsOf('recovery.backoffMs', [])).to.have.length(1)
  })

  it('splits a command as a shell does', () => {
    expect(readValue('gateway.command', `python3 -m 'my gateway' "$WHO" a\\ b`)).to.deep.equal([
      'python3',
      '-m',
      'my gateway',
      'you',
      'a b',
    ])
    expect(readValue('gateway.command', ['a b', ''])).to.deep.equal(['a b', ''])
  })

  it('refuses what only a shell could do', () => {
    expect(complaintsOf('gateway.command', 'gateway | tee log')[0]).to.contain('the shell operator |')
    expect(complaintsOf('gateway.command', 'gateway # fast')[0]).to.contain('a comment')
    expect(complaintsOf('gateway.command', 'gateway *.py')[0]).to.contain('the pattern *.py')
    expect(complaintsOf('gateway.command', `gateway "it's`)[0]).to.contain('an open quote')
    expect(complaintsOf('gateway.command', "gateway 'half")[0]).to.contain('an open quote')
    expect(complaintsOf('gateway.command', '')).to.have.length(1)
  })

  it('starts a path at the folder that names it, or at the home', () => {
    expect(readValue('log.path', 'logs/x.log')).to.equal('/somewhere/logs/x.log')
    expect(readValue('log.path', '~/x.log')).to.equal('/home/me/x.log')
    expect(readValue('log.path', '/var/x.log')).to.equal('/var/x.log')
  })

  it('checks every field of a provider', () => {
    const good = {kind: 'openai', baseUrl: 'http://localhost:1/v1', apiKey: 'k', headers: {a: 'b'}, models: ['m']}
    expect(readValue('providers', {mine: good})).to.deep.equal({mine: good})
    expect(complaintsOf('providers', {a: {kind: 'opnai', baseUrl: 'ftp://x', apiKey: 5}, b: 1})).to.deep.equal([
      'a kind one of openai-compatible, openai, anthropic, google, openrouter; did you mean "openai"?',
      'a baseUrl an address such as http://127.0.0.1:8080/v1',
      'a apiKey text',
      'b a group of kind, baseUrl, apiKey, apiKeyCommand, headers, models, modelOptions',
    ])
    for (const baseUrl of ['https://me:pw@x/v1', 'https://me@x/v1', 'https://:pw@x/v1']) {
      expect(complaintsOf('providers', {a: {baseUrl}})[0]).to.match(/^a baseUrl an address without user and password/)
    }
    expect(complaintsOf('providers', {a: {baseurl: 'http://x'}})[0]).to.contain('did you mean "baseUrl"?')
  })

  it('takes the command that prints a key as a list of words or a line, and no key beside it', () => {
    const commandOf = (apiKeyCommand: unknown) => readValue('providers', {a: {apiKeyCommand}})
    for (const given of ["pass show 'my key'", ['pass', 'show', 'my key']]) {
      expect(commandOf(given)).to.deep.equal({a: {apiKeyCommand: ['pass', 'show', 'my key']}})
    }
    expect(commandOf('~/bin/key')).to.deep.equal({a: {apiKeyCommand: ['/home/me/bin/key']}})
    for (const wrong of ['', [], 5, 'pass show x | head -1', 'pass "x', [5]]) {
      expect(complaintsOf('providers', {a: {apiKeyCommand: wrong}})[0], JSON.stringify(wrong)).to.match(
        /^a apiKeyCommand/,
      )
    }
    expect(complaintsOf('providers', {a: {apiKey: 'k', apiKeyCommand: 'x'}})).to.deep.equal([
      'a apiKeyCommand none beside `apiKey`',
    ])
  })

  it('checks the options of models', () => {
    const good = {modelOptions: {'gemma3:4b': {tools: false, streamUsage: false, thinkTags: 'open'}, '*': {}}}
    expect(readValue('providers', {ollama: good})).to.deep.equal({ollama: good})
    const wrong = {m: {tools: 'no', thinkTags: 'leadin', streamusage: true}, n: 1}
    expect(complaintsOf('providers', {a: {modelOptions: wrong}})).to.deep.equal([
      'a modelOptions m tools true or false',
      'a modelOptions m thinkTags one of leading, open, off; did you mean "leading"?',
      'a modelOptions m streamusage one of the fields tools, streamUsage, thinkTags; did you mean "streamUsage"?',
      'a modelOptions n a group of tools, streamUsage, thinkTags',
    ])
    expect(complaintsOf('providers', {a: {modelOptions: []}})).to.have.length(1)
  })
})
