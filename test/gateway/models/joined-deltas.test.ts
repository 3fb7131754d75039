import {expect} from 'chai'
import fc from 'fast-check'
import {joinedDeltas} from '../../../src/gateway/models/joined-deltas.js'
import {runs} from '../../helpers/sample.js'

type Part = NonNullable<Parameters<ReturnType<typeof writerOf>['write']>[0]>

function writerOf(stream: ReturnType<typeof joinedDeltas>) {
  return stream.writable.getWriter()
}

async function through(parts: Part[]): Promise<Part[]> {
  const stream = joinedDeltas()
  const writer = writerOf(stream)
  const written = Promise.all([...parts.map((part) => writer.write(part)), writer.close()])
  const got: Part[] = []
  for await (const part of stream.readable) got.push(part)
  await written
  return got
}

/** All text in order, with what is no plain text between it. */
function said(parts: readonly Part[]): string[] {
  const lines: string[] = []
  let last: string | undefined
  for (const part of parts) {
    if ((part.type !== 'text-delta' && part.type !== 'reasoning-delta') || part.providerMetadata) {
      lines.push(JSON.stringify(part))
      last = undefined
      continue
    }
    const key = `${part.type} ${part.id} `
    if (key === last) lines[lines.length - 1] += part.delta
    else lines.push(key + part.delta)
    last = key
  }
  return lines
}

describe('pieces of text that come together', () => {
  it('are one piece, and nothing is lost or changes its place', async () => {
    const delta = fc.record({
      type: fc.constantFrom('text-delta' as const, 'reasoning-delta' as const),
      id: fc.constantFrom('a', 'b'),
      delta: fc.string({maxLength: 4, minLength: 1}),
    })
    const signed = delta.map((part): Part => ({...part, providerMetadata: {p: {signature: 's'}}}))
    const other = fc.constantFrom<Part>({type: 'text-start', id: 'a'}, {type: 'text-end', id: 'a'})
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof({weight: 5, arbitrary: delta}, signed, other)), async (parts) => {
        expect(said(await through(parts))).to.deep.equal(said(parts))
      }),
      {numRuns: runs(200, 40)},
    )
    const tokens = Array.from({length: 1000}, (_, index): Part => ({type: 'text-delta', id: 'a', delta: ` ${index}`}))
    expect((await through(tokens)).length).to.be.below(20)
  })

  it('do not wait for what comes later', async () => {
    const stream = joinedDeltas()
    const writer = writerOf(stream)
    const reader = stream.readable.getReader()
    void writer.write({type: 'text-delta', id: 'a', delta: 'first'})
    expect((await reader.read()).value).to.deep.equal({type: 'text-delta', id: 'a', delta: 'first'})
    await reader.cancel()
    await writer.write({type: 'text-delta', id: 'a', delta: 'second'}).catch(() => {})
  })
})
