import {expect} from 'chai'
import fc from 'fast-check'
import {type CheckContext, type Checked, checkValue, expectation} from '../../src/config/check.js'
import {checkMcpServers} from '../../src/config/mcp-servers.js'
import {type ConfigKey, configKeys, settingOf} from '../../src/config/schema.js'
import {checkOwnKeys} from '../../src/keys/own-keys.js'

const inFile: CheckContext = {
  text: false,
  base: '/somewhere',
  env: {HOME: '/home/me', USERPROFILE: '/home/me', WHO: 'you'},
}
const asText: CheckContext = {...inFile, text: true}

function checkedValue(key: ConfigKey, raw: unknown, context: CheckContext): Checked {
  const setting = settingOf(key)
  if (setting.type === 'servers') return checkMcpServers(raw, context)
  return setting.type === 'keys' ? checkOwnKeys(raw) : checkValue(setting, raw, context)
}

function readValue(key: ConfigKey, raw: unknown, context = inFile): unknown {
  const checked = checkedValue(key, raw, context)
  if ('complaints' in checked) throw new Error(`refused: ${checked.complaints[0]?.expected}`)
  return checked.value
}

function complaintsOf(key: ConfigKey, raw: unknown, context = inFile): string[] {
  const checked = checkedValue(key, raw, context)
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

  it('takes commands by glob, as a line or as words', () => {
    const given = {'*.ts': 'npx biome check --write {file}', 'src/**': ['./check', '{file}']}
    expect(readValue('tools.afterEdit', given)).to.deep.equal({
      '*.ts': ['npx', 'biome', 'check', '--write', '{file}'],
      'src/**': ['/somewhere/check', '{file}'],
    })
    expect(readValue('tools.afterEdit', '{"*": "true"}', asText)).to.deep.equal({'*': ['true']})
    for (const wrong of [5, 'x', [], null, {'*': 5}, {'*': ''}, {' ': 'a'}, {'*': [1]}]) {
      expect(complaintsOf('tools.afterEdit', wrong), JSON.stringify(wrong)).to.have.length(1)
    }
    expect(complaintsOf('tools.afterEdit', {'*.ts': ['a', 5]})[0]).to.match(/^\*\.ts 1 /)
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
      'a kind one of openai-compatible, openai, anthropic, google, openrouter, azure, bedrock, vertex; did you mean "openai"?',
      'a baseUrl an address such as http://127.0.0.1:8080/v1',
      'a apiKey text',
      'b a group of kind, baseUrl, apiKey, apiKeyCommand, headers, models, modelOptions, resource, apiVersion, region, project, location',
    ])
    for (const baseUrl of ['https://me:pw@x/v1', 'https://me@x/v1', 'https://:pw@x/v1']) {
      expect(complaintsOf('providers', {a: {baseUrl}})[0]).to.match(/^a baseUrl an address without user and password/)
    }
    const placed = {kind: 'bedrock', region: 'eu-central-1'}
    expect(readValue('providers', {mine: placed})).to.deep.equal({mine: placed})
    expect(complaintsOf('providers', {a: {region: 'europe', resource: 'x.evil.example'}})).to.deep.equal([
      'a region a region of AWS such as eu-central-1',
      'a resource the name of a resource: NAME of https://NAME.openai.azure.com',
    ])
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
    const fields =
      'tools, streamUsage, promptCaching, images, thinkTags, context, output, effort, temperature, headers, inputPrice, outputPrice, cacheReadPrice, cacheWritePrice'
    const wrong = {m: {tools: 'no', thinkTags: 'leadin', streamusage: true}, n: 1}
    expect(complaintsOf('providers', {a: {modelOptions: wrong}})).to.deep.equal([
      'a modelOptions m tools true or false',
      'a modelOptions m thinkTags one of leading, open, off; did you mean "leading"?',
      `a modelOptions m streamusage one of the fields ${fields}; did you mean "streamUsage"?`,
      `a modelOptions n a group of ${fields}`,
    ])
    expect(complaintsOf('providers', {a: {modelOptions: []}})).to.have.length(1)
  })

  it('checks sizes, effort, temperature, headers and prices of models', () => {
    const tokens = fc.integer({min: 1})
    const price = fc.double({min: 0, max: 1_000_000, noNaN: true})
    const good: Record<string, fc.Arbitrary<unknown>> = {
      context: tokens,
      output: tokens,
      effort: fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
      temperature: fc.double({min: 0, max: 2, noNaN: true}),
      headers: fc.dictionary(fc.string(), fc.string()),
    }
    const prices = {inputPrice: price, outputPrice: price, cacheReadPrice: price, cacheWritePrice: price}
    fc.assert(
      fc.property(fc.record(good, {requiredKeys: []}), fc.record(prices), (options, told) => {
        const given = {a: {modelOptions: {m: {...options, ...told}}}}
        expect(readValue('providers', given)).to.deep.equal(given)
      }),
    )
    const wrong = fc.oneof(
      fc.constantFrom(null, '', '5', 'huge', [], true, Number.NaN, -1, Number.POSITIVE_INFINITY, -0.5, {a: 1}),
    )
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys({...good, ...prices})), wrong, (field, value) => {
        const options = {...(field in prices ? {inputPrice: 1, outputPrice: 1} : {}), [field]: value}
        const complaints = complaintsOf('providers', {a: {modelOptions: {m: options}}})
        expect(complaints, JSON.stringify(options)).to.have.length(1)
        expect(complaints[0]).to.contain(`a modelOptions m ${field} `)
      }),
    )
  })

  it('takes no price alone: a cost is made of both', () => {
    const of = (options: object) => complaintsOf('providers', {a: {modelOptions: {m: options}}})
    expect(of({inputPrice: 1})).to.deep.equal(['a modelOptions m inputPrice `outputPrice` beside it'])
    expect(of({outputPrice: 1})).to.deep.equal(['a modelOptions m outputPrice `inputPrice` beside it'])
    expect(of({cacheReadPrice: 1})).to.deep.equal([
      'a modelOptions m cacheReadPrice `inputPrice` and `outputPrice` beside it',
    ])
  })
})
