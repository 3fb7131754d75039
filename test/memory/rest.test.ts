import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {Rest} from '../../src/memory/rest.js'

const rest = fileURLToPath(new URL('../../src/memory/rest.ts', import.meta.url))

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
  it('is not given back while it works, nor again before it has worked', () => {
    const rest = new Rest(280)
    expect(rest.look(340), 'works').to.equal(false)
    expect(rest.look(380), 'rests').to.equal(true)
    rest.gaveBack(470)
    expect(rest.look(475), 'has done nothing since').to.equal(false)
    expect(rest.look(770), 'works').to.equal(false)
    expect(rest.look(775), 'rests').to.equal(true)
  })

  it('is given back after little work too, once nothing has happened for long', () => {
    const rest = new Rest(0)
    rest.gaveBack(400)
    for (let look = 1; look < 20; look++) expect(rest.look(400 + look), 'idles').to.equal(false)
    expect(rest.look(480), 'works').to.equal(false)
    expect([1, 2].map((look) => rest.look(480 + look))).to.deep.equal([false, true])
    rest.gaveBack(500)
    for (let look = 1; look < 20; look++) expect(rest.look(500 + look), 'idles again').to.equal(false)
  })

  it('is not given back after a start that took nothing', () => {
    expect(new Rest(20).look(25)).to.equal(false)
  })

  it('is given back', async () => {
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
      child.stdin.write('rest\n')
      await until((size) => size <= 2)
    } finally {
      child.kill('SIGKILL')
    }
  })
})
