import {chmodSync, existsSync, mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {root} from '../helpers/build.js'
import {codeBlocks} from '../helpers/markdown/code-blocks.js'
import {type PackageRegistry, packTypes, startRegistry} from '../helpers/package-registry.js'
import {runProgram} from '../helpers/program/run-program.js'
import {programPath} from '../helpers/pty/chat.js'
import {useChats} from '../helpers/pty/suite.js'

describe('docs/write-a-plugin.md', function () {
  this.timeout(180_000)
  const suite = useChats()
  let registry: PackageRegistry | undefined
  afterEach(() => registry?.close())

  it('leads to a plugin that works, step by step', async () => {
    const bin = path.join(suite.home.dir, 'bin')
    mkdirSync(bin)
    const script = (name: string, text: string) => {
      writeFileSync(path.join(bin, name), `#!/bin/sh\n${text}\n`)
      chmodSync(path.join(bin, name), 0o755)
    }
    script('hermes', `exec '${process.execPath}' '${programPath}' "$@"`)
    const file = await packTypes(suite.home.dir)
    registry = await startRegistry({'hermes-chat-types': {version: '1.0.0', file}})
    const env = suite.home.env({
      PATH: `${bin}:${process.env.PATH}`,
      NO_COLOR: '1',
      npm_config_registry: registry.url,
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    })

    let folder = suite.home.cwd
    const project = path.join(folder, 'hermes-diary')
    const shown: string[] = []
    for (const {language, file, text, line} of codeBlocks(path.join(root, 'docs', 'write-a-plugin.md'))) {
      if (file) writeFileSync(path.join(project, file), text)
      else if (language === 'sh') {
        const {code, stdout, stderr} = await runProgram('sh', ['-e', '-c', `${text}pwd`], {cwd: folder, env})
        expect(code, `line ${line}: ${stdout}${stderr}`).to.equal(0)
        const said = stdout.trimEnd().split('\n')
        folder = said.pop() ?? folder
        shown.push(said.join('\n'))
        if (text.includes('plugins link')) expect(shown.at(-1)).to.include('hermes-diary 1.0.0 (link)')
      } else if (language === 'console') {
        expect(text).to.equal('hermes chat\n')
        const chat = suite.start()
        await chat.ready()
        await chat.submit('/status')
        await chat.waitFor(`pid ${await chat.gateway()}`)
        await chat.killGateway()
        await chat.waitFor('hermes-diary: noted in the diary')
        await chat.ready()
        await chat.submit('/diary')
        await chat.waitFor(/died: external-sigkill\s+back after \d+ ms/)
        await chat.submit('/diary explain')
        await chat.waitFor('Explain to me what happened here:')
        await chat.ready()
        await chat.quit()
      } else expect(language, `line ${line}`).to.equal('text')
    }
    expect(shown.at(-2)).to.match(/^died: external-sigkill\nback after \d+ ms$/)
    const after = await runProgram('sh', ['-c', 'hermes plugins'], {cwd: folder, env})
    expect(after.stdout).to.equal('No plugins installed.\n')
    expect(existsSync(path.join(project, 'dist', 'hooks.js'))).to.equal(true)
    expect(registry.missing).to.deep.equal([])
  })
})
