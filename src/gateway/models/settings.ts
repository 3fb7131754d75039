import type {Config} from '../../config/schema.js'
import type {ModelSettings} from './types.js'

/** What the registry of models takes of a configuration. */
export function modelSettings(values: Config, env: NodeJS.ProcessEnv): ModelSettings {
  return {
    model: values.model,
    providers: values.providers,
    maxOutputTokens: values.maxOutputTokens,
    reasoningEffort: values.reasoningEffort,
    discoverLocal: values.discoverLocal,
    patience: {
      retries: values['models.retries'],
      backoffMs: values['models.backoffMs'],
      retryWindowMs: values['models.retryWindowMs'],
      firstTokenMs: values['models.firstTokenMs'],
      idleMs: values['models.idleMs'],
      tellSilenceMs: values['models.tellSilenceMs'],
    },
    keyCommandTimeoutMs: values['models.keyCommandTimeoutMs'],
    env,
  }
}
