import {existsSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {useShells} from './shell.js'

describe('the first minutes of a newcomer', function () {
  this.timeout(120_000)
  const suite = useShells()

  it('lead from an empty home to a model of his own and back into the session', async function () {
    const shell = await suite.open()
    expect(existsSync(suite.home.hermes)).to.equal(false)
    expect(await shell.runs('hermes --version')).to.match(/^hermes-chat\/\d+\.\d+\.\d+ [\s\S]*^code 0$/m)
    expect(await shell.runs('hermes chta')).to.match(/did you mean "hermes chat"\?[\s\S]*^code 2$/m)
    expect(await shell.runs('hermes </dev/null | tail -n 20')).to.match(/sessions[\s\S]*^code 0$/m)
    expect(await shell.runs('hermes --resume </dev/null')).to.match(/on a terminal only[\s\S]*try: [\s\S]*^code 2$/m)
    expect(existsSync(suite.home.database)).to.equal(false)

    await shell.enters('hermes')
    const first = await shell.sees(/^Welcome\. .*[\s\S]*^● ready/m)
    // Somebody's own model server runs on this machine.
    if (first.includes('Welcome. Found')) return this.skip()
    expect(first).to.include('ANTHROPIC_API_KEY').and.include('hermes config path').and.include('/help')
    await shell.enters('hello, who are you?')
    await shell.sees('what you write stays on this machine')
    await shell.sees('● ready')

    await shell.type('/hel')
    await shell.sees(/❯ \/help|^ {2}\/help/m)
    await shell.type('p')
    await shell.sees(/^› \/help *$/m)
    shell.press('enter')
    await shell.sees('/help WORD tells what is about that')
    await shell.enters('/hlep')
    await shell.sees('/help')
    await shell.enters('/model')
    await shell.sees('Esc closes')
    shell.press('esc')
    await shell.misses('Esc closes')

    await shell.type('half a thought')
    await shell.sees('› half a thought')
    shell.press(['ctrl', 'c'])
    await shell.sees('Draft cleared, ↑ brings it back · Ctrl+C again leaves')
    shell.press('up')
    await shell.sees('› half a thought')
    await shell.misses('Ctrl+C again leaves')
    // A moment after the last one it leaves, else it clears the draft again. One too many would end it at once.
    shell.press(['ctrl', 'c'])
    const again = await shell.sees(/Ctrl\+C again leaves|Resume with/)
    if (!again.includes('Resume with')) shell.press(['ctrl', 'c'])
    const farewell = await shell.sees(/Resume with: hermes chat --resume \S+[\s\S]*^me> *$/m)
    expect(farewell).to.include('Kept for then: a draft')

    const told = await shell.runs('hermes config path')
    expect(told).to.include('.config/hermes/config.yaml')
    await shell.runs(
      'mkdir -p ~/.config/hermes; echo "model: offline/25@200" > ~/.config/hermes/config.yaml; chmod 600 ~/.config/hermes/config.yaml',
    )
    await shell.enters('hermes -c')
    await shell.sees(/what you write stays on this machine[\s\S]*^› half a thought/m)
    shell.press(['ctrl', 'u'])
    await shell.enters('and now?')
    await shell.sees(/word24[\s\S]*^● ready/m)
    expect(await shell.quits()).to.include('Resume with')
    expect(await shell.runs('hermes doctor | tail -n 25')).to.match(/^code 0$/m)
    expect(await shell.runs('hermes sessions')).to.include('hello, who are you?')
    expect(path.relative(suite.home.dir, suite.home.database)).to.equal('.hermes/hermes-chat.db')
    expect(existsSync(suite.home.database)).to.equal(true)
  })
})
