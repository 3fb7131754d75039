import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {pathToFileURL} from 'node:url'
import {expect} from 'chai'
import {buildSync, transformSync} from 'esbuild'
import {withoutBuiltinCopies, withoutBuiltinImports} from '../../scripts/builtin-imports.js'
import {ensureBuilt, root} from '../helpers/build.js'

const banner =
  "import {createRequire as __createRequire} from 'node:module';const require = __createRequire(import.meta.url);"

const written = (source: string) => transformSync(source, {minifyWhitespace: true, format: 'esm'}).code

const withoutFirstLine = (text: string) => text.slice(text.indexOf('\n'))

describe("imports of Node's own modules in what is built", () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'hermes-imports-'))
  after(() => rmSync(folder, {recursive: true}))
  let files = 0

  async function exportsOf(text: string): Promise<unknown> {
    const file = path.join(folder, `${++files}.mjs`)
    writeFileSync(file, text)
    return {...((await import(pathToFileURL(file).href)) as object)}
  }

  for (const [what, names, use] of [
    ['one by name', '{sep}', 'sep'],
    ['one by another name', '{sep as s, posix}', '[s, posix.sep]'],
    ['the default', 'path', 'path.sep'],
    ['the default and some by name', 'path, {sep as $s}', '[path.sep, $s]'],
    ['all of it', '* as path', 'path.sep'],
    ['the default and all of it', 'path, * as all', '[path.sep, all.sep]'],
    ['none', '{}', '1'],
  ] as const) {
    it(`become values of the same names: ${what}`, async () => {
      // Before the import, as a function of a file that stands further up in a bundle.
      const text = written(`export const used = (() => ${use})()\nimport ${names} from 'node:path'\n`)
      const taken = withoutBuiltinImports(`${banner}\n${text}`, banner)
      expect(taken).to.not.match(/\bimport\b/)
      expect(await exportsOf(taken)).to.deep.equal(await exportsOf(text))
    })
  }

  it('leave lines and columns where they were', () => {
    const text = written(`import {sep} from 'node:path'\nimport './other.js'\nconsole.log(sep)\n`)
    const taken = withoutBuiltinImports(`${banner}\n${text}`, banner)
    const blank = text.replace(/import\{sep\}from"node:path";/, (statement) => ' '.repeat(statement.length))
    expect(withoutFirstLine(taken)).to.equal(`\n${blank}`)
  })

  it('leave those of other modules, and what is only text', () => {
    const text = written(
      `import {a} from './fs.js'\nimport b from 'execa'\nexport const t = \`import fs from "node:fs";\`\n`,
    )
    expect(withoutBuiltinImports(`${banner}\n${text}`, banner)).to.equal(`\n${text}`)
  })

  it('are no copies in CommonJS', () => {
    const source = `import path, {sep} from 'node:path'\nmodule.exports = [path.posix.sep, path.sep, sep]\n`
    const {text} = buildSync({
      stdin: {contents: source, resolveDir: folder},
      bundle: true,
      platform: 'node',
      format: 'cjs',
      minifyWhitespace: true,
      write: false,
    }).outputFiles[0] ?? {text: ''}
    const taken = withoutBuiltinCopies(text)
    expect(taken).to.not.match(/__toESM\(require/)
    const module = {exports: {}}
    new Function('module', 'require', taken)(module, createRequire(import.meta.url))
    expect(module.exports).to.deep.equal(['/', path.sep, path.sep])
  })

  it('come with require only where it is used', () => {
    expect(withoutBuiltinImports(`${banner}\nrequire("fs");`, banner)).to.include('createRequire(import.meta.url)')
    expect(withoutBuiltinImports(`${banner}\nrequired;`, banner)).to.not.include('createRequire')
  })

  it('are in no chunk of the program', async () => {
    await ensureBuilt()
    const chunks = path.join(root, 'dist', 'chunks')
    // Those of an earlier build are kept for a day.
    const retired = path.join(chunks, 'retired.json')
    const old = readdirSync(chunks).includes('retired.json') ? readFileSync(retired, 'utf8') : ''
    const names = readdirSync(chunks).filter((name) => name.endsWith('.js') && !old.includes(name))
    const left = names.filter((name) => /from"node:/.test(readFileSync(path.join(chunks, name), 'utf8')))
    expect(left).to.deep.equal([])
  })
})
