import {isBuiltin} from 'node:module'

/** As esbuild writes it where it takes the blanks out. */
const builtinImport = /(?<=^|[;}])import(?:([^;"'()]*?)from)?"([^"]+)";/gm

/** `import path,{sep as s}from"node:path"`: the name of all, and the names within. */
const clause = /^\s*(?:\*\s*as\s+([\w$]+)|([\w$]+))?\s*,?\s*(?:\*\s*as\s+([\w$]+)|\{([^}]*)\})?\s*$/

/**
 * A module's text, which takes Node's own modules from the process instead of importing them. To be imported, each is made a
 * module of exports first, for which all that it exports is read: of `node:util` that loads threads and parsers of
 * arguments, of `node:process` reports. And each import is looked for by itself, of hundreds in a chat.
 * Lines and columns stay, but for the first line, which holds what esbuild put there (`banner`) or nothing.
 */
export function withoutBuiltinImports(text, banner = '') {
  if (!text.startsWith(banner)) throw new Error('the text does not begin with its banner')
  const taken = []
  const rest = text.slice(banner.length).replaceAll(builtinImport, (statement, names, module) => {
    if (!isBuiltin(module)) return statement
    if (names !== undefined) taken.push(...declarations(names, module))
    return statement.replaceAll(/[^\n]/g, ' ')
  })
  if (banner && /\brequire\b/.test(rest))
    taken.unshift('require=__builtin("node:module").createRequire(import.meta.url)')
  if (taken.length === 0) return rest
  return `const __builtin=globalThis.process.getBuiltinModule,${taken.join(',')};${rest}`
}

function declarations(names, module) {
  const [, star, whole = star, lateStar, parts] = clause.exec(names) ?? []
  if (whole === undefined && lateStar === undefined && parts === undefined) {
    throw new Error(`can't read the import of ${module}: ${names}`)
  }
  const taken = `__builtin(${JSON.stringify(module)})`
  return [
    ...[whole, lateStar].filter(Boolean).map((name) => `${name}=${taken}`),
    ...(parts === undefined ? [] : [`{${parts.replaceAll(/\s+as\s+/g, ':').replaceAll(/\s/g, '')}}=${taken}`]),
  ]
}

/**
 * The same for CommonJS: there esbuild makes an object with a getter for all that such a module exports, in each of 85 files of
 * a gateway that take its default. 2 ms of each start, and 0.5 MB.
 */
export function withoutBuiltinCopies(text) {
  return text.replaceAll(/\b__toESM\((require\("node:[\w/]+"\))(?:,1)?\)/g, '{__proto__:$1,default:$1}')
}
