import path from 'node:path'
import {messageOf} from '../../errors.js'
import type {RunPermissions} from '../../permissions/run-permissions.js'
import type {Access, ActiveRule, Decision, PermissionMode, RuleEffect, RuleSource} from '../../permissions/types.js'
import type {DecisionContext} from '../../permissions/verdict/decide.js'
import type {Workspace} from '../../permissions/workspace.js'
import {homeFiles} from '../../platform.js'
import type {ApprovalRequest} from '../../protocol/events.js'
import {type AskedBy, nobodyToAsk} from '../tool-hooks/before-call.js'
import type {Permit, PermitRequest, SandboxedCommand} from '../tools/types.js'
import {approvalOf, askedFor, permitOf} from './approval.js'
import type {CommandReading} from './command-reading.js'
import type {Approval, Ask} from './questions.js'

/** `permissions.*` of the configuration. */
export interface ConfiguredPermissions {
  mode: PermissionMode
  /** Absolute. */
  addDirs: readonly string[]
  /** Commands run in a sandbox, and need no question there. */
  sandbox: boolean
  rules: Readonly<Record<RuleEffect, readonly string[]>>
}

export interface SessionPermissionsOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  home: string
  /** Where what commands of the session put out is kept. */
  outputs: string
  run: RunPermissions
  configured(): Promise<ConfiguredPermissions>
  /** What the person allowed for this session. */
  sessionRules: {list(): string[]; add(rule: string): void; remove(rule: string): boolean}
  /** One line for the person. */
  tell: (text: string) => void
  /** The session works for another one: it may do nothing that is denied there. */
  within?: PermissionsWithin
}

export interface PermissionsWithin {
  permissions: SessionPermissions
  /** It works in a worktree of the other one's repository: both folders, absolute and real. Else it may only read. */
  worktree?: {folder: string; repository: string} | undefined
}

/** What a session that works for another one is told in place of the mode, which it does not know. */
const onlyReads = 'a sub-agent without a worktree of its own may only read'

/** What a tool of the session may do: by rules and mode, and by the person where these ask. Loaded with the first tool that asks. */
export class SessionPermissions {
  readonly #options: SessionPermissionsOptions
  readonly #file: string
  #mode: PermissionMode | undefined
  #workspace: Promise<Workspace> | undefined

  constructor(options: SessionPermissionsOptions) {
    this.#options = options
    this.#file = homeFiles(options.home).permissions
    this.#mode = options.run.mode
  }

  async mode(): Promise<PermissionMode> {
    const {within} = this.#options
    if (within) return within.worktree ? within.permissions.mode() : 'plan'
    return this.#mode ?? (await this.#options.configured()).mode
  }

  /** What flags and configuration say. */
  async begunWith(): Promise<PermissionMode> {
    return this.#options.run.mode ?? (await this.#options.configured()).mode
  }

  setMode(mode: PermissionMode): void {
    this.#mode = mode
  }

  workspace(): Promise<Workspace> {
    this.#workspace ??= this.#openWorkspace()
    return this.#workspace
  }

  /** Decides, and asks the person where rules and mode say so. */
  async permit(request: PermitRequest, ask: Ask): Promise<Permit> {
    const [{decide}, {CommandReading}] = await Promise.all([
      import('../../permissions/verdict/decide.js'),
      import('./command-reading.js'),
    ])
    const {askedBy} = request
    const {env, home} = this.#options
    const reading = new CommandReading({workspace: await this.workspace(), env, home})
    const context = await this.#context(reading)
    const decision = await this.#notMoreThanWithin(request.access, await decide(request.access, context))
    if (askedBy) {
      await reading.release()
      return this.#permitFor(askedBy, request, decision, context, ask)
    }
    if (decision.verdict === 'allow' && decision.run) {
      const proved = {script: decision.run, env: await reading.env(), release: () => reading.release()}
      return {allowed: true, proved}
    }
    await reading.release()
    if (decision.verdict === 'allow') return {allowed: true}
    const why = await this.#inSandbox(request, decision, context)
    if (typeof why === 'object') return {allowed: true, sandboxed: why}
    if (decision.verdict === 'deny') {
      const {within} = this.#options
      const why = decision.by === 'mode' && within && !within.worktree ? onlyReads : decision.why
      return {allowed: false, reason: why, ...(decision.hint ? {wouldAllow: decision.hint} : {})}
    }
    return this.#ask(request, why === undefined ? decision : {...decision, why}, context, ask)
  }

  /** A rule that speaks of a file speaks of its copy in a worktree too. */
  async #notMoreThanWithin(access: Access, decision: Decision): Promise<Decision> {
    const {within} = this.#options
    if (!within?.worktree || decision.verdict === 'deny' || !('path' in access)) return decision
    const {folder, repository} = within.worktree
    const below = path.relative(folder, access.path)
    if (below.startsWith('..') || path.isAbsolute(below)) return decision
    const there = await within.permissions.#rulesOn({...access, path: path.join(repository, below)})
    if (there.verdict === 'deny') return there
    return there.verdict === 'ask' && there.rule && decision.verdict === 'allow' ? there : decision
  }

  /** What rules alone say of an access. */
  async #rulesOn(access: Access): Promise<Decision> {
    const {decide} = await import('../../permissions/verdict/decide.js')
    const [workspace, rules] = await Promise.all([this.workspace(), this.rules()])
    const searchPath = this.#options.env.PATH
    return decide(access, {mode: 'bypass', workspace, rules, interactive: true, judge: undefined, searchPath})
  }

  /** Asks for a hook, which loosens nothing: what is denied stays so, and what was to run in a sandbox runs in one. */
  async #permitFor(
    askedBy: AskedBy,
    {askedBy: _, ...request}: PermitRequest,
    decision: Decision,
    context: DecisionContext,
    ask: Ask,
  ): Promise<Permit> {
    const denied = decision.verdict === 'deny'
    if (denied && decision.by !== 'run') return {allowed: false, reason: decision.why}
    if (!context.interactive) return {allowed: false, reason: nobodyToAsk(askedBy)}
    const isolated =
      decision.verdict === 'allow' || typeof (await this.#inSandbox(request, decision, context)) === 'object'
    const also = decision.verdict === 'ask' && !isolated ? decision.why : undefined
    const extra = {...(await this.#warnings(request)), ...askedFor(askedBy, also)}
    const permit = permitOf(await ask('approval', approvalOf(request, extra)))
    if (!permit.allowed || !isolated) return permit
    const given = await this.permit(request, ask)
    return given.allowed ? {...given, asked: true} : given
  }

  /**
   * A command that no rule asks for runs in the sandbox where that is wanted, also where nobody can be asked. A text says
   * why it can't.
   */
  async #inSandbox(
    {access, outside}: PermitRequest,
    decision: Decision,
    {workspace, mode}: DecisionContext,
  ): Promise<SandboxedCommand | string | undefined> {
    const isOpen = decision.verdict === 'ask' || (decision.verdict === 'deny' && decision.by === 'run')
    if (access.tool !== 'bash' || outside || !isOpen || decision.rule || mode === 'plan') return undefined
    if (!(await this.#options.configured()).sandbox) return undefined
    const {sandboxOf} = await import('./sandbox.js')
    const {env, tell} = this.#options
    return sandboxOf({workspace, env, tell}, access.cwd)
  }

  /** What rules say of a command that the configuration names: it needs no leave, unless one asks for it. */
  async unasked(command: string): Promise<'allow' | 'ask' | {denied: string}> {
    const decision = await this.#asTyped(command)
    if (decision.verdict === 'deny') return {denied: decision.why}
    return decision.verdict === 'ask' && decision.rule ? 'ask' : 'allow'
  }

  /** The deny rule that holds for a command which the person typed, in words; all else they may do unasked. */
  async forbids(command: string): Promise<string | undefined> {
    const decision = await this.#asTyped(command)
    return decision.verdict === 'deny' && decision.by === 'rule' ? decision.why : undefined
  }

  /** As if it were done unasked but for rules. */
  #asTyped(command: string): Promise<Decision> {
    return this.#rulesOn({tool: 'bash', command, cwd: this.#options.cwd})
  }

  /** Why a file that the person named is not read, in words: all but secrets and what a rule denies is by their word. */
  async forbidsFile(realPath: string): Promise<string | undefined> {
    const {decide} = await import('../../permissions/verdict/decide.js')
    const [workspace, rules] = await Promise.all([this.workspace(), this.rules()])
    if (workspace.isSecret(realPath)) return 'it may hold secrets'
    const searchPath = this.#options.env.PATH
    const context = {mode: 'bypass', workspace, rules, interactive: true, judge: undefined, searchPath} as const
    const decision = await decide({tool: 'read', path: realPath}, context)
    return decision.verdict === 'deny' ? decision.why : undefined
  }

  /**
   * Why a file is not told to the model unasked; undefined where it may be. `outside`: it need not lie in the workspace,
   * as the person named it, or works in its very folder.
   */
  async withholds(realPath: string, {outside}: {outside: boolean}): Promise<string | undefined> {
    const {decide} = await import('../../permissions/verdict/decide.js')
    const {env} = this.#options
    const [mode, workspace, rules] = await Promise.all([this.mode(), this.workspace(), this.rules()])
    const context = {mode, workspace, rules, interactive: true, judge: undefined, searchPath: env.PATH} as const
    const decision = await decide({tool: 'read', path: realPath}, context)
    if (decision.verdict === 'allow') return undefined
    if (decision.verdict === 'deny') return decision.why
    if (outside && !decision.rule && !workspace.isSecret(realPath)) return undefined
    return decision.why ?? 'a rule asks for it first'
  }

  /** Of a folder that may be read, what is in it and may not be shown for that alone. */
  async hiddenBelow(folder: string): Promise<(realPath: string) => boolean> {
    const [{activeRules}, {hiddenBelow}, workspace, rules] = await Promise.all([
      import('../../permissions/rules/active-rules.js'),
      import('../../permissions/verdict/file-verdict.js'),
      this.workspace(),
      this.rules(),
    ])
    return hiddenBelow(folder, workspace, await activeRules(rules, workspace))
  }

  async #ask(
    request: PermitRequest,
    {why}: Extract<Decision, {verdict: 'ask'}>,
    context: DecisionContext,
    ask: Ask,
  ): Promise<Permit> {
    const {offersFor} = await import('../../permissions/verdict/offers.js')
    const all = await offersFor(request.access, {...context, judge: undefined})
    // What is allowed in a worktree is not for the folder that it is of, and ends with it.
    const offers = this.#options.within?.worktree ? all.filter(({scope}) => scope === 'session') : all
    const extra: Partial<ApprovalRequest> = {offers, ...(await this.#warnings(request)), ...(why ? {why} : {})}
    const answer = await ask('approval', approvalOf(request, extra))
    if (answer.choice !== 'deny') await this.#remember(answer, offers)
    return permitOf(answer)
  }

  /** Why a rule forbids a tool by its name, such as `session_search`. */
  async refusal(tool: string): Promise<string | undefined> {
    const {denialOfTool, deniedBy} = await import('../../permissions/rules/active-rules.js')
    const rule = denialOfTool(tool, await this.rules())
    return rule && deniedBy(rule).why
  }

  async #warnings({access}: PermitRequest): Promise<Pick<ApprovalRequest, 'dangers' | 'destructive'>> {
    if (access.tool === 'bash') {
      const [{parseCommand}, {dangersOf, isDestructive}] = await Promise.all([
        import('../../permissions/shell/parse.js'),
        import('../../permissions/shell/dangers.js'),
      ])
      const parsed = await parseCommand(access.command)
      return {dangers: dangersOf(parsed), destructive: isDestructive(parsed)}
    }
    if (access.tool === 'fetch') {
      const {hostWarnings} = await import('./host-warnings.js')
      return {dangers: hostWarnings(access.url), destructive: false}
    }
    if (access.tool === 'mcp') return {dangers: [], destructive: false}
    const workspace = await this.workspace()
    const dangers = [
      ...(workspace.contains(access.path) ? [] : ['it lies outside the workspace']),
      ...(workspace.isSecret(access.path) ? ['it may hold secrets'] : []),
      ...(access.tool === 'edit' && workspace.isStartUp(access.path) ? ['programs run or obey what it says'] : []),
    ]
    return {dangers, destructive: false}
  }

  /** Keeps what a yes covers beyond this once: only what was offered, never what a client makes up. */
  async #remember({choice, rule}: Approval, offers: NonNullable<ApprovalRequest['offers']>): Promise<void> {
    if (choice !== 'session' && choice !== 'always') return
    // A client that knows no offers means the narrowest one.
    const offer = offers.find((each) => each.scope === choice && (rule === undefined || each.rule === rule))
    if (!offer) return
    if (choice === 'session') return this.#options.sessionRules.add(offer.rule)
    try {
      const [{addRule}, {parseRule}, {root}] = await Promise.all([
        import('../../permissions/rules/rules-file.js'),
        import('../../permissions/rules/rule.js'),
        this.workspace(),
      ])
      const parsed = parseRule(offer.rule, 'allow')
      if ('rule' in parsed) await addRule(this.#file, root, {effect: 'allow', rule: parsed.rule})
    } catch (error) {
      // The person's yes holds; that it could not be written down must not take it back.
      this.#options.sessionRules.add(offer.rule)
      this.#options.tell(`allowed for this session only: the rule could not be kept: ${messageOf(error)}`)
    }
  }

  async #context(reading: CommandReading): Promise<DecisionContext> {
    const {env, run} = this.#options
    const [mode, workspace, rules] = await Promise.all([this.mode(), this.workspace(), this.rules()])
    const {interactive} = run
    return {mode, workspace, rules, interactive, judge: reading.judge, searchPath: env.PATH}
  }

  /** Every rule in force, each with its source. */
  async rules(): Promise<ActiveRule[]> {
    const {configured, run, sessionRules} = this.#options
    const [{rulesOfTexts}, {rulesOfProject}, {rules}, {root}] = await Promise.all([
      import('../../permissions/rules/active-rules.js'),
      import('../../permissions/rules/rules-file.js'),
      configured(),
      this.workspace(),
    ])
    const own = rulesOfTexts({allow: sessionRules.list()}, 'session', root)
    const {within} = this.#options
    if (within) {
      const there = (await within.permissions.workspace()).root
      const theirs = await within.permissions.rules()
      return [...theirs.map((rule) => (rule.workspace === there ? {...rule, workspace: root} : rule)), ...own]
    }
    const project = await rulesOfProject(this.#file, root)
    if (project.problem) this.#options.tell(project.problem.message)
    return [
      ...rulesOfTexts({allow: run.allow}, 'flag'),
      ...rulesOfTexts(rules, 'configuration'),
      ...project.rules,
      ...own,
    ]
  }

  /** Takes back what the person allowed for the session or for the project. False where it stands elsewhere. */
  async remove({rule, source}: {rule: string; source: RuleSource}): Promise<boolean> {
    const {sessionRules} = this.#options
    if (source === 'session') return sessionRules.remove(rule)
    if (source !== 'project') return false
    const {removeRule} = await import('../../permissions/rules/rules-file.js')
    return removeRule(this.#file, (await this.workspace()).root, rule)
  }

  async #openWorkspace(): Promise<Workspace> {
    const [{openWorkspace}, {addDirs}] = await Promise.all([
      import('../../permissions/workspace.js'),
      this.#options.configured(),
    ])
    const {cwd, env, outputs, run} = this.#options
    const worktree = this.#options.within?.worktree?.folder
    return openWorkspace({cwd, addDirs: [...addDirs, ...run.addDirs], outputs, env, worktree})
  }
}
