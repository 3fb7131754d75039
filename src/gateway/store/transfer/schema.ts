import * as v from 'valibot'
import {imageHeader, imageTypes} from '../../../images/header.js'
import type {SessionEntry, SessionHead} from '../types.js'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const maybe = <T extends v.GenericSchema>(schema: T) => v.optional(v.nullable(schema), null)
const name = v.pipe(v.string(), v.nonEmpty(), v.maxLength(200))

export const headSchema: v.GenericSchema<unknown, SessionHead> = v.object({
  // Files are named by it: a file from elsewhere must not choose where.
  key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/)),
  title: maybe(v.string()),
  model: maybe(v.string()),
  effort: maybe(v.string()),
  cwd: maybe(v.string()),
  source: v.optional(name, 'import'),
  startedAt: count,
  lastActiveAt: count,
  endedAt: maybe(count),
  endReason: maybe(v.string()),
  parentKey: maybe(name),
})

const turn = v.object({
  promptId: name,
  prompt: v.string(),
  status: v.picklist(['complete', 'interrupted', 'error']),
  error: maybe(v.string()),
  deaths: v.optional(count, 0),
  startedAt: count,
  endedAt: maybe(count),
  usage: v.optional(
    v.object({
      calls: count,
      usage: v.object({input: count, output: count, cacheRead: count, cacheWrite: count, reasoning: count}),
    }),
    {calls: 0, usage: {input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0}},
  ),
})

const image = v.pipe(
  v.object({
    label: v.pipe(v.string(), v.maxLength(65_536)),
    name,
    mediaType: v.picklist(Object.values(imageTypes)),
    width: count,
    height: count,
    data: v.string(),
  }),
  v.check(({data}) => typeof imageHeader(Buffer.from(data, 'base64')) === 'object', 'an image, as base64'),
)

const message = v.object({
  createdAt: count,
  role: v.picklist(['user', 'assistant', 'system', 'tool']),
  text: v.string(),
  reasoning: v.optional(v.string(), ''),
  status: v.picklist(['complete', 'interrupted', 'error']),
  toolCalls: v.optional(v.array(v.looseObject({id: v.string(), name: v.string()})), []),
  signed: maybe(v.string()),
  images: v.optional(v.array(image)),
  attached: maybe(v.string()),
  steerId: v.optional(name),
  tool: maybe(
    v.looseObject({
      id: v.string(),
      name: v.string(),
      context: v.optional(v.string(), ''),
      state: v.picklist(['complete', 'unknown', 'asked', 'not-started', 'denied']),
      durationS: maybe(v.pipe(v.number(), v.finite())),
    }),
  ),
})

/** An entry by what it says that it is: what is wrong in it is told of that alone. */
export const entrySchemas: {
  turn: v.GenericSchema<unknown, SessionEntry>
  message: v.GenericSchema<unknown, SessionEntry>
} = {turn: v.object({turn}), message: v.object({message})}
