import {expect} from 'chai'
import fc from 'fast-check'
import type {Evidence} from '../../../src/doctor/deaths/evidence.js'
import {explain} from '../../../src/doctor/deaths/explain.js'
import type {LogEntry} from '../../../src/doctor/log/entry.js'
import type {KillReason} from '../../../src/lifecycle/events.js'

const entry: LogEntry = {
  writer: 'tui-parent',
  dialect: 'hermes',
  event: 'exit',
  time: 0,
  exact: true,
  fields: new Map(),
  text: '',
  body: [],
  file: 'log',
  line: 1,
}
const signals = ['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT', 'SIGSEGV', 'SIGABRT'] as const
const reasons: KillReason[] = ['quit', 'replace', 'hang', 'startup-timeout', 'parent-signal', 'memory', 'protocol']
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, {nil: undefined})
const signalled = maybe(fc.record({signal: fc.constantFrom(...signals), entry: fc.constant(entry)}))

const anyEvidence: fc.Arbitrary<Evidence> = fc.record({
  who: fc.constantFrom('gateway' as const, 'program' as const),
  dialect: fc.constantFrom('hermes' as const, 'reference' as const),
  end: maybe(fc.constant(entry)),
  spawnFailed: maybe(fc.record({errno: maybe(fc.constantFrom('ENOENT', 'EAGAIN')), message: fc.string()})),
  code: fc.option(fc.integer({min: 0, max: 255})),
  signal: fc.option(fc.constantFrom(...signals)),
  recordedCause: maybe(
    fc.constantFrom('external-sigkill', 'js-heap-oom', 'exit-code:1', 'uncaught:Error', 'hang:stopped'),
  ),
  recordedConfidence: maybe(fc.constantFrom('certain' as const, 'likely' as const, 'unknown' as const)),
  intent: maybe(fc.record({reason: fc.constantFrom(...reasons), entry: fc.constant(entry)})),
  hang: maybe(fc.constant(entry)),
  startupTimeout: maybe(fc.constant(entry)),
  breach: maybe(fc.record({says: fc.string(), entry: fc.constant(entry)})),
  ready: fc.boolean(),
  ownSignal: signalled,
  ownReason: maybe(fc.record({reason: fc.string(), entry: fc.constant(entry)})),
  ownError: maybe(fc.record({name: fc.string(), text: fc.string(), entry: fc.constant(entry)})),
  ownFault: maybe(fc.record({message: fc.string(), place: maybe(fc.string()), entry: fc.constant(entry)})),
  disconnected: fc.constant(undefined),
  programError: maybe(
    fc.record({name: fc.string(), text: fc.string(), screen: fc.boolean(), entry: fc.constant(entry)}),
  ),
  programSignal: signalled,
  memoryCritical: maybe(fc.constant(entry)),
  parentError: maybe(fc.constant(entry)),
  alone: fc.boolean(),
  vanished: maybe(fc.constant(entry)),
  stderrTail: fc.array(fc.oneof(fc.string(), fc.constant('FATAL ERROR: JavaScript heap out of memory'))),
  command: fc.array(fc.string()),
  cwd: fc.string(),
  ambiguous: fc.boolean(),
  kernelKill: fc.constant(undefined),
})

describe('the explanation of a death', () => {
  it('is found for any evidence, in one line', () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        const {cause, summary, confidence} = explain(evidence)
        expect(cause).to.match(/^\S/)
        expect(summary).not.to.equal('')
        expect(['certain', 'likely', 'unknown']).to.include(confidence)
      }),
    )
  })

  it('is never the kernel without a witness for it', () => {
    fc.assert(fc.property(anyEvidence, (evidence) => void expect(explain(evidence).cause).not.to.equal('kernel-oom')))
  })

  it('is what we did ourselves, before anything else that the end looks like', () => {
    fc.assert(
      fc.property(anyEvidence, fc.constantFrom(...reasons), (evidence, reason) => {
        const meant = explain({
          ...evidence,
          who: 'gateway',
          spawnFailed: undefined,
          recordedCause: undefined,
          intent: {reason, entry},
        })
        expect(meant.confidence).to.equal('certain')
        expect(meant.cause).to.match(/^(?:intentional:|hang:|start-timeout$|protocol-violation$)/)
      }),
    )
  })

  it('is not made up for a code or a signal that says nothing', () => {
    const bare: Evidence = {
      who: 'gateway',
      dialect: 'reference',
      end: entry,
      spawnFailed: undefined,
      code: null,
      signal: null,
      recordedCause: undefined,
      recordedConfidence: undefined,
      intent: undefined,
      hang: undefined,
      startupTimeout: undefined,
      breach: undefined,
      ready: true,
      ownSignal: undefined,
      ownReason: undefined,
      ownError: undefined,
      ownFault: undefined,
      disconnected: undefined,
      programError: undefined,
      programSignal: undefined,
      memoryCritical: undefined,
      parentError: undefined,
      alone: false,
      vanished: undefined,
      stderrTail: [],
      command: ['python3'],
      cwd: '/',
      ambiguous: false,
      kernelKill: undefined,
    }
    expect(explain({...bare, code: 134})).to.include({cause: 'exit-code:134', confidence: 'unknown'})
    expect(explain({...bare, signal: 'SIGKILL'})).to.include({cause: 'external-sigkill', confidence: 'unknown'})
    expect(explain({...bare, signal: 'SIGABRT'})).to.include({cause: 'native-crash:SIGABRT', confidence: 'likely'})
    const words = ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory']
    expect(explain({...bare, code: 134, stderrTail: words})).to.include({cause: 'js-heap-oom', confidence: 'likely'})
  })
})
