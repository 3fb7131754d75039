import {existsSync} from 'node:fs'
import path from 'node:path'
import {handDownCompileCache} from '../compile-cache.js'
import {type HandedDown, handDownConfig} from '../config/handed-down.js'
import {privateReportFlags} from '../crash-log/index.js'
import {exitCodes, HermesError} from '../errors.js'
import {lateOptimising} from '../memory/late-optimising.js'
import {handDownMalloc} from '../memory/malloc.js'
import {inspectorFlags} from '../protocol/inspector.js'

/**
 * Arguments for Node that start the built-in gateway: the bundle, or the source where this program
 * itself runs from source. `root` is the folder of our package.json.
 */
export function builtinGateway(root: string, self: string = import.meta.url): string[] {
  const flags = [...privateReportFlags, ...inspectorFlags, ...lateOptimising()]
  if (self.endsWith('.ts')) {
    // A bare name would be looked for from the working directory.
    return [...flags, '--import', import.meta.resolve('tsx'), path.join(root, 'src', 'gateway', 'main.ts')]
  }
  const file = path.join(root, 'dist', 'gateway', 'main.js')
  if (!existsSync(file)) {
    throw new HermesError(`the built-in gateway is missing: ${file}`, {
      code: 'gateway/not-built',
      exit: exitCodes.gateway,
      suggestions: ['install hermes again; in a clone of its source run: npm run build'],
    })
  }
  return [...flags, file]
}

/** What a chat hands down to the built-in gateway beside its own environment. */
export function builtinGatewayEnv(config: HandedDown, env: NodeJS.ProcessEnv): Record<string, string> {
  return {...handDownConfig(config), ...handDownCompileCache(env), ...handDownMalloc(env)}
}
