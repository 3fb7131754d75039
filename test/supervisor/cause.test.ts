import {expect} from 'chai'
import {classifyDeath, type DeathFacts} from '../../src/supervisor/cause.js'

const facts: DeathFacts = {
  command: ['node', 'gateway.js'],
  cwd: '/',
  spawnError: undefined,
  code: 1,
  signal: null,
  intent: undefined,
  ready: true,
  stderrTail: [],
  oomKills: undefined,
}

describe('the summary of a death', () => {
  const summary = (stderr: string, more: Partial<DeathFacts> = {}) =>
    classifyDeath({...facts, stderrTail: stderr.split('\n'), ...more}).summary

  const notFound = [
    'node:internal/modules/cjs/loader:1404',
    '  throw err;',
    '  ^',
    '',
    "Error: Cannot find module './gone.js'",
    'Require stack:',
    '- /srv/gateway.js',
    '    at Function._resolveFilename (node:internal/modules/cjs/loader:1401:15)',
    '    at node:internal/main/run_main_module:36:49 {',
    "  code: 'MODULE_NOT_FOUND',",
    "  requireStack: [ '/srv/gateway.js' ]",
    '}',
    '',
    'Node.js v24.11.1',
  ].join('\n')

  it('is the error that Node printed, not the brace behind its members', () => {
    expect(summary(notFound)).to.equal("exited with code 1: Error: Cannot find module './gone.js'")
    expect(
      summary('CustomFault: no luck\n    at a.js:1:1 {\n  code: 7,\n  cause: {\n    a: 1\n  }\n}\n\nNode.js v24'),
    ).to.equal('exited with code 1: CustomFault: no luck')
    expect(summary("[Fault: no stack] {\n  code: 'X'\n}", {code: 9})).to.equal(
      'refused its own command line: [Fault: no stack]',
    )
  })

  it('is the last line that was said where nothing was thrown', () => {
    expect(summary('warming up\nno licence', {code: 3})).to.equal('exited with code 3: no licence')
    expect(summary('}', {code: 3})).to.equal('exited with code 3: }')
    expect(summary('listening {\n  port: 1\n}\nport is taken', {code: 3})).to.equal('exited with code 3: port is taken')
    expect(summary('', {code: 3})).to.equal('exited with code 3')
  })
})
