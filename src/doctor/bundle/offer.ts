import path from 'node:path'
import {confirm} from '../../confirm.js'
import type {Examination} from '../examine.js'
import {SCHEMA_VERSION} from '../json.js'
import {bytesText, shellWord} from '../text.js'
import {collectBundle, refuseExisting, writeBundle} from './bundle.js'

export interface OfferOptions {
  env: NodeJS.ProcessEnv
  /** Agreed to beforehand. */
  yes: boolean
  say: (text: string) => void
}

/** Lists what would go into the archive, asks, and writes it. Without a terminal and without `yes` it is not written. */
export async function offerBundle(name: string, examination: Examination, {env, yes, say}: OfferOptions) {
  const file = path.resolve(/\.t(?:ar\.)?gz$/.test(name) ? name : `${name}.tar.gz`)
  refuseExisting(file)
  const parts = collectBundle(examination, examination.config, env)
  say(`${file} will hold, with secrets taken out:`)
  const width = Math.max(...parts.map((part) => part.name.length))
  for (const part of parts)
    say(`  ${part.name.padEnd(width)}  ${bytesText(part.content.length).padStart(9)}  ${part.what}`)
  const agreed = yes || (await confirm('Write it?'))
  if (agreed) {
    const bytes = writeBundle(file, parts, examination.time)
    say(`Written, ${bytesText(bytes)}. Look into it before you send it: tar -xzOf ${shellWord(file)} | less`)
  } else {
    say('Not written. Agree with --yes where nobody can be asked.')
  }
  const content = parts.map(({name: part, content}) => ({name: part, bytes: content.length}))
  return {schemaVersion: SCHEMA_VERSION, file, written: agreed, parts: content}
}
