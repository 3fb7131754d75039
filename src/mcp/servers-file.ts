import {chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {visibleText} from '../control-sequences.js'
import {exitCodes, HermesError, messageOf} from '../errors.js'

type Servers = Record<string, unknown>

/**
 * Changes `mcpServers` of a file, and nothing else that is in it; `changed` returns undefined where there is nothing to
 * change. False: then nothing is written. A file that is no JSON is left alone, and told.
 */
export function changeServersFile(file: string, changed: (servers: Servers) => Servers | undefined): boolean {
  // A person may keep it elsewhere.
  const target = existsSync(file) ? realpathSync(file) : file
  const data = existsSync(target) ? parsed(target) : {}
  const before = data.mcpServers ?? {}
  if (!isObject(before)) throw damaged(target, '"mcpServers" is no group of servers')
  const servers = changed({...before})
  if (servers === undefined) return false
  const draft = `${target}.${process.pid}.tmp`
  try {
    mkdirSync(path.dirname(target), {recursive: true, mode: 0o700})
    writeFileSync(draft, `${JSON.stringify({...data, mcpServers: servers}, null, 2)}\n`, {mode: 0o600, flag: 'wx'})
    chmodSync(draft, 0o600)
    renameSync(draft, target)
  } catch (error) {
    rmSync(draft, {force: true})
    throw new HermesError(`${visibleText(target)} can't be written: ${messageOf(error)}`, {
      code: 'mcp/unwritable',
      exit: exitCodes.config,
      cause: error,
    })
  }
  return true
}

function parsed(file: string): Servers {
  let data: unknown
  try {
    data = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw damaged(file, messageOf(error))
  }
  if (!isObject(data)) throw damaged(file, 'it holds no object')
  return data
}

function damaged(file: string, why: string): HermesError {
  return new HermesError(`${visibleText(file)} can't be read as JSON: ${visibleText(why)}`, {
    code: 'mcp/invalid-file',
    exit: exitCodes.config,
    suggestions: ['correct it, or move it away'],
  })
}

function isObject(value: unknown): value is Servers {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
