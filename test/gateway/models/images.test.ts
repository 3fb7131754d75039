import {expect} from 'chai'
import type {ModelOptions} from '../../../src/config/schema.js'
import type {OwnKind} from '../../../src/gateway/models/catalog.js'
import type {ModelMessage, SentImage} from '../../../src/gateway/models/types.js'
import {eventsOf, startProviderServer, wireForms} from '../../fixtures/provider-server.js'
import {gif, jpeg, png, webp} from '../../helpers/images/files.js'
import {collect, registry, request} from './helpers.js'

const made = {png: png(3, 2), jpeg: jpeg(3, 2), webp: webp(3, 2), gif: gif(3, 2)}
const image = (kind: keyof typeof made, read: SentImage['read'] = () => made[kind]): SentImage => ({
  label: `[Image #1 · a.${kind} 3x2]`,
  mediaType: `image/${kind}`,
  read,
})

for (const kind of Object.keys(wireForms) as OwnKind[]) {
  const form = wireForms[kind]
  const answer = {pieces: [...eventsOf(...form.open, ...form.text('seen'), ...form.end('stop')), ...form.tail]}

  describe(`images for the kind ${kind}`, () => {
    async function sent(messages: readonly ModelMessage[], options: ModelOptions = {}) {
      const server = await startProviderServer([answer])
      try {
        const modelOptions = {m: options}
        const models = registry({providers: {there: {kind, baseUrl: server.url, apiKey: 'k', modelOptions}}})
        const got = await collect((await models.resolve('there/m')).stream(request('', {messages})))
        expect(got.error).to.equal(undefined)
        return JSON.stringify(server.requests[0]?.body)
      } finally {
        await server.close()
      }
    }

    it('go out with their bytes and kind, beside the text', async () => {
      for (const name of Object.keys(made) as (keyof typeof made)[]) {
        const body = await sent([{role: 'user', text: 'what is it', images: [image(name)]}])
        expect(body).to.contain(made[name].toString('base64'))
        expect(body).to.contain(`image/${name}`)
        expect(body).to.contain('what is it')
      }
    })

    it('go out again with each later step, and without a text', async () => {
      const body = await sent([
        {role: 'user', text: '', images: [image('png'), image('jpeg')]},
        {role: 'assistant', text: 'two pictures'},
        {role: 'user', text: 'which is larger?'},
      ])
      expect(body.split(made.png.toString('base64'))).to.have.lengthOf(2)
      expect(body.split(made.jpeg.toString('base64'))).to.have.lengthOf(2)
    })

    it('are left out where the model takes none or the file is gone, and the model is told', async () => {
      const prompt = {role: 'user', text: 'what is it', images: [image('png')]} as const
      const none = await sent([prompt], {images: false})
      expect(none).to.not.contain(made.png.toString('base64'))
      expect(none).to.contain('[Image #1 · a.png 3x2] is left out: this model is set to take no images')
      const gone = await sent([{...prompt, images: [image('png', () => undefined)]}])
      expect(gone).to.contain('is left out: its file is gone')
    })
  })
}
