import {agoText, count} from '../text.js'
import type {Check} from '../types.js'

const DAY_MS = 86_400_000

/** Whether something died lately, and whether the session came back. */
export const deathsCheck: Check = {
  id: 'deaths',
  title: 'Deaths',
  run: ({deaths, now}) => {
    const {deaths: found, total, statistics} = deaths()
    if (found.length === 0 && statistics.unreadable.length > 0)
      return {status: 'skipped', summary: 'the crash log cannot be read'}
    const recent = found.filter(({time}) => time > now - DAY_MS)
    const last = recent.at(-1)
    if (!last)
      return {status: 'ok', summary: total === 0 ? 'none in the log' : `none in the last 24 hours, ${total} before`}
    const lost = recent.filter(
      ({back, who}) => who === 'gateway' && (back.outcome === 'exhausted' || back.outcome === 'failed'),
    )
    // Of a long log only the latest are explained.
    const many = recent.length === found.length && total > found.length ? 'more than ' : ''
    const what = `${many}${count(recent.length, 'death')} in the last 24 hours, the last ${agoText(now - last.time)}`
    const remedy = [{text: 'See what happened', command: `hermes doctor crash ${last.id}`}]
    if (last.back.outcome === 'exhausted' && last.who === 'gateway') {
      return {
        status: 'fail',
        summary: `${what}: the gateway did not come back (${last.cause})`,
        remedy: [...last.advice, ...remedy],
      }
    }
    return {
      status: 'warn',
      summary: `${what}${lost.length > 0 ? `; ${lost.length} without recovery` : ''}: ${last.summary}`,
      remedy,
    }
  },
}
