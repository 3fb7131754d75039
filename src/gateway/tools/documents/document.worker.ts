// The process that takes the text out of a page or a PDF, both of which may be made to hang or to fill the memory of what
// reads them: with it they end. It is told by one line of JSON what the bytes behind it are, and answers with one line of
// JSON and the text. It may import types alone: Node strips them, so that the file also starts from source, where `.js`
// names a `.ts`.
import {writeFileSync} from 'node:fs'
import {Worker} from 'node:worker_threads'
import type {DocumentAnswer, DocumentOrder} from './text-of-document.js'

try {
  // Where memory runs out, the system ends this process and not the one that waits for it.
  writeFileSync('/proc/self/oom_score_adj', '1000')
} catch {
  // Another system.
}

// Whoever waits for it may be killed, and what it reads may keep it busy for ever: a thread beside it looks after it.
const lookAfter = `
const parent = process.ppid
const end = () => process.kill(process.pid, 'SIGKILL')
setInterval(() => process.ppid !== parent && end(), 500)
setTimeout(end, 120000)`
new Worker(lookAfter, {eval: true}).unref()

/** Pages are nested some 50 deep; from some thousands on the library runs out of stack. */
const MAX_DEPTH = 400

const chunks: Buffer[] = []
process.stdin.on('data', (chunk: Buffer) => chunks.push(chunk))
process.stdin.on('end', async () => {
  const input = Buffer.concat(chunks)
  const end = input.indexOf(0x0a)
  const order = JSON.parse(input.toString('utf8', 0, end)) as DocumentOrder
  try {
    const body = input.subarray(end + 1)
    const {text, ...answer} =
      order.kind === 'html' ? await pageText(body.toString('utf8'), order.base) : await pdfText(body, order.maxPages)
    process.stdout.write(`${JSON.stringify(answer satisfies DocumentAnswer)}\n${text}`)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    process.stdout.write(`${JSON.stringify({error: why.split('\n', 1)[0] ?? ''} satisfies DocumentAnswer)}\n`)
  }
})

async function pageText(html: string, base: string): Promise<{text: string; title?: string}> {
  const {convert} = await import('html-to-text')
  const absolute = (link: string) =>
    !/^[a-z][a-z\d+.-]*:/i.test(link) && URL.canParse(link, base) ? new URL(link, base).href : link
  const skipped = [
    'script',
    'style',
    'noscript',
    'template',
    'svg',
    'head',
    'title',
    'iframe',
    'object',
    'select',
    'button',
    'img',
  ]
  const headings = [1, 2, 3, 4, 5, 6].map((level) => ({selector: `h${level}`, format: 'title', options: {level}}))
  const text = convert(html, {
    wordwrap: false,
    limits: {maxDepth: MAX_DEPTH, maxInputLength: undefined},
    formatters: {
      title: (element, walk, builder, {level}) => {
        builder.openBlock({leadingLineBreaks: 2})
        builder.addInline(`${'#'.repeat(level)} `)
        walk(element.children, builder)
        builder.closeBlock({trailingLineBreaks: 2})
      },
      code: (element, walk, builder) => {
        builder.openBlock({isPre: true, leadingLineBreaks: 2})
        builder.addLiteral('```\n')
        walk(element.children, builder)
        builder.addLiteral('\n```')
        builder.closeBlock({trailingLineBreaks: 2})
      },
      cell: (element, walk, builder) => {
        walk(element.children, builder)
        builder.addInline(' | ')
      },
    },
    selectors: [
      ...skipped.map((selector) => ({selector, format: 'skip'})),
      ...headings,
      {selector: 'a', options: {pathRewrite: absolute, hideLinkHrefIfSameAsText: true}},
      {selector: 'pre', format: 'code'},
      {selector: 'tr', format: 'block', options: {leadingLineBreaks: 1, trailingLineBreaks: 1}},
      {selector: 'td', format: 'cell'},
      {selector: 'th', format: 'cell'},
      {selector: 'ul', options: {itemPrefix: '- '}},
    ],
  })
  const title = /<title[^>]*>([^<]{1,400})/i.exec(html)?.[1]
  return {text, ...(title ? {title: convert(title, {wordwrap: false})} : {})}
}

async function pdfText(bytes: Uint8Array, maxPages: number): Promise<{text: string; pages: number; read: number}> {
  const {getDocumentProxy} = await import('unpdf')
  const document = await getDocumentProxy(new Uint8Array(bytes))
  const read = Math.min(document.numPages, maxPages)
  const pages: string[] = []
  let hasText = false
  for (let number = 1; number <= read; number++) {
    const page = await document.getPage(number)
    const {items} = await page.getTextContent()
    const text = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('')
    pages.push(`[Page ${number}]\n${text.trim()}`)
    hasText ||= text.trim() !== ''
    page.cleanup()
  }
  if (!hasText) throw new Error(`none of its ${document.numPages} pages holds text; they may be pictures`)
  return {text: pages.join('\n\n'), pages: document.numPages, read}
}
