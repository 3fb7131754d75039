import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

const module = fileURLToPath(new URL('../../../src/gateway/turn/long-reply.ts', import.meta.url))

/** Takes a reply of 3 million characters whose pieces live for a while, and says how large its heap was, in MB. */
const program = (told: boolean) => `
import v8 from 'node:v8'
import {LongReply} from ${JSON.stringify(module)}
const reply = new LongReply()
const recent = []
let most = 0
const work = async () => {
  for (let taken = 0; taken < 3_000_000; taken += 1000) {
    for (let piece = 0; piece < 1000; piece++) recent[(taken + piece) % 300_000] = {piece, text: ['x' + piece]}
    ${told ? 'reply.took(1000)' : ''}
    if (taken % 30_000 === 0) await new Promise((resolve) => setImmediate(resolve))
    most = Math.max(most, v8.getHeapStatistics().total_heap_size)
  }
  ${told ? 'await reply.end()' : ''}
  console.log(most / 2 ** 20, v8.getHeapStatistics().total_heap_size / 2 ** 20)
}
await work()`

async function sizesOf(told: boolean): Promise<{most: number; left: number}> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program(told)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = await once(createInterface({input: child.stdout}), 'line')
    const [most = 0, left = 0] = String(line).split(' ').map(Number)
    return {most, left}
  } finally {
    child.kill('SIGKILL')
  }
}

describe('the heap at a long reply', () => {
  it('grows less where it is told of it, and is small at the end', async function () {
    this.timeout(60_000)
    const [told, free] = await Promise.all([sizesOf(true), sizesOf(false)])
    expect(told.most, `${told.most} of ${free.most}`).to.be.below(free.most)
    expect(told.left, `${told.left} of ${free.left}`).to.be.below(free.left)
  })
})
