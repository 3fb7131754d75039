import {expect} from 'chai'
import fc from 'fast-check'
import {welcomeItems} from '../../../src/tui/session/welcome.js'

const textOf = (status: Record<string, unknown>, model: string) => {
  const [item, ...more] = welcomeItems(status, model)
  expect(more).to.deep.equal([])
  return item?.kind === 'output' ? item.text : undefined
}

describe('the welcome', () => {
  it('names what was found, and what answers', () => {
    const found = [
      {name: 'anthropic', variable: 'ANTHROPIC_API_KEY'},
      {name: 'ollama', models: 1},
      {name: 'lmstudio', models: 3},
    ]
    expect(textOf({found}, 'anthropic/x')).to.equal(
      'Welcome. Found anthropic (ANTHROPIC_API_KEY is set), ollama on this machine (1 model), lmstudio on this machine (3 models).\nanthropic/x answers · /model chooses another',
    )
  })

  it('says how there is one where nothing was found, unless something else was chosen', () => {
    expect(textOf({found: []}, 'offline'))
      .to.contain('ANTHROPIC_API_KEY')
      .and.contain('Ollama')
      .and.contain('hermes config path')
    expect(textOf({found: []}, 'offline/200')).to.equal(undefined)
    expect(textOf({}, 'offline')).to.equal(undefined)
  })

  it('takes whatever a gateway says', () => {
    fc.assert(
      fc.property(fc.anything(), fc.string(), (found, model) => {
        expect(welcomeItems({found}, model).length).to.be.at.most(1)
      }),
    )
  })
})
