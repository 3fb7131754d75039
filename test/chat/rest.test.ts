import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

const rest = fileURLToPath(new URL('../../src/chat/rest.ts', import.meta.url))

/** Works until it is told to rest, and says every 50 ms how large its young generation is, in MB. */
const program = `
import {createInterface} from 'node:readline'
import v8 from 'node:v8'
import {giveBackAtRest} from ${JSON.stringify(rest)}
giveBackAtRest({lookMs: 200, workedMs: 1})
let kept = []
const work = setInterval(() => {
  const until = performance.now() + 30
  while (performance.now() < until) kept.push({at: until})
  if (kept.length > 1e6) kept = []
}, 40)
createInterface({input: process.stdin}).once('line', () => { clearInterval(work); kept = [] })
setInterval(() => {
  const space = v8.getHeapSpaceStatistics().find((each) => each.space_name === 'new_space')
  console.log(space.space_size / 2 ** 20)
}, 50)`

describe('memory of a program at rest', () => {
  it('is given back, and not while it works', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const sizes = createInterface({input: child.stdout})
    const until = async (holds: (size: number) => boolean) => {
      for (;;) {
        const [line] = await once(sizes, 'line')
        if (holds(Number(line))) return
      }
    }
    try {
      await until((size) => size >= 16)
      // Many looks in which it works.
      let least = Number.POSITIVE_INFINITY
      let told = 0
      await until((size) => {
        least = Math.min(least, size)
        return ++told === 20
      })
      expect(least).to.be.at.least(16)
      child.stdin.write('rest\n')
      await until((size) => size <= 2)
    } finally {
      child.kill('SIGKILL')
    }
  })
})
