import {spawn} from 'node:child_process'
import {readdirSync, readFileSync} from 'node:fs'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {expect} from 'chai'
import fc from 'fast-check'
import {textOfDocument} from '../../../../src/gateway/tools/documents/text-of-document.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'
import {isAlive, until} from '../helpers.js'

const base = 'https://a.example/b/c'
const module = fileURLToPath(new URL('../../../../src/gateway/tools/documents/text-of-document.ts', import.meta.url))
/** Takes the library 20 s. */
const slow = '<div>'.repeat(200_000)

describe('the text of a document', () => {
  const page = (html: string, options: Parameters<typeof textOfDocument>[2] = {}) =>
    textOfDocument(Buffer.from(html), {kind: 'html', base}, options)

  it('is taken out of whatever stands for a page', async () => {
    const tag = fc.constantFrom('p', 'div', 'b', 'table', 'td', 'tr', 'ul', 'li', 'pre', 'a', 'script', 'svg', 'title')
    const piece = fc.oneof(
      tag.map((name) => `<${name}>`),
      tag.map((name) => `</${name}>`),
      fc.constantFrom(
        '<a href="../x?y#z">',
        '<a href="javascript:1">',
        '<td colspan=99999999>',
        '<!--',
        '-->',
        '&#0;',
        '&amp',
      ),
      fc.string({unit: 'binary', maxLength: 12}),
    )
    let tried = 0
    const property = fc.asyncProperty(fc.array(piece, {maxLength: 60}), async (pieces) => {
      tried++
      const read = await page(pieces.join(''))
      expect(read).to.be.an('object')
    })
    await fc.assert(property, {numRuns: runs(200, 6)})
    tellTried(tried, 'pages')
  }).timeout(120_000)

  it('is given up after a time, with an interrupt, and says why', async () => {
    expect(await page(slow, {timeoutMs: 300})).to.equal('it was not read within 0.3 s')
    const stop = new AbortController()
    const read = page(slow, {signal: stop.signal}).catch((error: unknown) => error)
    stop.abort(new Error('enough'))
    expect(await read).to.have.property('message', 'enough')
    expect(await page('x', {signal: AbortSignal.abort(new Error('before'))}).catch(String)).to.equal('Error: before')
  })

  it('is not worked on any more when whoever waits for it was killed', async function () {
    if (process.platform !== 'linux') this.skip()
    const order = JSON.stringify({kind: 'html', base})
    const script = `const {textOfDocument} = await import(${JSON.stringify(pathToFileURL(module).href)})
      await textOfDocument(Buffer.from('<div>'.repeat(200000)), ${order}, {timeoutMs: 60000})`
    const waiting = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {stdio: 'ignore'})
    const reader = () => childrenOf(waiting.pid ?? 0).find((pid) => commandOf(pid).includes('document.worker'))
    await until(() => reader() !== undefined, 'the process that reads')
    const pid = reader() ?? 0
    waiting.kill('SIGKILL')
    await until(async () => !(await isAlive(pid)), 'its end')
  }).timeout(20_000)
})

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => new RegExp(`^PPid:\\t${parent}$`, 'm').test(fileOf(pid, 'status')))
}

function commandOf(pid: number): string {
  return fileOf(pid, 'cmdline')
}

function fileOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}
