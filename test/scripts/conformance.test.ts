import {execFileSync} from 'node:child_process'
import path from 'node:path'
import {expect} from 'chai'
import {conformance, type Row, wireNames} from '../../scripts/conformance/conformance.js'
import {refusedRequests} from '../../src/protocol/requests.js'
import {Scratch} from '../gateway/gateway-process.js'
import {root} from '../helpers/build.js'

describe('the table of what becomes of each name of the wire', () => {
  const scratch = new Scratch()
  const rows = conformance()
  const of = (kind: Row['kind'], fate: Row['fate']) =>
    rows.filter((row) => row.kind === kind && row.fate === fate).map(({name}) => name)

  it('has every name of June, August, September and autumn, and leaves none to chance', () => {
    for (const [wire, kinds] of Object.entries(wireNames)) {
      for (const [kind, names] of Object.entries(kinds)) {
        for (const name of names) {
          const row = rows.find((each) => each.kind === kind && each.name === name)
          expect(row?.wires, `${wire} ${kind} ${name}`).to.include(wire)
        }
      }
    }
    expect(rows.filter(({fate}) => fate === 'unknown')).to.deep.equal([])
  })

  it('ignores no event and refuses no request that no wire has', () => {
    for (const {name, wires, fate, kind} of rows) {
      if (fate === 'ignored' || fate === 'not here' || (kind === 'requests' && fate === 'refused')) {
        expect(wires, name).to.not.be.empty
      }
    }
  })

  it('names each once: nothing is shown and ignored, asked and refused', () => {
    for (const kind of ['methods', 'events', 'requests'] as const) {
      const names = rows.filter((row) => row.kind === kind).map(({name}) => name)
      expect(new Set(names).size, kind).to.equal(names.length)
    }
    expect(of('events', 'ignored').filter((name) => of('events', 'shown').includes(name))).to.deep.equal([])
    expect(of('requests', 'refused')).to.deep.equal(Object.keys(refusedRequests).sort())
  })

  it('says of methods what the gateway does: it refuses those, and knows the others', async () => {
    const gateway = await scratch.start()
    for (const name of of('methods', 'refused')) {
      expect((await gateway.request(name)).error?.code, name).to.equal(-32601)
    }
    const known = [...of('methods', 'served'), ...of('methods', 'not here')]
    for (const name of known.filter((each) => each !== 'gateway.shutdown')) {
      expect((await gateway.request(name)).error?.code, name).to.not.equal(-32601)
    }
  }).timeout(60_000)

  it('is printed by a command', () => {
    const script = path.join(root, 'scripts', 'conformance', 'conformance.ts')
    const text = execFileSync(process.execPath, ['--import', 'tsx', script], {cwd: root, encoding: 'utf8'})
    expect(text).to.match(/^\d+ methods: \d+ refused, \d+ served, \d+ not here, \d+ called$/m)
    expect(text).to.match(/^ {2}prompt\.submit +● +● +· +● +served, called$/m)
    expect(text).to.match(/^ {2}skin\.changed +.* ignored \(colours are those of the terminal\)$/m)
    expect(text).to.match(/^ {2}tour .* refused \(/m)
  }).timeout(60_000)
})
