import {fileURLToPath} from 'node:url'
import type {ContentBlock} from '@agentclientprotocol/sdk'
import type {PrintedImage} from '../../chat/print/messages.js'
import {messageOf} from '../../errors.js'
import {checkedImage} from '../../images/image-file.js'
import {imageLabel} from '../../images/label.js'
import {mentionOf} from '../../protocol/mention.js'
import {fenced} from './tool-updates.js'

/** A prompt of an editor as the gateway takes it. */
export interface EditorPrompt {
  text: string
  images: PrintedImage[]
}

/**
 * Files become mentions, which the gateway reads by its own rules; what the editor embeds stands in the text. Throws an
 * Error with a line for the person.
 */
export function promptOf(blocks: readonly ContentBlock[]): EditorPrompt {
  const images: PrintedImage[] = []
  const parts = blocks.map((block): Part => partOf(block, images))
  const text = joined(parts)
  if (text.trim() === '') throw new Error('the prompt is empty')
  return {text, images}
}

interface Part {
  text: string
  /** `word`: begins and ends as one; `block`: on lines of its own. Default as it is. */
  kind?: 'word' | 'block'
}

function partOf(block: ContentBlock, images: PrintedImage[]): Part {
  switch (block.type) {
    case 'text':
      return {text: block.text}
    case 'resource_link':
      return {text: linkOf(block.uri, block.title ?? block.name), kind: 'word'}
    case 'resource': {
      const {resource} = block
      const link = linkOf(resource.uri, resource.uri)
      return 'text' in resource
        ? {text: `${link}:\n${fenced(resource.text)}`, kind: 'block'}
        : {text: link, kind: 'word'}
    }
    case 'image':
      return {text: imagePart(block.data, images), kind: 'word'}
    default:
      throw new Error(`hermes takes no ${block.type} in a prompt: send text, images or files`)
  }
}

function imagePart(data: string, images: PrintedImage[]): string {
  const place = `image ${images.length + 1} of the prompt`
  try {
    const image = checkedImage(Buffer.from(data, 'base64'), 'image', place)
    const label = imageLabel(image, images.length + 1)
    images.push({label, kind: image.kind, bytes: image.bytes})
    return label
  } catch (error) {
    throw new Error(`${place} cannot be used: ${messageOf(error)}`)
  }
}

/** `@src/main.ts` for a file, else the address. Editors add line numbers as a fragment: `file:///a.ts#L3:9`. */
function linkOf(uri: string, name: string): string {
  const [address = '', fragment] = uri.split('#', 2)
  try {
    if (address.startsWith('file:')) {
      return mentionOf(fileURLToPath(address)) + (fragment ? ` (${fragment.replace(/^L/, 'line ')})` : '')
    }
    if (address.startsWith('/')) return mentionOf(address)
  } catch {
    // No path of this system.
  }
  return name === uri ? uri : `${name} (${uri})`
}

/** Editors send a sentence with files in it as blocks one after the other, blanks included. */
function joined(parts: readonly Part[]): string {
  let text = ''
  let before: Part['kind']
  for (const {text: part, kind} of parts) {
    const isWord = kind === 'word' || (before === 'word' && !/^[.,;:!?)\]}]/.test(part))
    const touches = text !== '' && !/\s$/.test(text) && !/^\s/.test(part)
    text += kind === 'block' ? (text === '' ? '' : '\n\n') : isWord && touches ? ' ' : ''
    text += kind === 'block' ? `${part}\n` : part
    before = kind
  }
  return text
}
