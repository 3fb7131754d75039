import {expect} from 'chai'
import {descendantsOf, isRunning} from '../../helpers/pty/processes.js'
import {chatOf, useShells} from './shell.js'

describe('sessions', function () {
  this.timeout(120_000)
  const suite = useShells()

  it('are found, renamed, deleted and brought back, and outlive a kill -9', async () => {
    const {home} = suite
    home.configure('discoverLocal: false\n')
    const shell = await suite.open()
    for (const [title, prompt] of [
      ['Build', 'why does the build fail'],
      ['Holiday', 'plan a trip to Lisbon'],
      ['Cooking', 'how long do eggs boil'],
    ]) {
      await shell.enters(`hermes chat --model offline/12 --title ${title} '${prompt}'`)
      await shell.sees(/word11[\s\S]*^● ready/m)
      await shell.quits()
    }

    // By what was said, not by the title.
    await shell.enters('hermes --resume')
    await shell.sees(/Cooking[\s\S]*Holiday[\s\S]*Build/)
    await shell.type('lisb')
    await shell.sees(/\(1\): lisb\n❯ Holiday/)
    shell.press(['ctrl', 'r'])
    await shell.sees('Holiday')
    shell.press(['ctrl', 'u'])
    await shell.type('Portugal')
    await shell.sees('Portugal')
    shell.press('enter')
    await shell.sees('renamed: Portugal')
    for (const _ of 'lisb') shell.press('backspace')
    await shell.sees(/^❯ Cooking/m)

    // Deleted with the list, unless it is brought back before.
    shell.press(['ctrl', 'd'], ['ctrl', 'd'])
    await shell.sees(/^✗ Cooking[\s\S]*^✗ Portugal/m)
    shell.press(['ctrl', 'u'])
    await shell.sees(/^✗ Cooking[\s\S]*^❯ Portugal/m)
    await shell.sees('it stays')
    shell.press('esc')
    await shell.sees(/deleted: Cooking/)
    await shell.enters('/sessions')
    await shell.sees(/Portugal[\s\S]*Build|Build[\s\S]*Portugal/)
    shell.press('esc')
    await shell.misses('Esc closes')
    await shell.quits()

    // A part of a title that two have is a list, and nothing else.
    await shell.runs('hermes sessions rename Build "Port the build" >/dev/null')
    await shell.enters('hermes -r port')
    const several = await shell.sees('Several sessions have that in their title (2)')
    expect(several).to.not.include('No session is open')
    await shell.type('gal')
    await shell.sees(/^❯ Portugal/m)
    shell.press('enter')
    await shell.sees(/plan a trip to Lisbon[\s\S]*^● ready/m)

    // Killed in the midst of a reply, with something typed and something queued.
    await shell.enters('/model offline/2000@60')
    await shell.sees(/^● ready · offline\/2000@60/m)
    await shell.enters('a long story')
    await shell.sees('word30')
    await shell.enters('and the moral of it')
    await shell.sees('1 queued')
    await shell.type('half a thought')
    await shell.sees('› half a thought')
    const chat = chatOf(home)
    const guard = descendantsOf(chat).find(({command}) => command.includes('while read'))?.pid ?? 0
    process.kill(chat, 'SIGKILL')
    await shell.sees(/Killed\s+me> /)
    await shell.until(() => !isRunning(guard), 'the terminal as it was')
    await shell.runs('true')
    await shell.enters('hermes -c')
    await shell.sees(/word\d+[\s\S]*^› half a thought/m)
    await shell.sees(/queued.* › and the moral of it/)
    shell.press(['ctrl', 'u'])
    await shell.misses('half a thought')
    shell.press('esc')
    await shell.sees(/queued, held|interrupted/)
    await shell.enters('/queue clear')
    await shell.enters('/title')
    await shell.sees('title: Portugal')
    await shell.quits()

    expect(await shell.runs('hermes sessions'))
      .to.include('Portugal')
      .and.include('Port the build')
      .and.not.include('Cooking')
  })
})
