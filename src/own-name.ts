import {createRequire, registerHooks} from 'node:module'
import path from 'node:path'
import {pathToFileURL} from 'node:url'

/** What a plugin may import of us, and the file of the build that it is. */
const files = new Map([
  ['hermes-chat', 'index.js'],
  ['hermes-chat/testing', 'testing.js'],
])

let provided = false

/**
 * From now on our name is this very program for whoever imports or requires it in this process: a plugin need not
 * install us, and one that has another version beside itself gets this one. For processes that load a plugin: each later
 * import passes by here. `root`: folder of our package.json.
 */
export function provideOwnName(root: string): void {
  if (provided) return
  provided = true
  const dist = path.join(root, 'dist')
  const require = createRequire(path.join(dist, 'index.js'))
  registerHooks({
    resolve(specifier, context, next) {
      const file = files.get(specifier)
      if (file === undefined) return next(specifier, context)
      // At once: Node lets nobody require a module that somebody else is still importing.
      require(path.join(dist, file))
      return {url: pathToFileURL(path.join(dist, file)).href, shortCircuit: true}
    },
  })
}
