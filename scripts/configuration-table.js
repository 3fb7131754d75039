import {expectation, settings} from '../src/config/index.ts'

const counts = {now: 'at once', gateway: 'when idle', start: 'at the next start'}

/** Every setting as a Markdown table. */
export function configurationTable() {
  const rows = Object.entries(settings).map(([key, setting]) => {
    const value =
      setting.type === 'integer' ? expectation(setting).replace('a whole number from ', '') : expectation(setting)
    const standard = setting.defaultDoc ?? code(defaultText(setting.default))
    const who = setting.rank === 'user' ? 'you' : 'project'
    const cells = [
      code(key),
      value,
      standard,
      setting.env ? code(setting.env) : '',
      who,
      counts[setting.applies],
      setting.doc,
    ]
    return `| ${cells.join(' | ')} |`
  })
  const head = '| key | value | default | environment | set by | a change counts | what it does |'
  return [head, '|---|---|---|---|---|---|---|', ...rows].join('\n')
}

/** The text with what stands between the markers of this name replaced; as it was where there are none. */
export function insertBetweenMarkers(text, content, name = 'configuration') {
  const start = `<!-- ${name} -->`
  const end = `<!-- /${name} -->`
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from < 0 || to < from) return text
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`
}

function defaultText(value) {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function code(text) {
  return `\`${text}\``
}
