import {expect} from 'chai'
import {useChats} from '../helpers/pty/suite.js'

describe('the doctor in the chat, end to end', () => {
  const suite = useChats()

  it('says after a recovery what the cause was, and examines everything on /doctor', async () => {
    const chat = suite.start()
    await chat.ready()
    await chat.submit('count to 3')
    await chat.waitFor('word2')
    await chat.ready()
    await chat.killGateway()
    await chat.waitFor(/session recovered after .* cause: external-sigkill, likely/)
    await chat.ready()
    const gateway = await chat.gateway()

    await chat.submit('/doctor')
    await chat.waitFor('external-sigkill (likely)')
    const report = chat.scrollback()
    expect(report).to.match(/✓ Gateway +built-in: ready in/)
    expect(report).to.match(/✓ Database/)
    expect(await chat.gateway()).to.equal(gateway)

    await chat.submit('/doctor last')
    await chat.waitFor(/Way back +session back after/)
    // One recovery has one duration, and one death one cause, as sure on the screen as in the report.
    const [, told] = /session recovered after (.+?) ·/.exec(chat.scrollback()) ?? []
    expect(chat.scrollback()).to.match(new RegExp(`Way back +session back after ${told}(?!\\S)`))
    expect(chat.scrollback()).to.match(/Cause +external-sigkill, likely/)
    await chat.ready()
    await chat.quit()
    expect(await chat.outlived()).to.deep.equal([])
  })
})
