import {HermesError} from '../../errors.js'
import {count} from '../text.js'
import type {Check} from '../types.js'

/** Every problem that `loadConfig` found, each with file, line, column and key. */
export const configurationCheck: Check = {
  id: 'configuration',
  title: 'Configuration',
  run: ({config}) => {
    if (config instanceof HermesError) {
      const [first = '', ...more] = config.message.split('\n').map((line) => line.trim())
      return {
        status: 'fail',
        summary: more.length > 0 ? first.replace(/:$/, '') : 'a problem in the configuration',
        evidence: more.length > 0 ? more : [first],
        remedy: [...config.suggestions, 'Correct it there; `hermes config` then shows every setting.'],
      }
    }
    const {files, warnings, hints} = config
    const evidence = files.map(
      ({path, rank, trusted}) => `${path} (${rank === 'user' ? 'your own' : rank}${trusted ? '' : ', not trusted'})`,
    )
    const told = hints.map(({text}) => text)
    if (warnings.length > 0) {
      const summary = `${count(warnings.length, 'setting is', 'settings are')} ignored`
      return {status: 'warn', summary, evidence: [...evidence, ...warnings, ...told]}
    }
    if (told.length > 0)
      return {status: 'warn', summary: count(told.length, 'remark'), evidence: [...evidence, ...told]}
    const summary =
      files.length === 0
        ? 'defaults only; no file was found'
        : `${files.length} ${files.length === 1 ? 'file' : 'files'} read`
    return {status: 'ok', summary, evidence}
  },
}
