import {visibleLine} from '../../text/visible.js'
import {counted, field, listField, numberField, textField} from './fields.js'
import type {ToolCall, ToolSaid} from './line.js'

/** `Fetched https://host/page · 12 KB · 300 lines`. */
export function webFetchSaid({result}: ToolCall): ToolSaid {
  const redirect = textField(result, 'redirect')
  if (redirect !== undefined) return {facts: [`leads to ${visibleLine(redirect)}`]}
  const image = field(result, 'image')
  if (image !== undefined) {
    const [width, height] = ['width', 'height'].map((name) => numberField(image, name))
    return {facts: [`image of ${width} × ${height}`]}
  }
  const text = textField(result, 'content')
  const [characters, pages] = ['characters', 'pages'].map((name) => numberField(result, name))
  const part = field(result, 'truncated') === true || field(result, 'offset') !== undefined
  return {
    facts: [
      ...(pages === undefined ? [] : [counted(pages, 'page')]),
      ...(characters === undefined ? [] : [`${part ? 'a part of ' : ''}${counted(characters, 'character')}`]),
    ],
    ...(text === undefined ? {} : {body: {kind: 'text', text, shows: 'nothing'}}),
  }
}

/** `Searched the web what is new · 3 sources`, and below it which. */
export function webSearchSaid({result, context}: ToolCall): ToolSaid {
  const sources = listField(result, 'sources')
  if (!sources) return {}
  const lines = sources.map((source) => {
    const [title, url] = [textField(source, 'title'), textField(source, 'url') ?? '']
    return title ? `${title} — ${url}` : url
  })
  return {
    subject: textField(result, 'query') ?? context,
    facts: [sources.length === 0 ? 'no sources' : counted(sources.length, 'source')],
    ...(lines.length === 0 ? {} : {body: {kind: 'text', text: lines.join('\n'), shows: 'head'}}),
  }
}
