import {expect} from 'chai'
import {useShells} from './shell.js'

describe('the shell of the journeys', () => {
  const suite = useShells()

  it('returns the screen that was waited for, and not a later one', async () => {
    const shell = await suite.open()
    // The octal number keeps the word out of the line that is typed.
    // With jobs each `sleep` has the terminal, and Ctrl+C between its end and the shell's notice of it reaches nobody: one
    // in 40 was lost.
    await shell.enters("set +m; while :; do printf 'n\\157w \\r'; sleep 0.02; printf 'then\\r'; sleep 0.02; done")
    for (let count = 0; count < 20; count++) expect(await shell.sees(/^now/m)).to.match(/^now/m)
    shell.press(['ctrl', 'c'])
    await shell.sees(/^me> *$/m)
  }).timeout(60_000)
})
