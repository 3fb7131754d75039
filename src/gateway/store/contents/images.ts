import {isTooLarge} from '../../../images/limits.js'
import type {StoreParts} from '../parts.js'
import type {Database, Row} from '../sqlite/database.js'
import {storedText} from '../stored-text.js'
import type {LargeImage, NewImage, StoredImage} from '../types.js'

/** A file that has it is read again with no longer one. */
export const MAX_NAME = 200

interface ImageColumns extends Row {
  turn_id: number
  label: string
  name: string
  media_type: string
  width: number
  height: number
  bytes: number
  file: string
  tool_id: string | null
}

const COLUMNS = 'i.turn_id, i.label, i.name, i.media_type, i.width, i.height, i.bytes, i.file, i.tool_id'
const FROM = 'FROM prompt_images i JOIN turns t ON t.id = i.turn_id'

/**
 * The images of a prompt, or with `toolId` of a call's result, in the order in which they are sent. Their files are there
 * before there is a row.
 */
export function insertImages(
  {db, contents}: StoreParts,
  turnId: number,
  images: readonly NewImage[],
  toolId?: string,
): void {
  const before = images.length === 0 ? 0 : nextPosition(db, turnId)
  for (const [position, {label, name, mediaType, width, height, content}] of images.entries()) {
    const {file, made} = contents.putBytes(content, endingOf(mediaType))
    if (made) db.onRollback(() => contents.remove(file))
    // It may be one that was scaled before.
    const sent = scaledOf(db, file) ?? {media_type: mediaType, width, height, bytes: content.length, file}
    db.run(
      `INSERT INTO prompt_images(turn_id, position, label, name, media_type, width, height, bytes, file, original, tool_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      turnId,
      before + position,
      storedText(label),
      storedText(name).slice(0, MAX_NAME) || 'image',
      sent.media_type,
      sent.width,
      sent.height,
      sent.bytes,
      sent.file,
      sent.file === file ? null : file,
      toolId ?? null,
    )
  }
}

function scaledOf(db: Database, original: string) {
  return db.get<Pick<ImageColumns, 'media_type' | 'width' | 'height' | 'bytes' | 'file'>>(
    'SELECT media_type, width, height, bytes, file FROM prompt_images WHERE original = ? LIMIT 1',
    original,
  )
}

/** Of the newest images of a session those that are too large to be sent as they are, oldest first. */
export function largeImages(db: Database, key: string, newest: number): LargeImage[] {
  const rows = db.all<ImageColumns>(
    `SELECT ${COLUMNS} ${FROM} WHERE t.session_key = ? AND t.undone = 0 ORDER BY i.turn_id DESC, i.position DESC LIMIT ?`,
    key,
    newest,
  )
  return rows
    .filter(isTooLarge)
    .map((row) => ({...toImage(row), turnId: row.turn_id}))
    .reverse()
}

/** Sends a scaled copy in place of a file, in whatever prompt that is. */
export function setScaled(
  {db, contents}: StoreParts,
  original: string,
  {mediaType, width, height, content}: Pick<NewImage, 'mediaType' | 'width' | 'height' | 'content'>,
): void {
  const {file, made} = contents.putBytes(content, endingOf(mediaType))
  if (made) db.onRollback(() => contents.remove(file))
  db.run(
    `UPDATE prompt_images SET original = file, file = ?, media_type = ?, width = ?, height = ?, bytes = ?
      WHERE file = ? AND original IS NULL`,
    file,
    mediaType,
    width,
    height,
    content.length,
    original,
  )
}

/** Of the name of its file. */
export function endingOf(mediaType: string): string {
  return mediaType.replace('image/', '')
}

function nextPosition(db: Database, turnId: number): number {
  const sql = 'SELECT max(position) AS last FROM prompt_images WHERE turn_id = ?'
  return (db.get<{last: number | null}>(sql, turnId)?.last ?? -1) + 1
}

/** Of a call that runs once more. */
export function removeResultImages(db: Database, turnId: number, toolId: string): void {
  db.run('DELETE FROM prompt_images WHERE turn_id = ? AND tool_id = ?', turnId, toolId)
}

/** Those of its prompt, and those of results. */
export function imagesOfTurn(db: Database, turnId: number): StoredImage[] {
  return db.all<ImageColumns>(`SELECT ${COLUMNS} ${FROM} WHERE i.turn_id = ? ORDER BY i.position`, turnId).map(toImage)
}

/** By turn. */
export function imagesOfSession(db: Database, key: string): ReadonlyMap<number, StoredImage[]> {
  const rows = db.all<ImageColumns>(
    `SELECT ${COLUMNS} ${FROM} WHERE t.session_key = ? AND t.undone = 0 ORDER BY i.turn_id, i.position`,
    key,
  )
  return new Map([...Map.groupBy(rows, ({turn_id}) => turn_id)].map(([turn, its]) => [turn, its.map(toImage)]))
}

/** What a label stood for last in a session, also in a turn that was taken back. */
export function labelledImage(db: Database, key: string, label: string): StoredImage | undefined {
  const row = db.get<ImageColumns>(
    `SELECT ${COLUMNS} ${FROM} WHERE t.session_key = ? AND i.label = ? ORDER BY i.turn_id DESC LIMIT 1`,
    key,
    storedText(label),
  )
  return row && toImage(row)
}

function toImage(row: ImageColumns): StoredImage {
  const {label, name, media_type: mediaType, width, height, bytes, file, tool_id: toolId} = row
  return {label, name, mediaType, width, height, bytes, file, ...(toolId === null ? {} : {toolId})}
}
