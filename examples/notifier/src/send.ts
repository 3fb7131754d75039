import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import type {News} from './news.js'
import type {NotifierSettings} from './settings.js'

const WEBHOOK_MS = 10_000
const DESKTOP_MS = 5000

/** Sends the news to where the settings say. Rejects with what went wrong first. */
export async function send(news: News, settings: NotifierSettings): Promise<void> {
  await Promise.all([
    settings.url === undefined ? undefined : post(settings.url, news),
    settings.desktop ? showOnDesktop(news.text) : undefined,
  ])
}

async function post(url: string, news: News): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify(news),
    signal: AbortSignal.timeout(WEBHOOK_MS),
  })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`the webhook answered ${answer.status}`)
}

async function showOnDesktop(text: string): Promise<void> {
  const run = promisify(execFile)
  if (process.platform === 'darwin') {
    const script = `display notification ${JSON.stringify(text)} with title "hermes"`
    await run('osascript', ['-e', script], {timeout: DESKTOP_MS})
  } else await run('notify-send', ['--app-name=hermes', 'hermes', text], {timeout: DESKTOP_MS})
}
