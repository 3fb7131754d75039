import {correctionFor, fittedAnswer, MAX_TRIES, misfitText, promptFor} from './schema/answer.js'
import {readSchema} from './schema/read.js'

/** What answers have to be. */
export interface Structure {
  /** Answers that a model may give until one fits. */
  tries: number
  /** A prompt that asks for it. */
  promptFor(prompt: string): string
  /** The value in an answer, or what does not fit. `step`: what came after the last tool. */
  fitted(answer: {text: string; step: string}): {value: unknown} | {misfits: readonly string[]}
  /** Asks for another answer. */
  correctionFor(misfits: readonly string[]): string
}

/** JSON that fits the schema of `--json-schema`. Throws a HermesError `usage/json-schema`. */
export function structureOf(given: string, cwd: string): Structure {
  const schema = readSchema(given, cwd)
  return {
    tries: MAX_TRIES,
    promptFor: (prompt) => promptFor(prompt, schema.text),
    fitted({text, step}) {
      const fitted = fittedAnswer(text.endsWith(step) && step !== '' ? [step, text] : [text], schema)
      return 'value' in fitted ? fitted : {misfits: fitted.misfits.map(misfitText)}
    },
    correctionFor,
  }
}
