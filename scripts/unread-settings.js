// Names the settings of src/config/schema.ts that no file of src outside src/config reads: a key in the table alone
// is documented and checked, and changes nothing. Part of `npm run lint`.
import {globSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import ts from 'typescript'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const schema = path.join('src', 'config', 'schema.ts')

const read = new Set(
  globSync('src/**/*.{ts,tsx}', {cwd: root})
    .filter((file) => !file.startsWith(path.join('src', 'config') + path.sep))
    .filter((file) => /\b(?:config|values)\b/.test(readFileSync(path.join(root, file), 'utf8')))
    .flatMap((file) => readKeys(parse(file))),
)
const unread = tableKeys(parse(schema)).filter((key) => !read.has(key))
for (const key of unread)
  console.error(`${schema}: "${key}" is read nowhere in src: read it where it counts, or remove it`)
if (unread.length > 0) process.exitCode = 1

function parse(file) {
  return ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest)
}

/** Keys of `export const settings = {…}`. */
function tableKeys(source) {
  const table = find(source, (node) => ts.isVariableDeclaration(node) && node.name.text === 'settings')[0]
  const literal = find(table ?? source, ts.isObjectLiteralExpression)[0]
  const keys = literal?.properties.flatMap(({name}) => (name ? [name.text] : [])) ?? []
  if (keys.length === 0) throw new Error(`${schema} has no table of settings`)
  return keys
}

/** `config['recovery.limit']`, `values.model`, `const {model} = config.values`. */
function readKeys(source) {
  return find(
    source,
    (node) =>
      ts.isElementAccessExpression(node) || ts.isPropertyAccessExpression(node) || ts.isVariableDeclaration(node),
  ).flatMap((node) => {
    const from = ts.isVariableDeclaration(node) ? node.initializer : node.expression
    if (!from || !isConfiguration(from)) return []
    if (ts.isPropertyAccessExpression(node)) return [node.name.text]
    if (ts.isElementAccessExpression(node))
      return ts.isStringLiteral(node.argumentExpression) ? [node.argumentExpression.text] : []
    if (!ts.isObjectBindingPattern(node.name)) return []
    return node.name.elements.flatMap(({propertyName, name}) => (propertyName ?? name).text ?? [])
  })
}

/** By its name, in 0.7 s: types would take 20 s. A `title` of anything else is no setting. */
function isConfiguration(node) {
  const name = ts.isIdentifier(node) ? node.text : ts.isPropertyAccessExpression(node) ? node.name.text : ''
  return name === 'config' || name === 'values'
}

/** The node and all below it that are so, outermost first. */
function find(node, wanted) {
  const found = wanted(node) ? [node] : []
  ts.forEachChild(node, (child) => void found.push(...find(child, wanted)))
  return found
}
