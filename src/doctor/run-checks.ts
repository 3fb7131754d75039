import {HermesError, messageOf} from '../errors.js'
import type {Check, CheckResult, DoctorContext, Finding} from './types.js'

const TIMEOUT_MS = 1500

/**
 * Runs the checks, those that measure time one by one and then the others together. A check that
 * throws has failed, and one that takes too long is given up; neither stops the others.
 */
export async function runChecks(checks: readonly Check[], context: DoctorContext): Promise<CheckResult[]> {
  const results = new Map<string, CheckResult>()
  for (const check of checks) if (check.alone) results.set(check.id, await runCheck(check, context))
  await Promise.all(
    checks.filter((check) => !check.alone).map(async (check) => results.set(check.id, await runCheck(check, context))),
  )
  return checks.flatMap(({id}) => results.get(id) ?? [])
}

async function runCheck(check: Check, context: DoctorContext): Promise<CheckResult> {
  const started = performance.now()
  // What a check does at once is timed by itself: the others run before a promise of it would be looked at.
  const begun = begin(check, context)
  const atOnce = performance.now() - started
  const waits = begun instanceof Promise
  const found = waits ? await inTime(begun, check.timeoutMs ?? TIMEOUT_MS) : begun
  const durationMs = Math.round(waits ? performance.now() - started : atOnce)
  return {id: check.id, title: check.title, evidence: [], remedy: [], ...found, durationMs}
}

function begin(check: Check, context: DoctorContext): Finding | Promise<Finding> {
  try {
    return check.run(context)
  } catch (error) {
    return broken(error)
  }
}

async function inTime(work: Promise<Finding>, timeoutMs: number): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, {status: 'warn', summary: `no answer within ${timeoutMs} ms`})
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    return broken(error)
  } finally {
    clearTimeout(timer)
  }
}

function broken(error: unknown): Finding {
  const remedy = error instanceof HermesError ? error.suggestions : []
  return {status: 'fail', summary: messageOf(error).split('\n')[0] ?? '', remedy}
}
