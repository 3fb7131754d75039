import type {GatewayHook, HookContext, HookSettings} from 'hermes-chat'
import {readEnvironment} from './environment.js'
import {Exporter} from './exporter.js'

/** Of what hermes needs to end its last requests, milliseconds. */
const SPARE_MS = 100

let exporter: Exporter | undefined
let isRead = false

export const onLifecycle: GatewayHook<'gateway:lifecycle'> = function (event) {
  if (event.type !== 'end') exporterOf(this, event.settings)?.handle(event)
}

export const onTurnEnd: GatewayHook<'turn:end'> = function (event) {
  exporterOf(this, event.settings)?.turnEnded(event)
}

export const onEnd: GatewayHook<'chat:end'> = async ({time, deadlineMs}) => {
  await exporter?.end(time, Math.max(0, deadlineMs - SPARE_MS))
}

/** Made with the first event; undefined where `OTEL_SDK_DISABLED` wants none. */
function exporterOf(context: HookContext, {home, log}: HookSettings): Exporter | undefined {
  if (isRead) return exporter
  isRead = true
  const environment = readEnvironment()
  if (environment.disabled || (!environment.logs && !environment.metrics && environment.problems.length === 0)) return
  exporter = new Exporter({
    home,
    log: log.path,
    version: context.config.version,
    environment,
    warn: (text) => context.warn(text),
  })
  return exporter
}
