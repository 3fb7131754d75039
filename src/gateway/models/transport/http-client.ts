/**
 * Node's client for that address. Not by `import()`: that reads all that a module exports, and of `node:http` a part is
 * undici, which takes 20 ms and 13 MB that stay.
 */
export function httpClient({protocol}: URL): typeof import('node:http') | typeof import('node:https') {
  return process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http')
}
