import {expect} from 'chai'
import {RequestError} from '../../src/supervisor/wire/request-error.js'
import {refusedWords} from '../../src/tui/refused.js'

describe('what is told of a request that failed', () => {
  it('is what the gateway said, and what can be done where it only said that it is busy', () => {
    const said = (message: string) => refusedWords(new RequestError(4009, message, 'config.set'))
    expect(said('session busy')).to.match(/^session busy: .*Esc/)
    expect(said('session busy — /interrupt the current turn before /undo')).to.match(/before \/undo$/)
    expect(refusedWords(new Error('no such model'))).to.equal('no such model')
  })
})
