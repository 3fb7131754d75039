import {watch} from 'node:fs'
import {DatabaseSync} from 'node:sqlite'
import {isDeepStrictEqual} from 'node:util'
import {noneLeftOf, processesOfHome} from '../../helpers/processes-of-home.js'
import {type ChatScreen, startChat, type TestHome} from '../../helpers/pty/chat.js'
import {isRunning, processRow} from '../../helpers/pty/processes.js'
import {type Kill, killOf, toldKill} from './kills.js'
import type {AgentModel} from './model.js'
import {DAY, planOf, promptOf, steerOf, type Turn} from './plan.js'
import type {Repository} from './repository.js'

/** A turn that does not come to its end in so many milliseconds does not. */
const PATIENCE_MS = 30_000

/** A prompt that is nowhere so long after its Enter is typed again. */
const LOST_MS = 3000

/** What is gone for so long is gone. */
const STEADY_MS = 40

/** How often one is tried that does not do what it is told. */
const TRIES = 8

export interface PersonOptions {
  home: TestHome
  repository: Repository
  model: AgentModel
  seed: string
  turns: number
  /** Default true. */
  kills: boolean
}

/** One who works with the chat in a terminal, and to whom terrible things happen. */
export class Person {
  /** Of each day its session. */
  readonly sessions: string[] = []
  readonly kills = new Map<string, number>()
  readonly #options: PersonOptions
  readonly #screens: ChatScreen[] = []
  /** What is to be killed in this turn, until it is. */
  #kill: Kill | undefined
  /** What happened in this turn. */
  #history: string[] = []
  #database: DatabaseSync | undefined

  constructor(options: PersonOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    const {turns, home} = this.#options
    let queued = false
    for (let number = 1; number <= turns; number++) {
      if (number % DAY === 1) {
        this.#open([])
        await this.#ready()
      }
      this.#history = []
      this.#tell(`turn ${number}`)
      const turn = planOf(this.#options.seed, number, turns)
      try {
        queued = await this.#turn(turn, queued)
      } catch (error) {
        const story = this.#history.join('; ')
        throw new Error(`turn ${number} (${story}): ${error instanceof Error ? error.message : error}`, {cause: error})
      }
      if (number % DAY === 0 || number === turns) {
        this.sessions.push(this.#row(turn.prompt)?.session_key ?? '')
        this.#database?.close()
        this.#database = undefined
        this.#chat.press('ctrl-u')
        await this.#chat.quit()
        await noneLeftOf(home.hermes, [])
      }
    }
  }

  /** Ends whatever is left. */
  async dispose(): Promise<void> {
    this.#database?.close()
    for (const screen of this.#screens) {
      screen.dispose()
      await screen.exit
    }
    for (const pid of processesOfHome(this.#options.home.hermes, [])) process.kill(pid, 'SIGKILL')
  }

  get #chat(): ChatScreen {
    const chat = this.#screens.at(-1)
    if (!chat) throw new Error('no chat was opened')
    return chat
  }

  /** Resolves to whether the next prompt is queued. */
  async #turn(turn: Turn, isQueued: boolean): Promise<boolean> {
    const {repository, seed, kills} = this.#options
    const kill = kills ? killOf(seed, turn) : undefined
    this.#kill = kill
    if (kill) this.#tell(`to kill ${toldKill(kill)}`)
    if (kill?.moment.at === 'work') repository.hold(kill.moment.work, kill.moment.part)
    const work = turn.steps.find((step) => step.work !== undefined)?.work
    if (turn.meanwhile !== undefined && work !== undefined) repository.hold(work, 'after')
    const before = repository.files()
    await this.#finish(turn, isQueued)
    if (turn.back !== undefined) await this.#takeBack(turn, before)
    repository.releaseAll()
    if (this.#kill?.moment.at === 'idle') {
      await this.#strike(this.#kill)
      await this.#ready()
    }
    return turn.meanwhile === 'queue'
  }

  async #finish(turn: Turn, isSent: boolean): Promise<void> {
    let lastSent = Date.now()
    let tries = 0
    let said = turn.meanwhile === undefined
    const begun = {screen: this.#chat, bytes: this.#chat.raw.length}
    if (!isSent) await this.#send(turn.prompt)
    for (;;) {
      if (tries > TRIES) throw new Error(`tried ${tries} times\n${this.#chat.scrollback().slice(-6000)}`)
      let next: string | undefined
      await this.#chat.waitFor(
        () => {
          next = this.#nextOf(turn, {lastSent, said, begun})
          return next !== undefined
        },
        {timeout: PATIENCE_MS, what: `the end of turn ${turn.number}, which is ${this.#row(turn.prompt)?.status}`},
      )
      if (next === 'done') return
      this.#tell(next ?? '')
      if (next === 'killed' && this.#kill) {
        await this.#strike(this.#kill)
        continue
      }
      if (next === 'said') {
        said = await this.#say(turn)
        continue
      }
      tries++
      if (next === 'unsaid') {
        lastSent = Date.now()
        if (await this.#shows('queued ›')) this.#chat.press('enter')
        else await this.#say(turn)
        continue
      }
      if (next === 'ended') this.#open(['-c'])
      else if (next === 'open elsewhere') await this.#takeOver()
      else if (next === 'asked') await this.#answer()
      else if (next === 'broken off')
        await this.#submit('/continue', () => this.#row(turn.prompt)?.status === 'interrupted')
      else {
        lastSent = Date.now()
        // It is in the queue, or in the composer: then it goes out when the person says so.
        if (await this.#shows('queued ›')) this.#chat.press('enter')
        else await this.#send(turn.prompt)
      }
    }
  }

  #nextOf(
    turn: Turn,
    {lastSent, said, begun}: {lastSent: number; said: boolean; begun: {screen: ChatScreen; bytes: number}},
  ): string | undefined {
    const chat = this.#chat
    if (chat.ended) return 'ended'
    if (this.#kill && said && this.#isDue(this.#kill, begun)) return 'killed'
    const screen = chat.screen()
    if (!said) {
      const work = turn.steps.find((step) => step.work !== undefined)?.work ?? ''
      if (this.#options.repository.isAt(work, 'after')) return 'said'
    }
    // Keys that come earlier were meant for something else.
    if (screen.includes('type what to do instead')) return 'asked'
    if (this.#isElsewhere()) return 'open elsewhere'
    if (!/^● ready/m.test(screen)) return undefined
    const row = this.#row(turn.prompt)
    if (row?.status === 'complete') {
      if (turn.meanwhile !== 'steer' || this.#isTold(steerOf(turn.number))) return 'done'
      // Struck between the last letter and Enter it stands in the composer again, just behind Enter in the queue.
      const isBack = screen.includes('queued ›') || screen.includes(`› /steer ${steerOf(turn.number)}\n`)
      return isBack && Date.now() - lastSent > LOST_MS ? 'unsaid' : undefined
    }
    if (row && row.status !== 'running') return 'broken off'
    return !row && Date.now() - lastSent > LOST_MS ? 'lost' : undefined
  }

  #isDue({moment}: Kill, begun: {screen: ChatScreen; bytes: number}): boolean {
    const {model, repository} = this.#options
    switch (moment.at) {
      case 'sent':
        return true
      case 'output':
        return this.#chat !== begun.screen || this.#chat.raw.length - begun.bytes >= moment.bytes
      case 'reply': {
        const sent = model.requests.findLast(({chat}) => chat)?.sent ?? 0
        return model.at.replies > moment.reply || (model.at.replies === moment.reply && sent >= moment.deltas)
      }
      case 'work':
        return repository.isAt(moment.work, moment.part)
      case 'question':
        return this.#chat.screen().includes('Allow once')
      default:
        return false
    }
  }

  /** Kills, and comes back where the screen is gone. */
  async #strike(kill: Kill): Promise<void> {
    const {target, moment, goesOnAlone} = kill
    const {repository} = this.#options
    this.#kill = undefined
    this.kills.set(target, (this.kills.get(target) ?? 0) + 1)
    const chat = this.#chat
    if (target.startsWith('gateway') || target === 'screen and gateway') {
      await this.#end('gateway/main', target === 'gateway by SIGTERM' ? 'SIGTERM' : 'SIGKILL')
    } else if (target === 'guard') await this.#end('while read -r what', 'SIGKILL')
    else if (target === 'servers') await this.#end('@modelcontextprotocol/server-', 'SIGKILL')
    if (goesOnAlone) repository.releaseAll()
    if (target.startsWith('screen')) chat.signal('SIGKILL')
    if (target === 'terminal') chat.hangUp()
    if (target.startsWith('screen') || target === 'terminal') {
      await chat.exit
      this.#open(['-c'])
    }
    repository.releaseAll()
    this.#tell(`killed ${target} at ${moment.at}`)
  }

  async #end(command: string, signal: NodeJS.Signals): Promise<void> {
    const pids = processesOfHome(this.#options.home.hermes, []).filter((pid) =>
      processRow(pid)?.command.includes(command),
    )
    for (const pid of pids) {
      try {
        process.kill(pid, signal)
      } catch {
        // It ended by itself.
      }
    }
    await this.#chat.waitFor(() => !pids.some(isRunning), {what: `the end of ${command}`})
  }

  async #say(turn: Turn): Promise<boolean> {
    const {repository} = this.#options
    const text = turn.meanwhile === 'steer' ? steerOf(turn.number) : promptOf(turn.number + 1)
    await this.#submit(
      turn.meanwhile === 'steer' ? `/steer ${text}` : text,
      () => !this.#chat.screen().includes(`↳ ${text}`) && !this.#chat.screen().includes('queued'),
    )
    repository.releaseAll()
    return true
  }

  async #answer(): Promise<void> {
    this.#chat.type('1')
    await this.#while(() => this.#chat.screen().includes('type what to do instead'))
  }

  /** Takes back what the turn did, until it is. */
  async #takeBack({number, prompt, back, changesFiles}: Turn, before: Record<string, string>): Promise<void> {
    const {repository} = this.#options
    for (let tries = 0; tries < TRIES; tries++) {
      await this.#ready()
      const areBack = () => isDeepStrictEqual(repository.files(), before)
      // The next gateway finishes what was struck just behind "ready": asked for again before that, nothing but the
      // conversation would be left to take back.
      if (back === 'files' && tries > 0) await this.#while(() => !areBack())
      if (back === 'files' && areBack()) return
      const chat = this.#chat
      const asks = () => chat.screen().includes('Back to before which prompt?')
      await this.#submit('/rewind', () => !asks())
      if (!asks()) continue
      if (!new RegExp(`${prompt}\\b.*the last`).test(chat.screen())) {
        return this.#closeList()
      }
      chat.press('enter')
      const isBack = () => new RegExp(`^› ${prompt}\\n● ready`, 'm').test(chat.screen())
      const choose = () => chat.screen().includes('What goes back?')
      await this.#while(() => !isBack() && !choose())
      if (choose()) {
        const down = {both: 0, files: 1, conversation: 2}[back ?? 'both']
        for (let count = 0; count < down; count++) chat.press('down')
        await this.#struckWhile(() => chat.press('enter'), changesFiles && back !== 'conversation')
        if (chat === this.#chat) await this.#while(choose)
      }
      const isDone = () => (back === 'files' ? areBack() : isBack())
      if (chat === this.#chat) await this.#while(() => !isDone())
      this.#tell('taken back')
    }
    throw new Error(`turn ${number} was not taken back\n${this.#chat.scrollback().slice(-4000)}`)
  }

  /** Does something that may be struck: at once, or when it has changed a first file. */
  async #struckWhile(act: () => void, changesFiles: boolean): Promise<void> {
    const kill = this.#kill
    if (kill?.moment.at !== 'rewind') return act()
    const changed = Promise.withResolvers<void>()
    const watcher = watch(this.#options.home.cwd, {recursive: true}, () => changed.resolve())
    try {
      act()
      if (kill.moment.when === 'file' && changesFiles) await changed.promise
      await this.#strike(kill)
    } finally {
      watcher.close()
    }
  }

  #send(prompt: string): Promise<void> {
    return this.#submit(prompt, () => this.#chat.screen().includes(`› ${prompt}\n●`) && !this.#row(prompt))
  }

  /** Types a line and sends it; resolves when `waits` no longer holds, or the chat is over. */
  async #submit(line: string, waits: () => boolean): Promise<void> {
    const chat = this.#chat
    await this.#closeList()
    if (chat.ended) return
    chat.press('ctrl-u')
    chat.type(line)
    await this.#while(() => !chat.screen().includes(`› ${line}`))
    if (chat.ended) return
    chat.press('enter')
    await this.#while(waits)
  }

  /** Of a frame that is half drawn the queue may be missing: what is in it would be typed a second time. */
  async #shows(text: string): Promise<boolean> {
    let shown = false
    await this.#chat.waitFor(() => {
      shown = this.#chat.screen().includes(text)
      return true
    })
    return shown
  }

  /** What follows Esc too closely would be taken for a key of its own with it. */
  async #closeList(): Promise<void> {
    const chat = this.#chat
    const isOpen = () => chat.screen().includes('↑↓ choose · Enter')
    for (let tries = 0; tries < TRIES && isOpen(); tries++) {
      chat.press('escape')
      await this.#while(isOpen)
    }
  }

  /** As long as it holds and the chat is there; not for ever, since what was waited for may have been struck. */
  async #while(holds: () => boolean): Promise<void> {
    const chat = this.#chat
    let since: number | undefined
    const over = () => {
      if (chat.ended) return true
      if (holds()) since = undefined
      else since ??= Date.now()
      // A frame that is half drawn lacks what it will have again.
      return since !== undefined && Date.now() - since >= STEADY_MS
    }
    await chat.waitFor(over, {timeout: LOST_MS}).catch(() => {})
  }

  /** Comes back where the chat is over. */
  async #ready(): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const chat = this.#chat
      await chat.waitFor(() => chat.ended !== undefined || this.#isElsewhere() || /^● ready/m.test(chat.screen()), {
        timeout: PATIENCE_MS,
        what: 'ready',
      })
      if (chat.ended) this.#open(['-c'])
      else if (this.#isElsewhere()) await this.#takeOver()
      else return
    }
    throw new Error('no chat stays open')
  }

  /** Who comes back before its gateway has noticed that its screen is gone is asked what to do. */
  #isElsewhere(): boolean {
    return this.#chat.screen().includes('The session is open elsewhere. What now?')
  }

  async #takeOver(): Promise<void> {
    this.#chat.press('enter')
    await this.#while(() => this.#isElsewhere())
  }

  /** For who reads a failure; with `HERMES_SOAK_AGENT_TOLD` set, also as it happens. */
  #tell(text: string): void {
    this.#history.push(text)
    if (process.env.HERMES_SOAK_AGENT_TOLD) process.stderr.write(`${this.#options.kills ? 'killed' : 'calm'} ${text}\n`)
  }

  #open(args: readonly string[]): void {
    this.#screens.push(startChat({home: this.#options.home, args, cols: 120, rows: 40}))
  }

  #row(prompt: string): {status: string; session_key: string} | undefined {
    return this.#query(
      'SELECT status, session_key FROM turns WHERE prompt = ? AND undone = 0 ORDER BY id DESC LIMIT 1',
      prompt,
    )
  }

  /** As a prompt, whose turn is over, or in a reply. */
  #isTold(text: string): boolean {
    if (this.#row(text)) return this.#row(text)?.status === 'complete'
    return this.#query('SELECT 1 FROM messages WHERE text = ? AND steer_id IS NOT NULL', text) !== undefined
  }

  #query<Row>(sql: string, text: string): Row | undefined {
    try {
      this.#database ??= new DatabaseSync(this.#options.home.database, {readOnly: true})
      return this.#database.prepare(sql).get(text) as Row | undefined
    } catch {
      // It is not made yet, or locked for a moment.
      return undefined
    }
  }
}
