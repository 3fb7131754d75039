import {expect} from 'chai'
import fc from 'fast-check'
import {elicited} from '../../../src/gateway/mcp/elicit.js'

/** Answers one after the other; what was asked is kept. */
function person(answers: string[]) {
  const asked: {question: string; choices: string[] | null}[] = []
  const ask = async (question: string, choices: string[] | null) => {
    asked.push({question, choices})
    return answers.shift() ?? ''
  }
  return {asked, ask}
}

const form = (properties: object, required: string[] = Object.keys(properties)) => ({
  message: 'Who?',
  requestedSchema: {type: 'object', properties, required},
})

describe('what an MCP server asks', () => {
  it('is a question for each field, and the answer has its type', async () => {
    const {asked, ask} = person(['Ann', '42', 'blue', 'Yes', 'a, b', '1.5'])
    const params = form({
      name: {type: 'string', title: 'Your name', description: 'as in a letter'},
      age: {type: 'integer', minimum: 1},
      colour: {type: 'string', enum: ['red', 'blue']},
      news: {type: 'boolean'},
      tags: {type: 'array', items: {type: 'string', enum: ['a', 'b', 'c']}},
      size: {type: 'number'},
    })
    expect(await elicited('fx', params, ask)).to.deep.equal({
      action: 'accept',
      content: {name: 'Ann', age: 42, colour: 'blue', news: true, tags: ['a', 'b'], size: 1.5},
    })
    expect(asked[0]).to.deep.equal({
      question: 'The MCP server fx asks: Who?\nYour name (as in a letter)',
      choices: null,
    })
    expect(asked[2]?.choices).to.deep.equal(['red', 'blue'])
  })

  it('is declined as a whole by whoever declines one field', async () => {
    expect(await elicited('fx', form({a: {type: 'string'}, b: {type: 'string'}}), person(['x']).ask)).to.deep.equal({
      action: 'decline',
    })
  })

  it('asks again for what is of another type, and takes its default for what is left out', async () => {
    const {asked, ask} = person(['many', '0', '7', 'Leave it out', 'Leave it out'])
    const params = form(
      {age: {type: 'integer', minimum: 1}, mail: {type: 'string'}, news: {type: 'boolean', default: true}},
      ['age'],
    )
    expect(await elicited('fx', params, ask)).to.deep.equal({action: 'accept', content: {age: 7, news: true}})
    expect(asked[1]?.question).to.contain('“many” does not do: a whole number from 1 is expected')
    expect(asked[4]?.choices).to.deep.equal(['Yes', 'No', 'Leave it out'])
  })

  it('is answered within bounds whatever it is', async () => {
    const property = fc.asyncProperty(fc.anything(), fc.array(fc.string()), async (params, answers) => {
      const {asked, ask} = person([...answers])
      const {action} = await elicited('fx', params, ask)
      expect(['accept', 'decline']).to.include(action)
      expect(asked.length).to.be.at.most(60)
    })
    await fc.assert(property)
    const fields = fc.dictionary(
      fc.string(),
      fc.record({type: fc.anything(), enum: fc.anything(), items: fc.anything()}),
    )
    await fc.assert(
      fc.asyncProperty(fields, fc.array(fc.string()), async (properties, answers) => {
        const {action} = await elicited('fx', {message: 5, requestedSchema: {properties}}, person([...answers]).ask)
        expect(['accept', 'decline']).to.include(action)
      }),
    )
  })
})
