import type {StoreParts} from '../parts.js'
import type {Database, Row} from '../sqlite/database.js'
import {storedText} from '../stored-text.js'
import type {NewImage, StoredImage} from '../types.js'
import {endingOf, MAX_NAME} from './images.js'
import {removeUnused} from './unused.js'

/** Of a session that is never prompted they are kept so long, milliseconds. */
const KEPT_MS = 30 * 24 * 3_600_000

interface AttachedColumns extends Row {
  label: string
  name: string
  media_type: string
  width: number
  height: number
  bytes: number
  file: string
}

/** Keeps an image for the next prompt of a session, which need not be stored yet. */
export function keepAttached(parts: StoreParts, key: string, image: NewImage, now: number): void {
  const {db, contents} = parts
  const {label, name, mediaType, width, height, content} = image
  const {file, made} = contents.putBytes(content, endingOf(mediaType))
  if (made) db.onRollback(() => contents.remove(file))
  db.run(
    `INSERT OR REPLACE INTO attached_images(session_key, label, at, name, media_type, width, height, bytes, file)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key,
    storedText(label),
    now,
    storedText(name).slice(0, MAX_NAME) || 'image',
    mediaType,
    width,
    height,
    content.length,
    file,
  )
}

/** Those that wait for the next prompt, in the order in which they were attached. */
export function attachedImages(db: Database, key: string): StoredImage[] {
  const rows = db.all<AttachedColumns>(
    `SELECT label, name, media_type, width, height, bytes, file FROM attached_images
      WHERE session_key = ? ORDER BY at, label`,
    key,
  )
  return rows.map(({media_type: mediaType, ...row}) => ({...row, mediaType}))
}

/** They went along with a prompt, which has its own rows of them. */
export function takeAttached(db: Database, key: string, labels: readonly string[]): void {
  for (const label of labels) {
    db.run('DELETE FROM attached_images WHERE session_key = ? AND label = ?', key, storedText(label))
  }
}

/** Removes what was attached long ago and never sent. */
export function removeOldAttached(parts: StoreParts, now: number): void {
  const {db} = parts
  const old = db.read(() => db.all<{file: string}>('SELECT file FROM attached_images WHERE at < ?', now - KEPT_MS))
  if (old.length === 0) return
  db.write(() => db.run('DELETE FROM attached_images WHERE at < ?', now - KEPT_MS))
  removeUnused(
    parts,
    old.map(({file}) => file),
  )
}
