import {Box, Static, Text, useCursor, useInput, usePaste} from 'ink'
import {memo, useEffect, useSyncExternalStore} from 'react'
import type {Chat} from './chat.js'
import type {Keyboard} from './keyboard.js'
import {decodeKeys} from './keys.js'
import type {Block, Printer} from './printer.js'
import {liveScreen} from './screen.js'
import type {Style} from './style.js'
import type {TerminalOutput} from './types.js'

export interface AppProps {
  chat: Chat
  keyboard: Keyboard
  printer: Printer
  style: Style
  stdout: TerminalOutput
  /** Counts renders from outside: the clock, a resize. */
  ticks: () => number
  /** Told the rows of each live part that is drawn. */
  onDraw: (rows: number) => void
}

/** Draws the state; decides nothing. */
export function App({chat, keyboard, printer, style, stdout, ticks, onDraw}: AppProps) {
  const subscribe = (listener: () => void) => chat.store.subscribe(listener)
  const state = useSyncExternalStore(subscribe, () => chat.state)
  const tick = useSyncExternalStore(subscribe, ticks)
  useInput((input, key) => {
    for (const press of decodeKeys(input, key)) keyboard.press(press)
  })
  usePaste((text) => keyboard.paste(text))
  const {setCursorPosition} = useCursor()

  const screen = liveScreen(state, {
    columns: stdout.columns || 80,
    rows: stdout.rows || 24,
    style,
    commands: chat.commands,
    crashLog: chat.crashLog,
    found: state.search && chat.history.find(state.search.query, state.search.skip),
    now: Date.now(),
    tick,
  })
  setCursorPosition(screen.cursor)
  useEffect(() => onDraw(screen.rows.length))
  return (
    <Box flexDirection="column">
      <Transcript blocks={printer.blocks(state.items, state.showReasoning)} />
      <Live text={screen.rows.join('\n')} />
    </Box>
  )
}

const Live = memo(function Live({text}: {text: string}) {
  return text === '' ? null : <Text wrap="truncate">{text}</Text>
})

const Transcript = memo(function Transcript({blocks}: {blocks: readonly Block[]}) {
  return <Static items={[...blocks]}>{renderBlock}</Static>
})

function renderBlock(block: Block) {
  return <Text key={block.id}>{block.text}</Text>
}
