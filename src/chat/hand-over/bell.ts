import path from 'node:path'
import {type Config, loadConfig} from '../../config/index.js'
import type {HookHost} from '../../lifecycle/dispatcher.js'
import {filePlugins} from '../../lifecycle/file-plugins.js'
import {hermesHome} from '../../platform.js'
import {openLifecycle} from '../lifecycle.js'

/** How long plugins may take to pass the news on: a webhook may need its time, and nobody waits. */
const DRAIN_MS = 15_000

/** What a gateway without a terminal starts when a question waits; undefined where nobody wants to hear of it. */
export function bellOf({root, plugins}: HookHost, config: Config, home: string): readonly string[] | undefined {
  const hears = [...plugins.values()].some(
    ({isRoot, hooks}) => !isRoot && ['session:waiting', 'gateway:lifecycle'].some((hook) => hooks[hook]?.length),
  )
  const {'hooks.session:waiting': onWaiting, 'hooks.gateway:lifecycle': onAny} = config
  return hears || onWaiting || onAny || filePlugins(home).length > 0
    ? [process.execPath, path.join(root, 'bin', 'run.js'), 'ring']
    : undefined
}

export interface RingOptions {
  oclif: HookHost
  cwd: string
  env: NodeJS.ProcessEnv
  sessionKey: string
  /** Kind of question: `approval`, `clarify`. */
  question: string
  tell: (text: string) => void
}

/** Tells the plugins of a question that waits where no terminal is there. */
export async function ring({oclif, cwd, env, sessionKey, question, tell}: RingOptions): Promise<void> {
  const {values: config} = await loadConfig({cwd, env})
  const lifecycle = await openLifecycle({oclif, config, home: hermesHome(env), env, notify: tell})
  // The gateway has started us.
  const pid = process.ppid
  lifecycle.record({type: 'waiting', generation: 0, pid, sessionKey, question, attended: false})
  await lifecycle.close(DRAIN_MS)
}
