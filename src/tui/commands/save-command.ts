import {constants, copyFileSync} from 'node:fs'
import {homedir} from 'node:os'
import path from 'node:path'
import {errnoOf, messageOf} from '../../errors.js'
import {capabilities} from '../../protocol/capabilities.js'
import {saveSession} from '../session-list/save.js'
import {placeOf} from '../text/place.js'
import type {CommandContext, SlashCommand} from './types.js'

async function save(context: CommandContext, wanted: string): Promise<void> {
  const {store, notice} = context
  const {view, session} = store.state
  const liveId = view.session?.liveId ?? store.state.elsewhere?.key
  if (liveId === undefined) return notice('warn', 'no session is open yet')
  const saving = {session: liveId, title: session.title, folder: context.cwd, home: homedir()}
  const file = await context.attempt(async (request) => {
    if (view.capabilities.has(capabilities.storedSessions)) return saveSession(request, wanted, saving)
    // The reference writes where it wants to, as JSON.
    const answer = await request('session.save')
    return copied(String(answer.file ?? ''), wanted, saving)
  })
  if (file !== undefined) notice('good', `saved: ${placeOf(file)}`)
}

function copied(file: string, wanted: string, {folder, home}: {folder: string; home: string}): string {
  if (wanted === '') return file
  const target = path.resolve(folder, wanted.replace(/^~(?=\/|$)/, home))
  try {
    copyFileSync(file, target, constants.COPYFILE_EXCL)
    return target
  } catch (error) {
    const why = errnoOf(error) === 'EEXIST' ? `${target} is there already` : messageOf(error)
    throw new Error(`${why}: it was saved as ${file}`)
  }
}

export const saveCommand: SlashCommand = {
  name: 'save',
  aliases: ['export'],
  args: '[FILE]',
  summary: 'write this session to FILE.md or FILE.json',
  run: save,
}
