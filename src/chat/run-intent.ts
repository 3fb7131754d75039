import {existsSync} from 'node:fs'
import {compileAnew} from '../compile-cache.js'
import {handDownConfig} from '../config/handed-down.js'
import {type Config, configKeys, type LoadedConfig, loadConfig, settingOf, trustFile} from '../config/index.js'
import {withSystemPrompt} from '../config/prompt-flags.js'
import {visibleLines, visibleText} from '../control-sequences.js'
import {exitCodes, HermesError} from '../errors.js'
import {fingerprint, type HandOverTerms, handDownHandOver} from '../hand-over/handed-down.js'
import {verdictPrefix} from '../hand-over/run-folder.js'
import type {InFlight} from '../lifecycle/events.js'
import {handDownToolHooks} from '../permissions/hooks-handed-down.js'
import {handDownPermissions, type RunPermissions} from '../permissions/run-permissions.js'
import type {PermissionMode} from '../permissions/types.js'
import {hermesHome, homeFiles, isWindows} from '../platform.js'
import {policiesOf} from '../policies.js'
import {type GatewayCommand, resolveGatewayCommand} from '../supervisor/command.js'
import {createSupervisor} from '../supervisor/supervisor.js'
import type {SupervisorPolicies} from '../supervisor/types.js'
import {HiddenLine} from '../tui/linear/hidden-line.js'
import {HeldTerminal} from '../tui/terminal/held-terminal.js'
import type {Opening} from '../tui/terminal/opening.js'
import {agentLaunch, agentWords} from './agent-gateway.js'
import {builtinGateway, builtinGatewayEnv} from './builtin-gateway.js'
import type {ChatCommandOptions} from './command-options.js'
import {chatDoctor} from './doctor.js'
import {createFrameFile} from './frame-file.js'
import {adoptRunning, reachOf} from './hand-over/adopt.js'
import {bellOf} from './hand-over/bell.js'
import {recordWaiting} from './hand-over/waiting.js'
import {type ChatIntent, joinPrompt} from './intent.js'
import {openLifecycle} from './lifecycle.js'
import {createNotices} from './notices.js'
import {refuseForAgent, refuseForOtherGateway, runPermissions} from './permissions.js'
import {readInput} from './print/piped-input.js'
import type {PrintOptions} from './print/print.js'
import {createChanges, reloadOnChange} from './reload.js'
import {serveToolHooks, toolHookTerms} from './tool-hooks/serve.js'
import {usedSessions} from './used-sessions.js'
import {openWatch} from './watch.js'

/** Columns where there is no terminal. */
const DEFAULT_COLUMNS = 80

/** The rest of `hermes chat`; `opening` is the screen where there is one. Resolves to the exit code. */
export async function runIntent(
  asked: ChatIntent,
  options: ChatCommandOptions,
  drawn: Opening | undefined,
): Promise<number> {
  let intent = asked
  let opening = drawn
  const {flags, oclif, cwd, env, stdin, stdout, stderr} = options
  const tell = (text: string) => {
    const write = () => stderr.write(`hermes: ${visibleLines(text)}\n`)
    if (opening) opening.aside(write)
    else write()
  }
  const values = {'gateway.command': flags.gatewayCommand, 'tools.maxSteps': flags.maxTurns ?? flags.maxSteps}
  const load = async () => withSystemPrompt(await loadConfig({cwd, env, flags: values}), flags)
  const structure =
    flags.jsonSchema === undefined
      ? undefined
      : (await import('./print/structure.js')).structureOf(flags.jsonSchema, cwd)
  let permissions = runPermissions(flags, {cwd, interactive: intent.kind === 'screen'})
  const config = await load()
  if (opening && (flags.screenReader ?? config.values['ui.screenReader'])) {
    await opening.answered()
    opening.close({header: true})
    opening = undefined
  }
  for (const warning of config.warnings) tell(warning)
  if (config.modelChoice && flags.model === undefined) {
    const {model, file} = config.modelChoice
    const text = visibleText(`what you write goes to ${model}: chosen by ${file}, which you have not trusted`)
    if (opening) opening.addHeader(text)
    else tell(text)
  }
  if (config.hints.length > 0) {
    const {takeUntold} = await import('../config/told.js')
    for (const {text} of takeUntold(config.hints, env)) tell(text)
  }

  let agent: readonly string[] | undefined = flags.agent === undefined ? undefined : agentWords(flags.agent, env)
  if (!agent && asked.target.kind !== 'new' && config.values['gateway.command'] === undefined) {
    const {agentOf} = await import('../sessions/agent-of.js')
    const held = agentOf(intent.target, {cwd: env.HERMES_CWD?.trim() || cwd, env})
    if (held) {
      agent = held.words
      intent = {...intent, target: {...intent.target, kind: 'stored', key: held.key}}
    }
  } else if (agent && intent.target.kind === 'latest') {
    const {lingeringWith} = await import('../sessions/agent-of.js')
    const place = {cwd: env.HERMES_CWD?.trim() || cwd, env, unfinished: intent.target.unfinished}
    const key = lingeringWith(agent, place)
    if (key !== undefined) intent = {...intent, target: {...intent.target, kind: 'stored', key}}
  }
  const launchOf = ({values}: LoadedConfig) =>
    agent
      ? agentLaunch(oclif.root, agent, {cwd, env})
      : resolveGatewayCommand({
          configured: values['gateway.command'],
          env,
          builtinEntry: builtinGateway(oclif.root),
          execPath: process.execPath,
          cwd,
        })
  const launch = launchOf(config)
  if (agent) refuseForAgent(flags)
  else if (!launch.builtin) refuseForOtherGateway(flags)
  const home = hermesHome(env)
  const notices = createNotices(tell)
  const lifecycle = await openLifecycle({oclif, config: config.values, home, env, notify: notices.add})
  // Whoever has a screen can come back.
  const handOver: HandOverTerms | undefined =
    intent.kind === 'screen' && (launch.builtin || agent) && !isWindows
      ? {instance: lifecycle.instance, folder: homeFiles(home).runs, bell: bellOf(oclif, config.values, home), agent}
      : undefined
  const log = config.values['log.path'] ?? homeFiles(home).crashLog
  const seeks = handOver && {...handOver, build: oclif.version, env, log}
  const purpose = flags.watch ? 'watch' : flags.takeOver ? 'take-over' : 'attach'
  const running = seeks && (await adoptRunning(intent.target, {...seeks, notify: notices.add, purpose}))
  if (flags.watch && !running) throw nothingToWatch(flags.resume)
  let inFlight: (() => InFlight | undefined) | undefined
  const provideInFlight = (probe: () => InFlight | undefined) => {
    inFlight = probe
  }
  const frames = config.values['log.enabled'] ? createFrameFile({home, instance: lifecycle.instance}) : undefined
  const policiesFor = (loaded: LoadedConfig, to: GatewayCommand): SupervisorPolicies => {
    const comesBack = () => handDownHandOver(handOver && {...handOver, works: worksBy(loaded, permissions)})
    const handedDown = to.builtin
      ? {
          ...lifecycle.gatewayEnv,
          ...builtinGatewayEnv(loaded, to.env),
          ...handDownPermissions(permissions),
          ...handDownToolHooks(toolHookTerms(lifecycle.plugins)),
          ...comesBack(),
        }
      : agent
        ? {...lifecycle.gatewayEnv, ...handDownConfig(loaded), ...handDownPermissions(permissions), ...comesBack()}
        : {}
    const envAfterCrash = to.builtin ? compileAnew : undefined
    return policiesOf(loaded.values, {...to, env: {...to.env, ...handedDown}, envAfterCrash})
  }
  const heldTerminal = opening && new HeldTerminal(stdout.fd)
  const hiddenLine = opening || intent.kind === 'print' ? undefined : new HiddenLine(stdout.fd)
  const supervisor = createSupervisor({
    ...policiesFor(config, launch),
    terminal: heldTerminal ?? hiddenLine,
    ...(handOver && {verdicts: verdictPrefix(handOver.folder, handOver.instance)}),
    ...(running && {adopt: running.gateway}),
    cols: () => stdout.columns ?? DEFAULT_COLUMNS,
    record: lifecycle.record,
    frame: frames?.note,
    ...(intent.target.kind === 'latest' && !launch.builtin ? {used: usedSessions(homeFiles(home))} : {}),
    inFlight: () => inFlight?.(),
  })
  // Not before the next gateway is on its way.
  supervisor.on('death', () => setImmediate(() => frames?.write()))

  const {instance, record} = lifecycle
  const watch = openWatch({config: config.values, home, instance, supervisor, record, notify: notices.add})
  const {memoryCritical} = watch
  let reload: {stop(): void} | undefined
  const unhook = serveToolHooks({supervisor, plugins: lifecycle.plugins, stamp: lifecycle.stamp})
  let unlisten: (() => void) | undefined

  try {
    if (intent.kind === 'print') {
      const prompts = await printedPrompts(intent, stdin, stderr)
      const {runPrint} = await import('./print/print.js')
      const {target, format} = intent
      const takeOver = flags.takeOver ?? false
      const io = {stdout, stderr, record, provideInFlight, memoryCritical, imageFolder: homeFiles(home).pasted}
      const maxMs = flags.maxSeconds === undefined ? undefined : flags.maxSeconds * 1000
      const maxSteps = launch.builtin ? config.values['tools.maxSteps'] : undefined
      return await runPrint({supervisor, target, prompts, format, structure, maxMs, maxSteps, takeOver, ...io})
    }
    const [runChat, {pluginCommands}] = await Promise.all([
      opening ? import('../tui/run.js').then((module) => module.runChat) : loadLines(),
      import('./plugin-commands.js'),
    ])
    unlisten = recordWaiting({supervisor, record})
    const changes = createChanges()
    let current = config
    /** The gateways to come begin with it; the one that runs is told by itself. */
    const keepMode = (mode: PermissionMode) => {
      permissions = {...permissions, mode}
      supervisor.configure(policiesFor(current, launchOf(current)))
    }
    reload = reloadOnChange({
      loaded: config,
      load,
      files: [...config.places.map((place) => place.path), trustFile(env)],
      apply(loaded, {replace}) {
        current = loaded
        supervisor.configure(policiesFor(loaded, launchOf(loaded)))
        changes.tell({...screenSettings(loaded.values), replaceGateway: replace})
      },
      notify: notices.add,
    })
    const result = await runChat({
      supervisor,
      opening,
      heldTerminal,
      hiddenLine,
      target: running?.target ?? intent.target,
      choose: intent.choose,
      // Nobody was missed where it had a terminal.
      awayMs: running?.gateway.watched || running?.gateway.awayMs === 0 ? undefined : running?.gateway.awayMs,
      reach: seeks && reachOf(seeks),
      adopted: running?.gateway,
      terms: {
        mode: permissions.mode ?? config.values['permissions.mode'],
        byFlag: permissions.mode !== undefined,
        works: worksBy(config, permissions),
        model: flags.model,
      },
      attention: attentionOf(config.values),
      reducedMotion: config.values['ui.reducedMotion'] || Boolean(env.NO_MOTION),
      queueWhileDetached: config.values['session.queueWhileDetached'],
      home,
      newHome: launch.builtin && !existsSync(homeFiles(home).database),
      initialPrompt: intent.initialPrompt,
      ...screenSettings(config.values),
      // Once: who takes it over from us later has it.
      takeOver: !running && (flags.takeOver ?? false),
      keepMode,
      crashLog: log,
      record,
      provideInFlight,
      memoryCritical,
      notices,
      changes,
      doctor: chatDoctor({root: oclif.root, cwd, env, gatewayCommand: flags.gatewayCommand, stdout}),
      commands: pluginCommands(lifecycle.plugins, {cwd, notify: notices.add}),
      version: oclif.version,
      stdin,
      stdout,
      env,
    })
    if (result.exitCode === exitCodes.memoryCritical) {
      const kept = result.inputSaved ? 'session, draft and queue are kept' : 'draft and queue could not be saved'
      stderr.write(`hermes: ended itself, its memory was nearly full; ${kept}\n`)
    }
    const {database} = homeFiles(home)
    if (result.farewell && launch.builtin && !existsSync(database)) {
      stdout.write(`Nothing of this session is kept: there is no ${database} any more\n`)
    } else if (result.farewell) stdout.write(`${result.farewell}\n`)
    return result.exitCode
  } finally {
    // One that has more to say would keep the process.
    if (intent.kind === 'print' && intent.stdin === 'messages') stdin.destroy()
    reload?.stop()
    unlisten?.()
    unhook()
    frames?.write()
    watch.close()
    await lifecycle.close()
  }
}

/** Neither Ink nor React is loaded for it. */
const loadLines = () => import('../tui/linear/run.js').then(({runLinear}) => runLinear)

function nothingToWatch(name = ''): HermesError {
  return new HermesError(`nothing to watch: session ${name} is not open in a gateway that can be spoken to`, {
    code: 'session/not-running',
    exit: exitCodes.sessionNotFound,
    suggestions: ['hermes sessions --running lists what runs', `hermes chat --resume ${name} opens it`],
  })
}

/** Tells whether a gateway works by these settings and flags. */
function worksBy({values}: LoadedConfig, permissions: RunPermissions): string {
  const settings = configKeys.filter((key) => settingOf(key).applies === 'gateway').map((key) => values[key])
  return fingerprint([settings, permissions])
}

const attentionOf = (config: Config) => ({
  title: config['ui.windowTitle'],
  notify: config['ui.notify'],
  afterMs: config['ui.notifyAfterMs'],
  progress: config['ui.progress'],
})

const screenSettings = (config: Config) => ({
  showReasoning: config['ui.showReasoning'],
  theme: config['ui.theme'],
  keys: config.keys,
  inflight: config['recovery.inflight'],
})

async function printedPrompts(
  intent: ChatIntent & {kind: 'print'},
  stdin: NodeJS.ReadStream,
  stderr: NodeJS.WriteStream,
): Promise<PrintOptions['prompts']> {
  if (intent.stdin === 'messages') return (await import('./print/messages.js')).messagesOf(stdin)
  if (intent.stdin === 'none') return [{text: intent.prompt}]
  const piped = await readInput(stdin, {
    optional: intent.stdin === 'optional',
    onSilent: () =>
      stderr.write('hermes: nothing comes on stdin; going on with the prompt alone (< /dev/null avoids the wait)\n'),
  })
  return [{text: joinPrompt(intent.prompt, piped)}]
}
