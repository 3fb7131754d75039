// Prints each method, event and request of the Hermes wires, and what becomes of it here: npm run conformance
// What becomes of it is read from the tables of the code; test/fixtures/wire-names.json has the names alone.
import {globSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import ts from 'typescript'
import {notHere} from '../../src/gateway/methods/not-here.js'
import {paramSchemas} from '../../src/protocol/methods.js'
import {refusedRequests} from '../../src/protocol/requests.js'
import {eventMembers, ignoredEvents} from '../../src/protocol/shapes/events.js'
import {requestMembers} from '../../src/protocol/shapes/requests.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

export type Kind = 'methods' | 'events' | 'requests'
export type WireNames = Readonly<Record<string, Readonly<Record<Kind, readonly string[]>>>>

/**
 * `served`: a method that the built-in gateway has; `not here`: one that it has not, and answers in the shape that says so,
 * for the screens that call it; `refused`: one that it answers with -32601, and a request that the
 * client answers so; `shown`: an event that the client acts on; `asked`: a request that a person answers; `unknown`: in
 * no table, and so ignored.
 */
export type Fate = 'served' | 'not here' | 'refused' | 'shown' | 'ignored' | 'asked' | 'unknown'

export interface Row {
  kind: Kind
  name: string
  /** Names of the wires that have it; none: it is ours. */
  wires: string[]
  fate: Fate
  /** Why it is ignored or refused. */
  why: string | undefined
  /** A method that the client calls. */
  called: boolean
}

export const wireNames: WireNames = JSON.parse(
  readFileSync(path.join(root, 'test', 'fixtures', 'wire-names.json'), 'utf8'),
)

/** Every name of the wires and of the code's tables, once for each kind. */
export function conformance(wires: WireNames = wireNames): Row[] {
  const called = calledMethods()
  return (['methods', 'events', 'requests'] as const).flatMap((kind) => {
    const names = new Set([...Object.values(wires).flatMap((wire) => wire[kind]), ...ours[kind]()])
    return [...names].sort().map((name) => {
      const having = Object.keys(wires).filter((wire) => wires[wire]?.[kind].includes(name))
      return {kind, name, wires: having, ...fates[kind](name), called: kind === 'methods' && called.has(name)}
    })
  })
}

const ours: Record<Kind, () => string[]> = {
  methods: () => [...Object.keys(paramSchemas), ...Object.keys(notHere)],
  events: () => [...Object.keys(eventMembers), ...Object.keys(ignoredEvents)],
  requests: () => [...Object.keys(requestMembers), ...Object.keys(refusedRequests)],
}

const fates: Record<Kind, (name: string) => Pick<Row, 'fate' | 'why'>> = {
  methods: (name) => {
    if (Object.hasOwn(paramSchemas, name)) return {fate: 'served', why: undefined}
    return {fate: Object.hasOwn(notHere, name) ? 'not here' : 'refused', why: undefined}
  },
  events: (name) => {
    if (Object.hasOwn(eventMembers, name)) return {fate: 'shown', why: undefined}
    return Object.hasOwn(ignoredEvents, name)
      ? {fate: 'ignored', why: ignoredEvents[name]}
      : {fate: 'unknown', why: undefined}
  },
  requests: (name) => {
    if (Object.hasOwn(requestMembers, name)) return {fate: 'asked', why: undefined}
    return Object.hasOwn(refusedRequests, name)
      ? {fate: 'refused', why: refusedRequests[name]}
      : {fate: 'unknown', why: undefined}
  },
}

/** Names that the client's code hands to a call, as an argument, in a list or as a `method`. */
function calledMethods(): Set<string> {
  const files = globSync('src/{tui,chat,supervisor,doctor}/**/*.{ts,tsx}', {cwd: root})
  const found = new Set<string>()
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest, true)
    const visit = (node: ts.Node) => {
      if (ts.isStringLiteral(node) && isHandedOver(node)) found.add(node.text)
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
  return found
}

function isHandedOver({parent}: ts.StringLiteral): boolean {
  const named = ts.isPropertyAssignment(parent) && ts.isIdentifier(parent.name) && parent.name.text === 'method'
  return ts.isCallExpression(parent) || ts.isArrayLiteralExpression(parent) || named
}

export function formatted(rows: readonly Row[], wires: readonly string[]): string {
  const width = Math.max(...rows.map(({name}) => name.length))
  const line = ({name, wires: having, fate, why, called}: Row) => {
    const marks = wires.map((wire) => (having.includes(wire) ? '●' : '·').padEnd(wire.length)).join(' ')
    const more = having.length === 0 ? 'ours' : why
    return `  ${name.padEnd(width)}  ${marks}  ${fate}${called ? ', called' : ''}${more ? ` (${more})` : ''}`
  }
  return (['methods', 'events', 'requests'] as const)
    .flatMap((kind) => {
      const all = rows.filter((row) => row.kind === kind)
      const counts = Object.entries(Object.groupBy(all, ({fate}) => fate)).map(([fate, of]) => `${of.length} ${fate}`)
      const called = all.filter((row) => row.called).length
      const head = `${all.length} ${kind}: ${counts.join(', ')}${called > 0 ? `, ${called} called` : ''}`
      return [head, `  ${''.padEnd(width)}  ${wires.join(' ')}`, ...all.map(line), '']
    })
    .join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(formatted(conformance(), Object.keys(wireNames)))
}
