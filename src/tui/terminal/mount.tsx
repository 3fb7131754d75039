import {type Instance, render} from 'ink'
import {Component, type ReactNode} from 'react'
import {App, type AppProps, type Suspend} from './app.js'
import type {TerminalInput} from './streams.js'
import {Verbatim} from './verbatim.js'

/**
 * How long a key may wait to be drawn: 1 ms. Frames do not become more by it, because streamed text changes the state 40
 * times a second at most. At 4 ms a key beside a stream of 200 words a second took 5.2 ms at the median and 9.7 at the
 * 99th of a hundred; now 1.9 and 4.1.
 */
const MAX_FPS = 1000

export interface Mounted extends Pick<Instance, 'clear' | 'unmount' | 'waitUntilExit'> {
  /**
   * Takes the frame off the screen and gives the terminal back with its modes as they were; what is returned takes it
   * again and draws. Undefined as long as nothing is drawn. `erase: false` leaves all that stands there.
   */
  suspend(options?: {erase: boolean}): (() => void) | undefined
}

export type MountProps = AppProps & {
  stdin: TerminalInput
  /** The kitty keyboard protocol has been turned on or off. */
  onKeyboard?: (pushed: boolean) => void
}

/** The only place that renders. Ink and React are loaded with this module, after the first frame. */
export function mount({stdin, onKeyboard, ...props}: MountProps): Mounted {
  const verbatim = new Verbatim(props.stdout, onKeyboard)
  let give: Suspend | undefined
  const provide = (suspend: Suspend) => {
    give = suspend
  }
  const crashed = Promise.withResolvers<never>()
  const app = (
    <Boundary onError={crashed.reject}>
      <App {...props} verbatim={verbatim} provideSuspend={provide} />
    </Boundary>
  )
  const {clear, unmount, waitUntilExit} = render(app, {
    stdin,
    stdout: verbatim.stdout as NodeJS.WriteStream,
    exitOnCtrlC: false,
    interactive: true,
    incrementalRendering: true,
    maxFps: MAX_FPS,
    kittyKeyboard: {mode: 'auto'},
    patchConsole: true,
  })
  return {
    clear,
    unmount,
    waitUntilExit: () => Promise.race([waitUntilExit(), crashed.promise]),
    suspend({erase} = {erase: true}) {
      const suspension = erase ? give?.() : verbatim.withoutErasing(() => give?.())
      return suspension && (() => void suspension.then(({resume}) => resume()))
    },
  }
}

/** Ink's own boundary would draw the stack on the screen that is to be given back. */
class Boundary extends Component<{onError: (error: unknown) => void; children: ReactNode}, {failed: boolean}> {
  override state = {failed: false}

  static getDerivedStateFromError() {
    return {failed: true}
  }

  override componentDidCatch(error: unknown) {
    this.props.onError(error)
  }

  override render() {
    return this.state.failed ? null : this.props.children
  }
}
