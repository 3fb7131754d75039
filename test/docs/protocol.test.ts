import {readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {capabilities} from '../../src/protocol/capabilities.js'
import {paramSchemas} from '../../src/protocol/methods.js'
import {eventMembers} from '../../src/protocol/shapes/events.js'
import {root} from '../helpers/build.js'

describe('the page on the wire', () => {
  const page = readFileSync(path.join(root, 'docs', 'protocol.md'), 'utf8')
  const listed = (marker: string) =>
    [
      ...(page.split(`<!-- ${marker} -->`)[1]?.split(`<!-- /${marker} -->`)[0] ?? '').matchAll(/^\| `([^`]+)` \|/gm),
    ].map(([, name]) => name)

  it('names every method, event and capability that the code has, and no other', () => {
    expect(listed('methods')).to.deep.equal(Object.keys(paramSchemas))
    expect(listed('events')).to.have.members(Object.keys(eventMembers))
    expect(listed('capabilities')).to.deep.equal(Object.values(capabilities))
  })

  it('says of each shape that payloads name what it is made of', () => {
    const named = [...page.matchAll(/\b(?:ApprovalRequest|SubagentNews|Job|Usage|SessionInfo|TodoItem)\b/g)].map(
      ([name]) => name,
    )
    expect(listed('shapes')).to.include.members([...new Set(named)])
  })

  it('shows frames that are JSON in one line', () => {
    const frames = page.split('```json\n')[1]?.split('\n```')[0]?.split('\n') ?? []
    expect(frames).to.have.length(6)
    for (const frame of frames) expect(JSON.parse(frame)).to.include({jsonrpc: '2.0'})
  })
})
