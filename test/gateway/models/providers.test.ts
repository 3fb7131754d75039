import {expect} from 'chai'
import {findProvider} from '../../../src/gateway/models/providers.js'
import {settings} from './helpers.js'

describe('a provider', () => {
  const addresses: [variable: string, given: string, address: string][] = [
    ['ANTHROPIC_BASE_URL', 'https://gateway.example', 'https://gateway.example/v1'],
    ['ANTHROPIC_BASE_URL', 'https://gateway.example/', 'https://gateway.example/v1'],
    ['ANTHROPIC_BASE_URL', 'https://gateway.example/anthropic/v1/', 'https://gateway.example/anthropic/v1'],
    ['OLLAMA_HOST', '127.0.0.1:5000', 'http://127.0.0.1:5000/v1'],
    ['OLLAMA_HOST', 'box', 'http://box:11434/v1'],
    ['OLLAMA_HOST', ':5000', 'http://127.0.0.1:5000/v1'],
    ['OLLAMA_HOST', '0.0.0.0', 'http://127.0.0.1:11434/v1'],
    ['OLLAMA_HOST', '[::]:5000', 'http://127.0.0.1:5000/v1'],
    ['OLLAMA_HOST', 'https://box.example', 'https://box.example/v1'],
    ['OPENAI_BASE_URL', 'http://127.0.0.1:9/api', 'http://127.0.0.1:9/api'],
  ]
  for (const [variable, given, address] of addresses) {
    it(`is at ${address} by ${variable}=${given}`, () => {
      const names: Record<string, string> = {
        ANTHROPIC_BASE_URL: 'anthropic',
        OLLAMA_HOST: 'ollama',
        OPENAI_BASE_URL: 'openai',
      }
      const found = findProvider(settings({env: {[variable]: given}}), names[variable] ?? '', {})
      expect(found?.baseUrl).to.equal(address)
      expect(found?.source).to.equal(variable === 'OLLAMA_HOST' ? 'configuration' : 'built-in')
    })
  }

  it('has its key and headers from variables that the configuration names', () => {
    const mine = {
      baseUrl: 'http://127.0.0.1:9/v1',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as in a configuration
      apiKey: '${MY_KEY}',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as in a configuration
      headers: {'x-team': 'team-${TEAM}', plain: '$5'},
    }
    const find = (env: NodeJS.ProcessEnv) => findProvider(settings({providers: {mine}, env}), 'mine', {})
    expect(find({MY_KEY: 'secret', TEAM: 'blue'})).to.deep.include({
      apiKey: 'secret',
      headers: {'x-team': 'team-blue', plain: '$5'},
    })
    // Half a key is none, and what is missing is named.
    expect(find({TEAM: 'blue', HERMES_MINE_API_KEY: 'other'})).to.deep.include({
      apiKey: undefined,
      keyRequired: true,
      keyVariables: ['MY_KEY'],
    })
  })
})
