/** 1000 pages take 4 s. */
export const MAX_PDF_PAGES = 1000

/** By its first bytes. */
export function isPdf(start: Uint8Array): boolean {
  return Buffer.from(start.buffer, start.byteOffset, Math.min(start.byteLength, 5)).toString('latin1') === '%PDF-'
}

export interface PdfText {
  text: string
  /** `{pages: 12}`, and which of them were read where these are not all. */
  facts: {pages: number; pages_read?: number}
}

/** The text of a PDF, page by page, each under its number; a text as the result says why there is none. */
export async function textOfPdf(bytes: Uint8Array, signal?: AbortSignal): Promise<PdfText | string> {
  const {textOfDocument} = await import('./text-of-document.js')
  const read = await textOfDocument(bytes, {kind: 'pdf', maxPages: MAX_PDF_PAGES}, signal ? {signal} : {})
  if (typeof read === 'string') return `the text of this PDF can't be read: ${read}`
  const {text, pages = 0, read: done = pages} = read
  return {text, facts: {pages, ...(done < pages ? {pages_read: done} : {})}}
}
