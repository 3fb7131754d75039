import {type ConfigKey, changedKeys, changeText, type LoadedConfig, settingOf, watchFiles} from '../config/index.js'
import {messageOf} from '../errors.js'
import type {ChatChange} from '../tui/state/policy.js'
import type {Notices} from './notices.js'

export interface ReloadOptions {
  loaded: LoadedConfig
  load: () => Promise<LoadedConfig>
  /** What it is read from: wherever a configuration may be, and what tells which project's is trusted. */
  files: readonly string[]
  /**
   * Applies what counts at once. With `replace` the gateway is to be replaced when it is idle. Throws where
   * the configuration can't be used; the one before it is then kept.
   */
  apply: (loaded: LoadedConfig, change: {replace: boolean}) => void
  notify: Notices['add']
}

/** Takes over what is changed in configuration files while a chat runs; a broken one changes nothing and is told. */
export function reloadOnChange(options: ReloadOptions): {stop(): void} {
  const {load, apply, notify} = options
  let current = options.loaded
  let reported = ''
  let stopped = false

  async function reload(): Promise<void> {
    try {
      const next = await load()
      if (stopped) return
      const changed = changedKeys(current.values, next.values)
      reported = ''
      for (const warning of next.warnings) if (!current.warnings.includes(warning)) notify(warning)
      if (changed.length > 0) {
        const replace = changed.some((key) => isForGateway(key, next))
        apply(next, {replace})
        notify(noticeOf(changed, current, next, replace), 'info')
      }
      current = next
    } catch (error) {
      const text = `the configuration was changed and is not used: ${messageOf(error)}`
      if (!stopped && text !== reported) notify(text)
      reported = text
    }
  }

  // One after the other, so that what was read last is what holds.
  let running: Promise<void> = Promise.resolve()
  const watch = watchFiles(options.files, () => {
    running = running.then(reload)
  })
  return {
    stop() {
      stopped = true
      watch.stop()
    },
  }
}

const countsFrom = (key: ConfigKey) => settingOf(key).applies

/** A gateway that is not ours reads a configuration of its own for models and tools. */
function isForGateway(key: ConfigKey, {values}: LoadedConfig): boolean {
  return countsFrom(key) === 'gateway' && (values['gateway.command'] === undefined || key.startsWith('gateway.'))
}

function noticeOf(changed: readonly ConfigKey[], before: LoadedConfig, after: LoadedConfig, replace: boolean): string {
  const texts = changed.map((key) => changeText(key, before.values, after.values))
  const later = changed.filter((key) => countsFrom(key) === 'start')
  const parts = [`configuration changed: ${texts.join(', ')}`]
  if (replace) parts.push('the gateway is replaced when it is idle')
  if (later.length > 0) parts.push(`from the next start on: ${later.join(', ')}`)
  return parts.join(' · ')
}

/** Brings changes to the one chat that listens for them. */
export function createChanges() {
  let listener: ((change: ChatChange) => void) | undefined
  return {
    tell: (change: ChatChange) => listener?.(change),
    subscribe(added: (change: ChatChange) => void): () => void {
      listener = added
      return () => {
        listener = undefined
      }
    },
  }
}
