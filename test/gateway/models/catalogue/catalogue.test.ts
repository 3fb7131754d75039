import {readFileSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {askCatalogue, CATALOGUE_VERSION} from '../../../../src/gateway/models/catalogue/ask.js'
import {Catalogue} from '../../../../src/gateway/models/catalogue/catalogue.js'
import type {CatalogueQuestion} from '../../../../src/gateway/models/catalogue/worker-messages.js'
import {runs} from '../../../helpers/sample.js'
import {createSandbox} from '../../../helpers/sandbox.js'

const anthropic = {provider: 'anthropic', address: 'https://api.anthropic.com/v1'}

describe('the catalogue of models', () => {
  it('knows windows and prices of the models that are asked where no other is named', async function () {
    this.timeout(60_000)
    const [sonnet, astra, argon] = await askCatalogue([
      {...anthropic, model: 'claude-sonnet-5-5'},
      {provider: 'openai', address: 'https://api.openai.com/v1', model: 'gpt-6-astra'},
      {provider: 'google', address: 'https://generativelanguage.googleapis.com/v1beta', model: 'gemini-4-argon'},
    ])
    expect(sonnet?.context).to.equal(1_000_000)
    expect(sonnet?.prices?.[0]?.prices).to.deep.equal({input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5})
    expect(astra?.context).to.equal(1_050_000)
    expect(astra?.prices?.[0]?.prices.input).to.deep.equal({base: 10, tiers: [{above: 271_999, price: 20}]})
    expect(argon).to.equal(null)
  })

  it('knows a window at any address, and a price only where its provider asks it', async function () {
    this.timeout(60_000)
    const [moved, elsewhere, listed] = await askCatalogue([
      {provider: 'anthropic', address: 'https://llm.example.com/v1', model: 'claude-sonnet-5-5'},
      {address: 'https://llm.example.com/v1', model: 'claude-sonnet-5-5'},
      {address: 'https://api.deepseek.com/v1', model: 'deepseek-chat'},
    ])
    expect(moved).to.deep.equal({context: 1_000_000})
    expect(elsewhere).to.equal(null)
    expect(listed?.prices?.length).to.be.above(0)
  })

  it('says that it knows nothing of names that nobody gave a model, and lives on', async function () {
    this.timeout(60_000)
    const names = fc.sample(fc.string({unit: 'binary', maxLength: 200}), runs(500, 100))
    const questions = names.map((model) => ({...anthropic, model: `zz-${model}`}))
    const answers = await askCatalogue([...questions, {...anthropic, model: 'claude-sonnet-5-5'}])
    expect(answers.slice(0, -1).every((answer) => answer === null)).to.equal(true)
    expect(answers.at(-1)?.context).to.equal(1_000_000)
  })

  it('is kept by the version of the library that is installed', () => {
    const entry = createRequire(import.meta.url).resolve('@pydantic/genai-prices')
    const {version} = JSON.parse(readFileSync(path.join(entry, '../../package.json'), 'utf8'))
    expect(CATALOGUE_VERSION).to.equal(version)
  })

  describe('as it is kept', () => {
    const box = createSandbox()
    after(() => box.remove())
    const asking = () => {
      const asked: CatalogueQuestion[][] = []
      const ask: typeof askCatalogue = async (questions) => {
        asked.push([...questions])
        return questions.map(({model}) => (model.startsWith('known') ? {context: model.length} : null))
      }
      return {asked, ask}
    }
    const question = (model: string) => ({...anthropic, model})

    it('is asked once for each model, by however many processes, also for one that it does not know', async () => {
      const folder = path.join(box.directory, 'once')
      const {asked, ask} = asking()
      for (let process = 0; process < 3; process++) {
        const catalogue = new Catalogue({folder, ask})
        const facts = await Promise.all([
          catalogue.facts([question('known-1'), question('nobody')]),
          catalogue.facts([question('known-1')]),
        ])
        expect(facts).to.deep.equal([[{context: 7}, {}], [{context: 7}]])
      }
      expect(asked.flat().map(({model}) => model)).to.deep.equal(['known-1', 'nobody'])
    })

    it('is asked again where the file is of another version, or is none', async () => {
      const folder = path.join(box.directory, 'again')
      const {asked, ask} = asking()
      const look = () => new Catalogue({folder, ask}).facts([question('known-1')])
      await look()
      const file = path.join(folder, 'catalogue.json')
      const kept = JSON.parse(readFileSync(file, 'utf8'))
      const broken = [
        '',
        '{',
        'null',
        '[]',
        JSON.stringify({...kept, version: '0'}),
        JSON.stringify({...kept, facts: 3}),
      ]
      for (const text of broken) {
        writeFileSync(file, text)
        expect(await look(), text).to.deep.equal([{context: 7}])
      }
      expect(asked).to.have.lengthOf(1 + broken.length)
    })

    it('knows nothing where it cannot be asked, and is asked again', async () => {
      let tries = 0
      const ask = async () => {
        tries++
        throw new Error('no memory')
      }
      const catalogue = new Catalogue({folder: path.join(box.directory, 'down'), ask})
      expect(await catalogue.facts([question('known-1')])).to.deep.equal([{}])
      expect(await catalogue.facts([question('known-1')])).to.deep.equal([{}])
      expect(tries).to.equal(2)
    })
  })
})
