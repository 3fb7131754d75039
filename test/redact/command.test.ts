import {expect} from 'chai'
import fc from 'fast-check'
import {formatRecord} from '../../src/crash-log/record.js'
import {createRedactor, redactCommand, redactValue, secretsOfCommand} from '../../src/redact/index.js'

describe('the words of a command', () => {
  const secret = 'Ca/9 nary+z='
  const plain = fc.constantFrom('run', 'tui_gateway.entry', '/srv/gw.py', '-v', '--verbose', '--port=80', '8080')

  it('lose what stands behind a flag of one letter, or one that names a secret', () => {
    const flag = fc.oneof(
      fc.constantFrom(...'abcdefghijklnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ').map((letter) => `-${letter}`),
      fc.constantFrom('--token', '--api-key', '--password', '--client-secret', '-token'),
    )
    const ways = fc.constantFrom('apart', 'equals', 'glued')
    let tried = 0
    fc.assert(
      fc.property(fc.array(plain), flag, ways, fc.array(plain), (before, name, way, after) => {
        if (way === 'glued' && name.length > 2) return
        const words = way === 'apart' ? [name, secret] : [`${name}${way === 'equals' ? '=' : ''}${secret}`]
        const command = ['gateway', ...before, ...words, ...after]
        expect(redactCommand(command).join(' ')).to.not.include(secret)
        expect(redactCommand(command)).to.have.length(command.length)
        const record = {time: 0, event: 'spawn', fields: [['command', command]] as const, sync: false}
        expect(formatRecord('tui-parent', record, createRedactor())).to.not.include('nary')
        expect(JSON.stringify(redactValue(command, 'gateway.command'))).to.not.include('nary')
        expect(secretsOfCommand(command)).to.include(secret)
        tried += 1
      }),
    )
    console.log(`        ${tried} commands`)
  })

  it('keep what tells which program it is', () => {
    for (const line of [
      'python3 -u -m tui_gateway.entry',
      '/usr/bin/node --report-exclude-env --inspect-port=127.0.0.1:0 /opt/hermes/dist/gateway/main.js',
      'node --import file:///tsx.mjs src/gateway/main.ts',
      'hermes gateway',
      'java -jar gateway.jar',
    ]) {
      expect(redactCommand(line.split(' ')).join(' ')).to.equal(line)
    }
    expect(redactCommand(['gw', '-k', 'CANARYshort', 'x'])).to.deep.equal(['gw', '-k', '[redacted]', 'x'])
  })
})
