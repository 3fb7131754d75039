// What docs/protocol.md says of the wire, from the code that checks it: schemas and types of src/protocol and the comments
// at them.
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import ts from 'typescript'
import {paramSchemas} from '../src/protocol/methods.ts'

const read = (file) => {
  const at = new URL(`../src/protocol/${file}`, import.meta.url)
  return ts.createSourceFile(file, readFileSync(fileURLToPath(at), 'utf8'), ts.ScriptTarget.Latest, true)
}

/** Every method with its parameters, as a Markdown table. */
export function methodTable() {
  const comments = commentsOf(membersOf(read('methods.ts'), 'paramSchemas'))
  const rows = Object.entries(paramSchemas).map(([name, schema]) => {
    const params = Object.entries(schema.entries).map(([key, entry]) => param(key, entry))
    return [code(name), params.length === 0 ? '' : code(`{${params.join(', ')}}`), comments.get(name) ?? '']
  })
  return table(['method', 'parameters', ''], rows)
}

/** Every event with its payload. */
export function eventTable() {
  const file = read('events.ts')
  const members = membersOf(file, 'EventPayloads')
  const comments = commentsOf(members)
  const rows = members.map((member) => [
    code(nameOf(member)),
    member.type.kind === ts.SyntaxKind.UndefinedKeyword ? '' : code(typeText(member.type)),
    comments.get(nameOf(member)) ?? '',
  ])
  return table(['event', 'payload', ''], rows)
}

/** What payloads and answers are made of, by name. */
export function shapeTable() {
  const declared = ['methods.ts', 'approval.ts', 'events.ts', 'requests.ts'].flatMap((file) =>
    read(file).statements.filter((node) => ts.isInterfaceDeclaration(node) && !registers.has(node.name.text)),
  )
  const membersText = ({members}) =>
    typeText({getText: () => `{${members.map((each) => `\n${each.getText()}`).join('')}\n}`})
  return table(
    ['shape', 'members', ''],
    declared.map((node) => [code(node.name.text), code(membersText(node)), commentOf(node)]),
  )
}

/** They list payloads, and are none. */
const registers = new Set(['EventPayloads', 'RequestParams'])

/** What a gateway says in `gateway.ready` that it can do. */
export function capabilityTable() {
  const members = membersOf(read('capabilities.ts'), 'capabilities')
  const comments = commentsOf(members)
  return table(
    ['capability', ''],
    members.map((member) => [code(constantOf(member)), comments.get(nameOf(member)) ?? '']),
  )
}

/** Codes of refusals. */
export function errorTable() {
  const members = membersOf(read('frames.ts'), 'errorCodes')
  const comments = commentsOf(members)
  return table(
    ['code', 'name', ''],
    members.map((member) => [constantOf(member), code(nameOf(member)), comments.get(nameOf(member)) ?? '']),
  )
}

/** Members of an object or interface that a file declares. */
function membersOf(file, name) {
  let found
  const visit = (node) => {
    if (ts.isInterfaceDeclaration(node) && node.name.text === name) found = node.members
    else if (ts.isVariableDeclaration(node) && node.name.getText() === name) {
      const value =
        node.initializer && ts.isAsExpression(node.initializer) ? node.initializer.expression : node.initializer
      if (value && ts.isObjectLiteralExpression(value)) found = value.properties
    } else ts.forEachChild(node, visit)
  }
  ts.forEachChild(file, visit)
  if (!found) throw new Error(`${file.fileName} declares no ${name}`)
  return [...found]
}

const nameOf = ({name}) => (ts.isStringLiteral(name) ? name.text : name.getText())
const constantOf = ({initializer}) => (ts.isStringLiteral(initializer) ? initializer.text : initializer.getText())

function commentsOf(members) {
  return new Map(members.map((member) => [nameOf(member), commentOf(member)]))
}

function commentOf(member) {
  const [comment] = ts.getJSDocCommentsAndTags(member)
  return comment ? oneLine(ts.getTextOfJSDocComment(comment.comment) ?? '') : ''
}

/** Without the comments in it. */
const typeText = (type) =>
  oneLine(
    type
      .getText()
      .replace(/\/\*\*[\s\S]*?\*\//g, '')
      .replace(/\n\s*/g, '; ')
      .replace(/\{;\s*/g, '{')
      .replace(/;\s*\}/g, '}')
      .replace(/(?:;\s*)+/g, '; '),
  )

const oneLine = (text) => text.replace(/\s+/g, ' ').trim()

function param(name, schema) {
  const isOptional = schema.type === 'optional' || schema.type === 'nullish'
  return `${name}${isOptional ? '?' : ''}: ${typeOf(schema)}`
}

function typeOf(schema) {
  if (schema.pipe) return typeOf(schema.pipe[0])
  switch (schema.type) {
    case 'optional':
      return typeOf(schema.wrapped)
    case 'nullish':
    case 'nullable':
      return `${typeOf(schema.wrapped)} | null`
    case 'array':
      return `${grouped(typeOf(schema.item))}[]`
    case 'record':
      return `{[name]: ${typeOf(schema.value)}}`
    case 'picklist':
      return schema.options.map((option) => JSON.stringify(option)).join(' | ')
    case 'literal':
      return JSON.stringify(schema.literal)
    case 'union':
      return schema.options.map(typeOf).join(' | ')
    case 'object':
    case 'loose_object':
    case 'strict_object':
      return `{${Object.entries(schema.entries)
        .map(([key, entry]) => param(key, entry))
        .join(', ')}}`
    default:
      return schema.type
  }
}

const grouped = (type) => (type.includes(' | ') ? `(${type})` : type)
const code = (text) => `\`${text}\``
const cell = (text) => text.replaceAll('|', '\\|')

function table(head, rows) {
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}
