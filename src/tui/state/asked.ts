import type {AskId, RequestMethod, ServerRequest} from '../../protocol/requests.js'

export interface Choice {
  label: string
  /** For a narrow window. */
  short: string
  /** What it would cover, in words. */
  covers?: string
  value: string
  /** The rule that a yes makes. */
  rule?: string
}

/** One of the questions of a request. */
export interface AskedPart {
  /** Names its answer. */
  key: string
  title: string
  choices: readonly Choice[]
  masked: boolean
  several: boolean
}

/** A request of the gateway that a person answers, one question after the other. */
export interface Asked {
  id: AskId
  method: RequestMethod
  /** Those that are left; the first one is on the screen. */
  parts: readonly AskedPart[]
  /** Answers so far; null: declined. */
  given: Readonly<Record<string, string | null>>
  /** How many questions it had. */
  total: number
  /** Its answer is a list. */
  list?: boolean
}

type Worded = Exclude<ServerRequest, {method: 'approval'}>

/** The questions of a request that is answered in words. */
export function partsOf(request: Worded): Asked {
  const parts = allParts(request)
  const given = request.method === 'clarify' ? request.params.answers : {}
  const left = parts.filter(({key}) => !Object.hasOwn(given, key))
  const list = request.method === 'setup_choose' && request.params.multi_select
  return {id: request.id, method: request.method, parts: left, given, total: parts.length, list}
}

const plain = {choices: [], masked: false, several: false}

function allParts(request: Worded): AskedPart[] {
  switch (request.method) {
    case 'clarify':
      return request.params.questions.map(({qid: key, question: title, choices, multi_select: several}) => {
        const listed = (choices ?? []).map((choice) => ({label: choice, short: choice, value: choice}))
        return {key, title, choices: listed, masked: false, several: several && listed.length > 0}
      })
    case 'setup_choose': {
      const {question: title, options, multi_select: several} = request.params
      const choices = options.map(({id, label, detail}) => ({
        label,
        short: label,
        value: id,
        ...(detail ? {covers: detail} : {}),
      }))
      return [{key: 'picked', title, choices, masked: false, several: several && choices.length > 0}]
    }
    case 'sudo': {
      const {command} = request.params
      return [{...plain, key: 'value', title: `Password for sudo${command ? `\n${command}` : ''}`, masked: true}]
    }
    case 'secret': {
      const {prompt, env_var: name, metadata} = request.params
      const title = `${prompt || 'Value'} (${name || '?'})${metadata?.help ? `\n${metadata.help}` : ''}`
      return [{...plain, key: 'value', title, masked: true}]
    }
    case 'vault.unlock_prompt': {
      const {display_name: name, backend} = request.params
      return [{...plain, key: 'value', title: `Master password for ${name || backend || 'the vault'}`, masked: true}]
    }
    case 'vault.save_login': {
      const place = request.params.site || request.params.origin || 'a site'
      return [
        {...plain, key: 'identifier', title: `User name to be saved for ${place}`},
        {...plain, key: 'password', title: `Password to be saved for ${place}`, masked: true},
      ]
    }
    case 'vault.code': {
      const {site, hint} = request.params
      return [{...plain, key: 'value', title: `One-time code${site ? ` for ${site}` : ''}${hint ? `\n${hint}` : ''}`}]
    }
  }
}

export type Answered =
  /** More of it is left to be asked. `lock`: what the gateway may be told of it already. */
  | {kind: 'next'; asked: Asked; lock: {question_id: string; answer: string} | undefined}
  | {kind: 'done'; result: Record<string, unknown>}

/** The person answered the question on the screen, or declined it. */
export function answerPart(asked: Asked, value: string | undefined): Answered {
  const [part, ...rest] = asked.parts
  if (!part) return {kind: 'done', result: resultOf(asked)}
  const answer = value === undefined ? null : part.several ? severalOf(part, value) : value
  const given = {...asked.given, [part.key]: answer}
  // A login without its name is none.
  const parts = asked.method === 'vault.save_login' && !answer ? [] : rest
  if (parts.length === 0) return {kind: 'done', result: resultOf({...asked, parts, given})}
  const lock = asked.method === 'clarify' && answer !== null ? {question_id: part.key, answer} : undefined
  return {kind: 'next', asked: {...asked, parts, given}, lock}
}

/** The answer where nobody can be asked: no, to all of it. */
export function declined(request: ServerRequest): Record<string, unknown> {
  if (request.method === 'approval') return {choice: 'deny'}
  let asked = partsOf(request)
  for (;;) {
    const answered = answerPart(asked, undefined)
    if (answered.kind === 'done') return answered.result
    asked = answered.asked
  }
}

function resultOf({method, given, list}: Asked): Record<string, unknown> {
  const values = Object.values(given)
  switch (method) {
    case 'clarify':
      // No answers at all: nothing of it is wanted.
      return values.every((answer) => answer === null) ? {} : {answers: given}
    case 'setup_choose': {
      const picked = given.picked ?? null
      return {picked: list ? (picked?.split(BETWEEN) ?? null) : picked}
    }
    case 'vault.save_login': {
      const {identifier, password} = given
      return {value: identifier && password ? JSON.stringify({identifier, password}) : ''}
    }
    default:
      return {value: values[0] ?? ''}
  }
}

/** Between several chosen values. */
const BETWEEN = ', '

/** `1, 3`: the choices with these numbers; anything else is an answer in words. */
function severalOf({choices}: AskedPart, value: string): string {
  const numbers = value.split(',').map((word) => word.trim())
  const picked = numbers.map((word) => (/^\d{1,2}$/.test(word) ? choices[Number(word) - 1] : undefined))
  return picked.every((choice) => choice !== undefined) ? picked.map((choice) => choice.value).join(BETWEEN) : value
}
