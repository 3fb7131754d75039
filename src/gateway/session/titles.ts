import path from 'node:path'
import {stripControlSequences} from '../../control-sequences.js'
import {HermesError} from '../../errors.js'
import type {Store} from '../store/types.js'

const MAX_TITLE = 60

/** Of a pasted book the first words are enough; characters. */
const MAX_READ = 8192

/** What comes before it is too short to tell anything: "Hi. The build is red". */
const MIN_SENTENCE = 12

/**
 * A title from a prompt: its first sentence, without fences, marks of Markdown and the folders of long paths, cut between
 * words to at most 60 characters. Empty where nothing in it can be read.
 */
export function titleFrom(prompt: string): string {
  return cut(sentencesOf(prompt)[0] ?? '', MAX_TITLE)
}

/** Which of the first prompts of a session names it: the first with a word in it. "1" tells nobody anything. */
export function namingPrompt(prompts: readonly string[]): string | undefined {
  return prompts.find((prompt) => /\p{L}/u.test(titleFrom(prompt)))
}

/** Readable sentences of a prompt, in order. A prompt that is nothing but code is told by that. */
function sentencesOf(prompt: string): string[] {
  const text = stripControlSequences(prompt.slice(0, MAX_READ)).replaceAll(/\r\n?/g, '\n')
  const prose = text.replaceAll(/^[^\S\n]*(```+|~~~+)[^\n]*\n[\s\S]*?(?:\n[^\S\n]*\1[^\n]*$|(?![\s\S]))/gm, '\n')
  const lines = linesOf(prose)
  return (lines.length > 0 ? lines : linesOf(text.replaceAll(/^[^\S\n]*(?:```+|~~~+).*$/gm, ''))).flatMap(
    splitSentences,
  )
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map(cleanLine)
    .filter((line) => /[\p{L}\p{N}]/u.test(line))
}

function cleanLine(line: string): string {
  return line
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replace(/^(?:#{1,6} |> ?|[-*+•] |\d{1,3}[.)] )+/, '')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\bhttps?:\/\/(?:www\.)?([^\s/?#]+)[^\s]*/gi, '$1')
    .replaceAll(/(?<=^|[\s"'`(@])@?(?:~|\.{1,2})?(?:\/[\w.@+~-]+){2,}\/?/g, (found) => path.basename(found))
    .replaceAll(/\*\*|__|`+/g, '')
    .trim()
}

function splitSentences(line: string): string[] {
  const sentences: string[] = []
  let rest = line
  for (const {index, 0: end} of line.matchAll(/[.!?…]+(?=\s)|[。！？]/gu)) {
    const used = line.length - rest.length
    const sentence = line.slice(used, index + end.length)
    if (sentence.trim().length < MIN_SENTENCE) continue
    sentences.push(sentence)
    rest = line.slice(index + end.length)
  }
  return [...sentences, rest]
    .map((sentence) => sentence.replace(/[\s.:,;。]+$/u, '').trim())
    .filter((one) => one !== '')
}

function cut(text: string, length: number): string {
  const characters = [...text]
  if (characters.length <= length) return text
  const head = characters.slice(0, length - 1).join('')
  const space = head.lastIndexOf(' ')
  return `${(space > length / 2 ? head.slice(0, space) : head).replace(/[\s,;:.-]+$/u, '')}…`
}

const MAX_NUMBER = 50

/**
 * Gives the session a title from a prompt. Where another one has it, what tells the two apart is added: the next
 * sentence, the folder, the day, and a number only where nothing else does.
 */
export function nameSession(
  store: Store,
  key: string,
  prompt: string,
  {cwd, now}: {cwd: string; now: Date},
): string | undefined {
  for (const title of candidates(prompt, cwd, now)) {
    try {
      store.setTitle(key, title)
      return title
    } catch (error) {
      if (!(error instanceof HermesError)) throw error
      if (error.code === 'store/title-invalid') return undefined
      if (error.code !== 'store/title-taken') throw error
    }
  }
  return undefined
}

function* candidates(prompt: string, cwd: string, now: Date): Generator<string> {
  const sentences = sentencesOf(prompt)
  const wanted = cut(sentences[0] ?? '', MAX_TITLE)
  if (wanted === '') return
  const behind = (more: string) => `${cut(wanted, MAX_TITLE - more.length - 3)} · ${more}`
  yield wanted
  const next = sentences[1]
  if (next !== undefined && wanted.length < MAX_TITLE - MIN_SENTENCE)
    yield behind(cut(next, MAX_TITLE - wanted.length - 3))
  const folder = cleanLine(path.basename(cwd)).slice(0, 20).toWellFormed()
  if (folder !== '') yield behind(folder)
  const day = `${now.getDate()} ${months[now.getMonth()]}`
  yield behind(day)
  const two = (value: number) => String(value).padStart(2, '0')
  yield behind(`${day} ${two(now.getHours())}:${two(now.getMinutes())}`)
  for (let number = 2; number <= MAX_NUMBER; number++) {
    const suffix = ` (${number})`
    yield cut(wanted, MAX_TITLE - suffix.length) + suffix
  }
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
