import {expect} from 'chai'
import {ensureBuilt} from '../helpers/build.js'
import {linkPlugin} from '../helpers/linked-plugin.js'
import {runHermes} from '../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

const command = (text: string) =>
  `export default class {static args = {}; static flags = {}; static async run() {${text}}}`

describe('the name of hermes in a command of a plugin', function () {
  this.timeout(60_000)
  let box: Sandbox
  before(() => ensureBuilt())
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  it('is this program, in modules, in CommonJS and in its hooks', async () => {
    const say = 'console.log(typeof HermesError, typeof tryHook)'
    linkPlugin(
      box,
      'namer',
      {oclif: {commands: './commands', hooks: {init: './init.js'}}},
      {
        'init.js':
          "import {HermesError} from 'hermes-chat'\nexport default () => console.log('init', typeof HermesError)",
        'commands/module.js': `import {HermesError} from 'hermes-chat'
import {tryHook} from 'hermes-chat/testing'
${command(say)}`,
        'commands/common.cjs': `const {HermesError} = require('hermes-chat')
const {tryHook} = require('hermes-chat/testing')
${command(say).replace('export default', 'module.exports =')}`,
        'commands/throws.js': `import {HermesError} from 'hermes-chat'
${command("throw new HermesError('too bad', {code: 'x/y', exit: 7, suggestions: ['go home']})")}`,
      },
    )
    const run = (name: string) => runHermes([name], {cwd: box.project, env: {...box.env, NO_COLOR: '1'}})
    for (const name of ['module', 'common']) {
      const {stdout, stderr} = await run(name)
      expect({stdout, stderr}).to.deep.equal({stdout: 'init function\nfunction function\n', stderr: ''})
    }
    expect(await run('throws')).to.include({code: 7, stderr: 'hermes: too bad\n  try: go home\n'})
  })
})
