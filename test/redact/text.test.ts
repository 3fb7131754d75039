import {expect} from 'chai'
import fc from 'fast-check'
import {createRedactor, isSecretName} from '../../src/redact/index.js'

const canary = 'CANARYa1b2c3d4e5f6g7h8'
const redact = createRedactor()

describe('secrets in a text', () => {
  it('leaves the working directory alone, though PWD looks like a password', () => {
    const redactPaths = createRedactor({PWD: '/home/ada/project', OLDPWD: '/home/ada/elsewhere'})
    expect(redactPaths('cwd=/home/ada/project')).to.equal('cwd=/home/ada/project')
    expect(redactPaths('cwd=/home/ada/elsewhere')).to.equal('cwd=/home/ada/elsewhere')
  })

  const places: readonly (readonly [place: string, text: string])[] = [
    ['an OpenAI key', `401 for sk-proj-${canary}`],
    ['an Anthropic key', `x-api-key sk-ant-api03-${canary}`],
    ['a Google key', `AIza${canary}${canary}`],
    ['a GitHub token', `remote: ghp_${canary}`],
    ['a GitLab token', `glpat-${canary}`],
    ['a Slack token', `xoxb-1234567890-${canary}`],
    ['a key of any of the usual prefixes', `key_${canary} and pk-${canary}`],
    ['a key that is named', `wrong API key: ${canary}`],
    ['a bearer header', `Authorization: Bearer ${canary}`],
    ['a basic header', `authorization: Basic ${canary}==`],
    ['a header of another scheme', `Authorization: token ${canary}`],
    ['a header in JSON', `{"headers":{"Authorization":"token ${canary}"},"status":401}`],
    ['a cookie', `Cookie: a=1; sid=${canary}`],
    ['a header dump', `{'x-api-key': '${canary}'}`],
    ['an environment line', `OPENAI_API_KEY=${canary}`],
    ['an exported line', `export AWS_SECRET_ACCESS_KEY="${canary} with spaces"`],
    ['a field after another name', `Error: bad config: DB_PASSWORD=${canary}`],
    ['JSON', `{"model":"x","apiKey":"${canary}","n":1}`],
    ['escaped JSON', `body: "{\\"client_secret\\":\\"${canary}\\"}"`],
    ['YAML', `  api_key: ${canary}`],
    ['a flag', `gateway --token ${canary} --verbose`],
    ['a flag with =', `gateway --api-key=${canary}`],
    ['the user part of a URL', `fetch https://${canary}@example.com/v1 failed`],
    ['the password of a URL', `postgres://me:${canary}@db:5432/x`],
    ['a password with a slash', `redis://me:a/${canary}@db:6379/0`],
    ['a query', `GET https://example.com/v1?model=x&key=${canary}&n=2`],
    ['a signed link', `https://example.com/a?X-Amz-Credential=${canary}&signature=${canary}`],
    ['a JSON web token', `eyJhbGciOiJIUzI1NiJ9.${canary}.${canary}`],
    ['a private key', `-----BEGIN RSA PRIVATE KEY-----\n${canary}\n-----END RSA PRIVATE KEY-----`],
    ['half a private key', `-----BEGIN PRIVATE KEY-----\n${canary}`],
  ]
  for (const [place, text] of places) {
    it(`are taken out of ${place}`, () => {
      const result = redact(text)
      expect(result).not.to.contain(canary)
      expect(result).to.contain('[redacted]')
    })
  }

  it('are known by the value that the environment holds', () => {
    const withEnv = createRedactor({
      MY_TOKEN: canary,
      PATH: '/usr/bin:/bin',
      PIN_PASSWORD: 'abc',
      NODE_ENV: 'production',
    })
    expect(withEnv(`cannot log in with ${canary} in production from /usr/bin:/bin, abc`)).to.equal(
      'cannot log in with [redacted] in production from /usr/bin:/bin, abc',
    )
  })

  it('are known by themselves, where they are given', () => {
    expect(createRedactor({}, [canary])(`the key ${canary} is wrong`)).to.equal('the key [redacted] is wrong')
  })

  it('are gone though a provider stars a part of them', () => {
    expect(redact('Incorrect API key provided: sk-proj-********abcd. See')).to.equal(
      'Incorrect API key provided: [redacted]. See',
    )
    expect(redact('sk-abcd1234 is no key')).to.equal('[redacted] is no key')
  })

  it('are gone, and what stands beside them is not', () => {
    expect(redact(`GET https://example.com/v1?model=x&key=${canary}&n=2 401`)).to.equal(
      'GET https://example.com/v1?model=x&key=[redacted]&n=2 401',
    )
    expect(redact(`{"model":"x","apiKey":"${canary}","n":1}`)).to.equal('{"model":"x","apiKey":"[redacted]","n":1}')
    expect(redact(`node gw.js --token ${canary} --verbose`)).to.equal('node gw.js --token [redacted] --verbose')
  })

  it('are not seen where there are none', () => {
    const texts = [
      'external-sigkill',
      'node /opt/hermes/dist/gateway/main.js --max-old-space-size=4096',
      'max_tokens=4096 prompt_tokens: 12 token_count=3',
      'http://localhost:11434/v1/models refused',
      'TypeError: cannot read properties of undefined (reading "key")',
      'at Object.<anonymous> (file:///a/b.js:10:3)',
      'session 20261123_184200_ab12cd not found',
      'the key: value pairs are sorted; tokenizer=cl100k',
      'key-value pairs, sk-learn-contrib, key_of_the_map, hf-hub',
      'C:\\Users\\me\\hermes',
      'token=null password: undefined secret=true',
    ]
    for (const text of texts) expect(redact(text)).to.equal(text)
  })

  it('take time that grows with the text, not with its square', () => {
    for (const unit of [
      'a.',
      'A_',
      'x:',
      '://',
      'a://b:',
      '--a ',
      'eyJ',
      'sk-',
      'key_a',
      '"\\',
      '-----BEGIN A PRIVATE KEY-----',
    ])
      expect(redact(unit.repeat(20_000))).to.be.a('string')
  }).timeout(4000)

  it('leave other text as it was', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('exit', 'code', '1', 'null', 'SIGTERM', '(x)', 'a/b', '-'), {maxLength: 20}),
        (words) => {
          expect(redact(words.join(' '))).to.equal(words.join(' '))
        },
      ),
    )
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string({unit: 'binary'}), (text) => void redact(text)))
  })

  it('have names', () => {
    for (const name of [
      'OPENAI_API_KEY',
      'apiKey',
      'clientSecret',
      'db.password',
      'PGPASSWORD',
      'HF_TOKEN',
      'SIGNING_KEY',
      'x-api-key',
      'x-goog-key',
      'authtoken',
      'set-cookie',
    ])
      expect(isSecretName(name), name).to.equal(true)
    for (const name of ['key', 'sessionKey', 'monkey', 'max_tokens', 'keyboard', 'HOME', 'tokenizer'])
      expect(isSecretName(name), name).to.equal(false)
  })
})
