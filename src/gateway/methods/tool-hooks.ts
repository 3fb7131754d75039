import {free, type MethodTable} from './method.js'

/** At once: the turn waits for them. */
export const toolHookMethods: MethodTable<'tool.hooks' | 'tool.decide'> = {
  'tool.hooks': free(({toolHooks}, {before, deadline_ms: deadlineMs}) => {
    toolHooks.agree({before, deadlineMs})
    return {result: {status: 'ok'}}
  }),

  'tool.decide': free(({toolHooks}, params) => ({result: {taken: toolHooks.answer(params)}})),
}
