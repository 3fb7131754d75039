import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

const module = fileURLToPath(new URL('../../src/chat/young-generation.ts', import.meta.url))

/** Works until it is ended, keeping much of what it makes for a while, and says how large its young generation is, in MB. */
const program = (bound: boolean) => `
import v8 from 'node:v8'
import {boundYoungGeneration} from ${JSON.stringify(module)}
${bound ? 'boundYoungGeneration()' : ''}
let kept = []
let largest = 0
let rounds = 0
const work = () => {
  kept = []
  for (let count = 0; count < 20_000; count++) kept.push({count, list: [count]})
  largest = Math.max(largest, v8.getHeapSpaceStatistics().find((each) => each.space_name === 'new_space').space_size)
  if (++rounds === 500) console.log(largest / 2 ** 20)
  else setImmediate(work)
}
work()`

async function largestOf(bound: boolean): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program(bound)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = await once(createInterface({input: child.stdout}), 'line')
    return Number(line)
  } finally {
    child.kill('SIGKILL')
  }
}

describe('the young generation', () => {
  it('grows no more once it is large enough', async function () {
    this.timeout(60_000)
    const [bounded, free] = await Promise.all([largestOf(true), largestOf(false)])
    // It can double once more before it is looked at: 16 to 34 MB were seen, and 128 without the bound.
    expect(bounded).to.be.at.most(free / 2)
    expect(free, 'the program makes it grow').to.be.at.least(64)
  })
})
