import {expect} from 'chai'
import fc from 'fast-check'
import {resultOf} from '../../../src/gateway/mcp/result.js'
import {Lab, textOf} from './lab.js'

describe('results of MCP tools', () => {
  let lab: Lab
  beforeEach(() => {
    lab = new Lab()
  })
  afterEach(() => lab.close())

  it('are bounded like those of a command', async () => {
    const servers = lab.gateway({fx: lab.server()})
    const result = await lab.call(servers, 'mcp__fx__big', {bytes: 5_000_000})
    expect(result).to.include({truncated: true, total_bytes: 5_000_000})
    expect(textOf(result).length).to.be.at.most(41_500)
    expect(textOf(result)).to.contain('bytes left out')
  })

  it('that would fill the memory end the server', async () => {
    const servers = lab.gateway({fx: lab.server()})
    const error = textOf(await lab.call(servers, 'mcp__fx__big', {bytes: 20_000_000}))
    expect(error).to.contain('it sent a message of more than 16 MiB')
    expect(textOf(await lab.call(servers, 'mcp__fx__echo', {text: 'on'}))).to.equal('on')
  }).timeout(30_000)

  it('have their images kept, their parts told, their members as they are', async () => {
    const servers = lab.gateway({fx: lab.server()})
    const image = await lab.call(servers, 'mcp__fx__image')
    expect(image).to.have.nested.property('images[0].image.media_type', 'image/png')
    expect(lab.images.map(({label}) => label)).to.deep.equal(['[Image of mcp__fx__image: image 1 1x1]'])
    expect(textOf(await lab.call(servers, 'mcp__fx__parts')).split('\n')).to.deep.equal([
      'one red',
      '[file:///a.txt]',
      'two',
      '[file:///b.txt: b]',
      '[audio audio/wav, 3 bytes: not shown]',
      '[an image of a kind that is not known]',
    ])
    expect(await lab.call(servers, 'mcp__fx__structured'))
      .to.include({output: '{"a": 1}'})
      .and.not.have.property('structured')
  })

  it('that are errors are errors', async () => {
    const servers = lab.gateway({fx: lab.server()})
    expect(await lab.call(servers, 'mcp__fx__fail')).to.deep.equal({error: 'mcp__fx__fail: it did not work'})
  })

  it('tell of their progress while they come', async () => {
    const servers = lab.gateway({fx: lab.server()})
    expect(textOf(await lab.call(servers, 'mcp__fx__steps', {steps: 3}))).to.equal('all steps')
    expect(lab.progress).to.deep.equal(['step 1 (1 of 3)', 'step 2 (2 of 3)', 'step 3 (3 of 3)'])
  })

  it('ask the person what the server asks, and the call waits as long as it takes', async () => {
    const servers = lab.gateway({fx: lab.server([], {timeoutMs: 800})})
    const tool = (await lab.tools(servers)).mcp__fx__ask
    const answers = ['Ann', '7', 'red', 'No']
    let asked = 0
    const context = {
      ...lab.context(),
      clarify: async () => {
        // Four of them are longer than the server may be silent.
        await new Promise((resolve) => setTimeout(resolve, 250))
        return answers[asked++] ?? ''
      },
    }
    const result = await tool?.run({}, context)
    expect(JSON.parse(textOf(result ?? {}))).to.deep.equal({
      action: 'accept',
      content: {name: 'Ann', age: 7, colour: 'red', news: false},
    })
  })

  it('are of our form whatever a server answers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), fc.anything(), fc.boolean(), async (content, structuredContent, isError) => {
        const told = {content, structuredContent, isError} as Parameters<typeof resultOf>[1]
        const result = await resultOf('mcp__fx__x', told, undefined)
        expect(typeof (isError ? result.error : result.note)).to.equal('string')
        JSON.stringify(result)
      }),
    )
  })
})
