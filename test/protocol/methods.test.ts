import {expect} from 'chai'
import * as v from 'valibot'
import {paramSchemas} from '../../src/protocol/methods.js'

describe('parameters of the methods', () => {
  it('ignore members that are not known, as the reference does', () => {
    const parsed = v.parse(paramSchemas['session.create'], {cols: 80, reasoning_effort: 'high', fast: true})
    expect(parsed).to.deep.equal({cols: 80})
  })

  it('take a message as content or as text', () => {
    const messages = [
      {role: 'user', content: 'a'},
      {role: 'assistant', text: 'b'},
    ]
    expect(v.parse(paramSchemas['session.create'], {messages})).to.deep.equal({messages})
    expect(v.safeParse(paramSchemas['session.create'], {messages: [{role: 'tool', text: 'x'}]}).success).to.equal(false)
  })

  it('leave out what the method itself asks for with a code of the reference', () => {
    for (const method of ['session.resume', 'session.delete', 'config.get', 'slash.exec'] as const) {
      const params = method === 'slash.exec' ? {session_id: 'x'} : {}
      expect(v.safeParse(paramSchemas[method], params).success, method).to.equal(true)
    }
  })
})
