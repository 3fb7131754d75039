import {type EndSignal, endSignals} from '../../platform.js'
import {Chat} from '../chat.js'
import type {SlashCommand} from '../commands/types.js'
import {closeChat} from '../ending.js'
import {documentOf, isFold} from '../pager/document.js'
import {wholeTool} from '../pager/whole-tool.js'
import {openQuestion} from '../state/state.js'
import type {TerminalInput, TerminalOutput} from '../terminal/streams.js'
import {type Lexer, loadLexer} from '../text/lexer.js'
import {oneLine, sanitize} from '../text/sanitize.js'
import type {Item} from '../transcript/items.js'
import {doingWords} from '../transcript/tool-lines/words.js'
import type {ChatOptions, ChatResult} from '../types.js'
import {Conversation, promptOf} from './conversation.js'
import {itemLines} from './item-lines.js'
import {LineInput} from './line-input.js'
import {lineKeys, noKeys} from './line-keys.js'
import {LineOutput} from './line-output.js'
import {tidings} from './tidings.js'

/** A tool that runs for so long is told of before its end. */
const RUNS_MS = 2000
const LOOK_MS = 1000

/** So long nothing came. */
const PROMPT_MS = 60

/**
 * The chat as lines that are only ever appended, typed with the terminal's own line editing: for screen readers, and for
 * terminals that can do no more. No sequence is written that a terminal would have to obey.
 */
export async function runLinear(options: ChatOptions): Promise<ChatResult> {
  const {supervisor, version, stdin, stdout} = options
  const output = new LineOutput(stdout)
  const now = () => performance.now()
  const chat: Chat = new Chat({
    ...options,
    keys: noKeys,
    cwd: process.cwd(),
    commands: [
      ...(options.commands ?? []),
      ...ownCommands(
        () => conversation,
        (lines) => output.print(lines),
      ),
    ],
  })
  let lexer: Lexer | undefined
  let next = 0
  let typed: string | undefined
  let told = chat.state
  const running = new Set<string>()

  const show = () => {
    const {state} = chat
    const before = told
    told = state
    const lines = [...fresh(), ...tidings(before, state, {now: Date.now(), width: output.width})]
    const draft = conversation.foreignDraft()
    if (draft !== undefined) lines.push(...draftLines(draft))
    output.print(lines)
    const asked = openQuestion(state)
    if (asked) chat.asking.drawn({id: asked.id, shows: 'lines', top: 0, page: 1, total: 1, selected: undefined})
    // A reply that grows unseen by 100 words a second is no reason to wait on.
    if (lines.length > 0 || promptOf(before) !== promptOf(state)) settle()
  }

  function fresh(): string[] {
    const {items, showReasoning} = chat.state
    const lines: string[] = []
    const from = items.findIndex(({id}) => id >= next)
    for (let at = from; at >= 0 && at < items.length; at++) {
      const item = items[at] as Item
      if (item.kind === 'assistant' && !lexer) break
      next = item.id + 1
      if (item.kind === 'user' && !item.steers && item.text === typed) typed = undefined
      else lines.push(...itemLines(item, items[at - 1], {width: output.width, showReasoning, lexer}))
    }
    return lines
  }

  let settling: NodeJS.Timeout | undefined
  /** Once nothing more comes: a command says what it has to say before the next prompt. */
  function settle(): void {
    clearTimeout(settling)
    settling = setTimeout(() => {
      chat.store.dispatch({type: 'printed', before: next})
      if (ended) return
      const label = promptOf(chat.state)
      input.hide(openQuestion(chat.state)?.masked ?? false)
      if (label !== undefined) output.prompt(label)
    }, PROMPT_MS)
  }

  let ended = false
  const conversation = new Conversation(chat, {
    print: (lines) => output.print(lines),
    typed(prompt, act) {
      typed = prompt
      act()
      typed = undefined
    },
    now,
  })
  const input = new LineInput(stdin, {
    onText(text, hidden) {
      if (hidden) output.echoed()
      else output.entered()
      conversation.enter(text)
      settle()
    },
    onCut() {
      output.entered()
      output.print(['warning: a line of this terminal holds 4095 bytes: what was beyond is not there'])
    },
    onInterrupt: () => interrupted(),
    onHidden: (hidden) => options.hiddenLine?.set(hidden),
  })
  function interrupted(): void {
    output.echoed()
    conversation.interrupt()
    settle()
  }
  function again(): void {
    output.echoed()
    settle()
  }
  const signals = signalsOf({stdin, stdout, interrupted, left: () => chat.quit(), again})
  const clock = setInterval(() => {
    for (const {id, name, context, startedAt} of chat.state.turn?.open ?? []) {
      if (running.has(id) || Date.now() - startedAt < RUNS_MS || openQuestion(chat.state)) continue
      running.add(id)
      output.print([`${doingWords(oneLine(name, 60))}: ${oneLine(context, 200)}`])
    }
  }, LOOK_MS)

  output.print([`hermes ${version}, in lines. /help lists commands, \\ at the end goes on, Ctrl+D leaves.`])
  options.provideInFlight?.(() => chat.inFlight())
  const unsubscribe = [
    chat.store.subscribe(show),
    options.notices?.subscribe((text, tone) => chat.notice(tone, text)),
    options.changes?.subscribe((change) => chat.configure({...change, keys: noKeys})),
  ]
  chat.start(options.target, {
    write() {},
    lineKeys,
    clipboard: 'nothing is sent to a terminal that only gets lines: copy it from above',
  })
  void loadLexer().then((loaded) => {
    lexer = loaded
    show()
  })
  const memory = (options.memoryCritical ?? new Promise<void>(() => {})).then(() => 'memory' as const)
  const end = await Promise.race([chat.quitting.then(() => 'quit' as const), signals.received, memory])
  return closeChat({
    ...{chat, supervisor, end, failure: undefined, record: options.record},
    giveBack() {
      ended = true
      output.print(fresh())
      for (const each of unsubscribe) each?.()
      clearInterval(clock)
      clearTimeout(settling)
      chat.stop()
      input.stop()
      signals.stop()
      output.close()
    },
  })
}

function draftLines(draft: string): string[] {
  const [first = '', ...rest] = sanitize(draft).trimEnd().split('\n')
  const how = 'The next line goes on with it, an empty line sends it, Ctrl+C clears it.'
  return [`your draft: ${first}`, ...rest, how]
}

/** What keys do on a screen. */
function ownCommands(conversation: () => Conversation, print: (lines: readonly string[]) => void): SlashCommand[] {
  return [
    {
      name: 'decline',
      aliases: [],
      args: '',
      summary: 'decline the question that is asked',
      run({store, notice}) {
        const question = openQuestion(store.state)
        if (question) conversation().decline(question)
        else notice('info', 'nothing is asked')
      },
    },
    {
      name: 'full',
      aliases: [],
      args: '',
      summary: 'print in full what was shortened last',
      async run({store, supervisor, notice}) {
        const fold = store.state.items.findLast(isFold)
        if (!fold) return notice('info', 'nothing was shortened yet')
        const line = fold.kind === 'tool' ? await wholeTool(supervisor, fold.tool)?.catch(() => undefined) : undefined
        const {title, lines} = documentOf(fold, line)
        print([title, ...lines.map(({text}) => text)])
      },
    },
  ]
}

interface Signals {
  received: Promise<EndSignal>
  stop(): void
}

/** Ctrl+C is the person's, Ctrl+D the end of the input; Ctrl+Z needs nobody. A terminal that is gone is a hang-up. */
function signalsOf({
  stdin,
  stdout,
  interrupted,
  left,
  again,
}: {
  stdin: TerminalInput
  stdout: TerminalOutput
  interrupted: () => void
  left: () => void
  /** The program goes on after a stop: the shell has written to the terminal. */
  again: () => void
}): Signals {
  const removers: (() => void)[] = []
  const on = (signal: NodeJS.Signals, listener: () => void) => {
    process.on(signal, listener)
    removers.push(() => process.off(signal, listener))
  }
  const received = new Promise<EndSignal>((resolve) => {
    for (const signal of endSignals) if (signal !== 'SIGINT') on(signal, () => resolve(signal))
    const gone = () => resolve('SIGHUP')
    // A terminal that was closed ends its input too, before or after it says so.
    const over = () => {
      stdout.write('\n', (error) => (error ? gone() : left()))
    }
    stdout.on('error', gone)
    stdin.on('error', gone)
    stdin.on('end', over)
    removers.push(() => {
      stdin.off('error', gone)
      stdin.off('end', over)
    })
  })
  on('SIGINT', interrupted)
  if (process.platform !== 'win32') {
    on('SIGCONT', again)
    // Node would open its inspector and say so.
    on('SIGUSR1', () => {})
  }
  return {
    received,
    stop() {
      for (const remove of removers.splice(0)) remove()
    },
  }
}
