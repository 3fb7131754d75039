import {readFileSync, statSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

const root = new URL('../../', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, root), 'utf8')

describe('the pictures of README.md', () => {
  const pictures = [...read('README.md').matchAll(/docs\/pictures\/[\w-]+\.svg/g)].map(([file]) => file)

  it('are there, small, and show nothing of the machine that they were made on', () => {
    expect(pictures).to.include.members([
      'docs/pictures/chat-dark.svg',
      'docs/pictures/chat-light.svg',
      'docs/pictures/approval.svg',
    ])
    for (const file of pictures) {
      expect(statSync(fileURLToPath(new URL(file, root))).size, file).to.be.below(60_000)
      const svg = read(file)
      expect(svg, file).to.match(/<desc>[^<]*› [^<]*<\/desc>/)
      expect(svg, file).not.to.match(/\/tmp\/|\/home\/|\d{8}_\d{6}_[0-9a-f]{6}/)
    }
  })
})
