import {writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {useChats} from '../../helpers/pty/suite.js'
import {type ModelStep, useScriptedModel} from '../../helpers/scripted-model.js'

const until = (file: string) => `while [ ! -e ${file} ]; do sleep 0.02; done`
const long = `seq 1 9; ${until('go-on')}; seq 10 12; ${until('end')}; echo last`
const script: Record<string, ModelStep[]> = {
  'run it': [[{name: 'terminal', args: {command: long}}], 'All done.'],
}

describe('what a command puts out while it runs, end to end', () => {
  const suite = useChats()
  useScriptedModel(suite, script)

  const touch = (file: string) => writeFileSync(path.join(suite.home.cwd, file), '')

  async function running() {
    const chat = suite.start(['--permission-mode', 'bypass'])
    await chat.ready()
    await chat.submit('run it')
    await chat.waitFor(/^ {2}⎿ 5\n {4}6\n {4}7\n {4}8\n {4}9$/m)
    return chat
  }

  it('is seen as it comes, and gives way to the line of the tool', async () => {
    const chat = await running()
    chat.type('typed meanwhile')
    await chat.waitFor('› typed meanwhile')
    chat.press('ctrl-u')
    touch('go-on')
    await chat.waitFor(/^ {2}⎿ 8\n {4}9\n {4}10\n {4}11\n {4}12$/m)
    touch('end')
    await chat.waitFor('All done.')
    await chat.ready()
    // Once: as the result.
    expect(chat.scrollback().match(/^\s*⎿ \S+$/gm)).to.deep.equal(['  ⎿ 1'])
    expect(chat.scrollback()).to.not.match(/^\s+1[0-2]$/m)
    expect((await chat.quit()).code).to.equal(0)
  })

  it('leaves nothing on the screen where the gateway dies in mid-command', async () => {
    const chat = await running()
    const first = await chat.killGateway()
    await chat.gateway(first)
    await chat.waitFor(/session recovered/)
    await chat.ready()
    expect(chat.scrollback())
      .to.not.match(/^\s+[5-9]$/m)
      .and.not.match(/⎿/)
    expect(chat.scrollback()).to.include('outcome unknown')
  })

  it('ends with the turn that is interrupted', async () => {
    const chat = await running()
    chat.press('escape')
    await chat.ready()
    expect(chat.scrollback().match(/[●○] .*seq 1 9/g)).to.have.length(1)
    expect(chat.screen()).to.not.match(/^● Running/m)
  })
})
