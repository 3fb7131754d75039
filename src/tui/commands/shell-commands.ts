import type {SlashCommand} from './types.js'

export const shellCommands: SlashCommand[] = [
  {
    name: 'output',
    aliases: [],
    args: '',
    summary: 'put what the last ! line said into the draft, for the model',
    yields: true,
    async run({store, notice, commandOutput}) {
      const label = commandOutput()
      if (label === undefined) return notice('info', 'no ! line has ended yet: !npm test runs one')
      // The draft is emptied when a command was entered.
      await Promise.resolve()
      store.dispatch({type: 'edit', action: {type: 'paste', text: `${label} `}})
    },
  },
]
