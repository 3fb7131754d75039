import {Box, Static, Text, useApp, useCursor, useInput, usePaste} from 'ink'
import {memo, useEffect, useInsertionEffect, useSyncExternalStore} from 'react'
import type {Chat} from '../chat.js'
import type {LiveScreen} from '../screen/part.js'
import type {Block, Printer} from '../transcript/printer.js'
import type {Keyboard} from './keyboard.js'
import {decodeKeys} from './keys.js'
import type {TerminalOutput} from './streams.js'
import type {Verbatim} from './verbatim.js'

export interface AppProps {
  chat: Chat
  keyboard: Keyboard
  printer: Printer
  stdout: TerminalOutput
  /** Counts renders from outside: the clock, a resize. */
  ticks: () => number
  /** The live part as it is now. */
  screen: () => LiveScreen
  /** Called once, right before the first frame is written. */
  onBegin: () => void
  /** Told each live part when it is drawn. */
  onDraw: (live: LiveScreen) => void
  /** Called when the screen is taken down, also by a crash. */
  onEnd: () => void
}

/** Takes the frame off the screen and gives the terminal back; it is taken again by `resume`. */
export type Suspend = () => Promise<{resume(): Promise<void>}>

interface InternalProps extends AppProps {
  verbatim: Verbatim
  /** Told once how the terminal is given back for a while. */
  provideSuspend: (suspend: Suspend) => void
}

/** Draws the state; decides nothing. */
export function App({chat, keyboard, printer, verbatim, ticks, screen, provideSuspend, ...events}: InternalProps) {
  const {onBegin, onDraw, onEnd} = events
  const {suspendTerminal} = useApp()
  const subscribe = (listener: () => void) => chat.store.subscribe(listener)
  const state = useSyncExternalStore(subscribe, () => chat.state)
  useSyncExternalStore(subscribe, ticks)
  useInput((input, key) => {
    for (const press of decodeKeys(input, key)) keyboard.press(press)
  })
  usePaste((text) => keyboard.paste(text))
  const {setCursorPosition} = useCursor()

  const live = screen()
  const {rows, cursor} = live
  setCursorPosition(cursor)
  // Other effects run when the frame is on the screen.
  useInsertionEffect(() => onBegin(), [onBegin])
  useEffect(() => {
    printer.drawn()
    onDraw(live)
  })
  useEffect(() => provideSuspend(suspendTerminal), [provideSuspend, suspendTerminal])
  useEffect(() => onEnd, [onEnd])
  return (
    <Box flexDirection="column">
      <Transcript blocks={printer.blocks(state.items, state.showReasoning)} list={printer.list} verbatim={verbatim} />
      <Live marks={verbatim.frame(rows)} />
    </Box>
  )
}

/** Wide enough for a mark; the rows in its place have the width of the terminal. */
const markWidth = {width: 40}

const Live = memo(function Live({marks}: {marks: string}) {
  return marks === '' ? null : (
    <Box {...markWidth}>
      <Text wrap="truncate">{marks}</Text>
    </Box>
  )
})

interface TranscriptProps {
  blocks: readonly Block[]
  list: number
  verbatim: Verbatim
}

const Transcript = memo(function Transcript({blocks, list, verbatim}: TranscriptProps) {
  return (
    <Static key={list} items={[...blocks]} style={markWidth}>
      {({id, text}) => <Text key={id}>{verbatim.markOf(id, text)}</Text>}
    </Static>
  )
})
