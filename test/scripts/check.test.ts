import {readdirSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {root} from '../helpers/build.js'
import {runProgram} from '../helpers/program/run-program.js'
import {createSandbox} from '../helpers/sandbox.js'

interface Check {
  testsOf(changed: readonly string[], exists?: (file: string) => boolean): string[]
}

describe('npm run check', () => {
  let testsOf: Check['testsOf']
  before(async () => {
    ;({testsOf} = (await import(path.join(root, 'scripts', 'check.js'))) as Check)
  })

  it('finds for each source the test that mirrors it, else those of its folder', () => {
    const filesIn = (folder: string) =>
      readdirSync(path.join(root, folder), {recursive: true, withFileTypes: true})
        .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    const tests = new Set(filesIn('test').filter((file) => /\.test\.tsx?$/.test(file)))
    const folders = new Set([...tests].map((file) => path.posix.dirname(file)))
    const exists = (file: string) => tests.has(file) || folders.has(file)
    let mirrored = 0
    const sources = filesIn('src')
    for (const source of sources) {
      const found = testsOf([source], exists)
      const name = source.replace(/^src\//, '').replace(/\.tsx?$/, '')
      const own = [`test/${name}.test.ts`, `test/${name}.test.tsx`].filter((file) => tests.has(file))
      if (own.length > 0) {
        mirrored += 1
        expect(found).to.deep.equal(own)
      } else
        for (const pattern of found) expect(pattern).to.equal(`${path.posix.dirname(`test/${name}`)}/*.test.{ts,tsx}`)
    }
    expect(mirrored).to.be.greaterThan(50)
    expect(testsOf([...tests, 'README.md', 'test/helpers/build.ts'], exists)).to.have.members([...tests])
    expect(testsOf(['test/gone.test.ts', 'src/cli.ts', 'package.json'], exists)).to.deep.equal([])
    console.log(`      ${sources.length} sources, ${mirrored} with a test of their own`)
  })

  it('says how to put right what is only not formatted', async () => {
    const box = createSandbox()
    try {
      box.write('a.ts', 'export   const a   =  1')
      const script = path.join(root, 'scripts', 'format-check.js')
      const {code, stderr} = await runProgram(process.execPath, [script], {cwd: box.directory, env: process.env})
      expect(code).to.equal(1)
      expect(stderr).to.match(/`npm run format` puts right: formatting, order of imports\.\n$/)
    } finally {
      box.remove()
    }
  })
})
