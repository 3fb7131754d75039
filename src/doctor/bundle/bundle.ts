import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import {gzipSync} from 'node:zlib'
import {describeSettings, homeDirectory, type LoadedConfig} from '../../config/index.js'
import {listFatalReports} from '../../crash-log/index.js'
import {errnoOf, HermesError, messageOf} from '../../errors.js'
import {hermesHome, homeFiles} from '../../platform.js'
import {redactedLines} from '../deaths/redacted-life.js'
import type {Examination} from '../examine.js'
import {NOT_EXAMINED} from '../find-crash.js'
import {examinationJson} from '../json.js'
import {createDoctorRedactor} from '../secrets.js'
import {type ArchivedFile, tar} from './tar.js'

/** Of each log its end; the rest is what a report need not carry. */
const MAX_LOG_BYTES = 2 * 1024 * 1024

export interface BundlePart extends ArchivedFile {
  /** For the person who decides. */
  what: string
}

/**
 * What a bug report needs: the examination, the crash log, the configuration and versions. No
 * prompt, reply or file of the person's is in it; secrets and the name of the home are taken out.
 */
export function collectBundle(
  examination: Examination,
  config: LoadedConfig | HermesError,
  env: NodeJS.ProcessEnv,
): BundlePart[] {
  const clean = cleaner(config, env)
  const json = (value: unknown) => Buffer.from(`${JSON.stringify(cleanTexts(value, clean), null, 2)}\n`)
  const versions = {hermes: examination.version, node: process.versions, platform: process.platform, arch: process.arch}
  const settings =
    config instanceof HermesError
      ? {problem: config.message}
      : {settings: describeSettings(config).map(withoutPrompt), files: config.files}
  return [
    {name: 'doctor.json', what: 'the report of hermes doctor', content: json(examinationJson(examination))},
    {name: 'configuration.json', what: 'every setting and where it comes from, without keys', content: json(settings)},
    {name: 'versions.json', what: 'versions of hermes, Node and the system', content: json(versions)},
    ...examination.found.statistics.files.map(({path: file}) => ({
      name: `logs/${path.basename(file).replaceAll(/[^\w.-]/g, '_')}`,
      what: `the crash log ${file}`,
      content: Buffer.from(clean(endOf(file))),
    })),
    ...framesIn(homeFiles(hermesHome(env)).frames).map((file) => ({
      name: `frames/${path.basename(file)}`,
      what: 'kind, size and time of the frames in the last minute of a run, no contents',
      content: Buffer.from(clean(endOf(file))),
    })),
    ...reportsIn(examination.crashLog).map((file) => ({
      name: `reports/${path.basename(file)}`,
      what: "Node's report of a fatal error, without its environment",
      content: Buffer.from(cleanReport(file, clean)),
    })),
  ]
}

/** What a person tells the model is theirs, also where it is a setting. */
function withoutPrompt<S extends {key: string; value: unknown}>(setting: S): S {
  if (setting.key !== 'systemPrompt' || typeof setting.value !== 'string') return setting
  return {...setting, value: `${setting.value.length} characters`}
}

/** Throws a HermesError where there is such a file: before anybody is asked. */
export function refuseExisting(file: string): void {
  if (!existsSync(file)) return
  throw new HermesError(`there is a file already: ${file}`, {
    code: 'doctor/bundle',
    exit: NOT_EXAMINED,
    suggestions: ['Choose another name.'],
  })
}

/** Writes the parts as one `.tar.gz` for its owner alone. Throws a HermesError where it can't, or where there is such a file. */
export function writeBundle(file: string, parts: readonly BundlePart[], time: number): number {
  const archive = gzipSync(
    tar(
      parts.map(({name, content}) => ({name: `hermes-report/${name}`, content})),
      time,
    ),
  )
  try {
    writeFileSync(file, archive, {flag: 'wx', mode: 0o600})
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') refuseExisting(file)
    const full = errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT'
    // Half an archive is none, and would be in the way of the next one.
    if (full) rmSync(file, {force: true})
    throw new HermesError(`cannot write ${file}: ${messageOf(error)}`, {
      code: 'doctor/bundle',
      exit: NOT_EXAMINED,
      suggestions: [full ? 'Choose a directory on another disk.' : 'Choose a directory that you can write.'],
      cause: error,
    })
  }
  return archive.length
}

/** Takes out secrets by their form, by the name of what holds them, and the very values that are configured. */
function cleaner(config: LoadedConfig | HermesError, env: NodeJS.ProcessEnv): (text: string) => string {
  const redact = createDoctorRedactor(config, env)
  const home = homeDirectory(env)
  return (text) => {
    // Line by line: what is secret on one line must not reach into the next.
    const result = redactedLines(text.split('\n'), redact).join('\n')
    return home.length > 3 ? result.replaceAll(home, '~') : result
  }
}

/** The last three: each has 7 KB, and an older one tells of an older death. */
function reportsIn(crashLog: string): string[] {
  try {
    return listFatalReports(path.dirname(crashLog)).slice(-3)
  } catch {
    return []
  }
}

function framesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => /^[0-9a-f]{8}\.log$/.test(name))
      .map((name) => path.join(directory, name))
  } catch {
    return []
  }
}

function cleanReport(file: string, clean: (text: string) => string): string {
  try {
    const {environmentVariables: _, ...report}: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'))
    return JSON.stringify(cleanTexts(report, clean), null, 1)
  } catch (error) {
    return `could not be read: ${messageOf(error)}\n`
  }
}

/** Texts are cleaned one by one: in JSON a rule could take a quote along with a secret. */
function cleanTexts(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value)
  if (Array.isArray(value)) return value.map((item) => cleanTexts(item, clean))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [clean(name), cleanTexts(item, clean)]))
}

function endOf(file: string): string {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'r')
    const {size} = fstatSync(descriptor)
    const buffer = Buffer.alloc(Math.min(size, MAX_LOG_BYTES))
    const length = readSync(descriptor, buffer, 0, buffer.length, size - buffer.length)
    const text = buffer.toString('utf8', 0, length)
    // The first line is cut, and a cut secret has no form.
    return size > length ? text.slice(text.indexOf('\n') + 1) : text
  } catch (error) {
    return `could not be read: ${messageOf(error)}\n`
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
