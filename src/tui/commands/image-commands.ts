import {isBuiltIn} from './gateway/desk.js'
import {ownMethods} from './gateway/own-method.js'
import type {SlashCommand} from './types.js'

export const imageCommands: SlashCommand[] = [
  {
    name: 'paste',
    aliases: [],
    args: '',
    summary: "put the clipboard's image into the draft",
    run: ({images}) => images.paste(),
  },
  {
    name: 'image',
    aliases: [],
    args: 'PATH',
    summary: 'put an image into the draft; so does its path, pasted or dropped, or @PATH',
    async run(context, path) {
      const {images, notice, store} = context
      if (!isBuiltIn(store.state.view.capabilities)) return ownMethods.image?.(context, path)
      if (path === '') return notice('warn', 'which image? /image PATH')
      // The draft is emptied when a command was entered.
      await Promise.resolve()
      images.add(path)
    },
  },
]
