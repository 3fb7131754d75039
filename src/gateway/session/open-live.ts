import type {Gateway} from '../gateway.js'
import {isSessionKey, mintLiveId, mintSessionKey} from '../ids.js'
import type {Store} from '../store/types.js'
import {outputFolder} from '../tools/command/output-folder.js'
import {LiveSession} from './live-session.js'
import {assertNotElsewhere} from './ownership/ownership.js'
import {SessionPermissions} from './permissions.js'
import {Questions} from './questions.js'

export function freshLiveId(gateway: Gateway): string {
  let id = mintLiveId()
  while (gateway.sessions.has(id)) id = mintLiveId()
  return id
}

/** `wanted`: of a session that had no row yet when its gateway died. */
export function freshKey(gateway: Gateway, store: Store, wanted?: string): string {
  const taken = (key: string) =>
    store.session(key) !== undefined || [...gateway.sessions.values()].some((session) => session.key === key)
  let key = wanted !== undefined && isSessionKey(wanted) ? wanted : mintSessionKey()
  while (taken(key)) key = mintSessionKey()
  return key
}

/** Opens a session in this process. */
export function openLive(
  gateway: Gateway,
  store: Store,
  id: string,
  options: Omit<ConstructorParameters<typeof LiveSession>[0], 'id' | 'questions' | 'permissions'>,
): LiveSession {
  const {key} = options
  const questions = new Questions({
    emit(type, payload) {
      gateway.emit(id, type, payload)
      const {beside} = session
      // Who has it on the screen sees it there.
      if (beside && gateway.unopened.has(id)) gateway.emit(beside.listener(), type, {...payload, agent: beside.name})
    },
    withdrawn(kind, questionId) {
      const {beside} = session
      if (!beside || !gateway.unopened.has(id)) return
      gateway.emit(beside.listener(), `${kind}.expire`, {request_id: questionId, reason: 'stopped'})
    },
    ask: (turnId, question) => store.ask(turnId, question),
    // Another process that took the session meanwhile asks by itself; an answer from here would be lost on it.
    answer: (questionId, answer) =>
      store.atomically(() => {
        assertNotElsewhere(gateway, store, key)
        return store.answer(questionId, answer)
      }),
  })
  const permissions = new SessionPermissions({
    cwd: options.cwd,
    env: gateway.env,
    home: gateway.home,
    outputs: outputFolder(gateway.home, key),
    run: gateway.permissions,
    configured: () => gateway.services.permissions(),
    sessionRules: {
      // A session whose folder is gone goes on in another one: what was allowed there is not allowed here.
      list: () => ((store.session(key)?.cwd ?? options.cwd) === options.cwd ? store.sessionRules(key) : []),
      add: (rule) => store.addSessionRule(key, rule),
      remove: (rule) => store.removeSessionRule(key, rule),
    },
    tell: (text) => gateway.emit(id, 'status.update', {kind: 'warn', text}),
  })
  const session: LiveSession = new LiveSession({
    ...options,
    id,
    questions,
    permissions,
    async delegate(...call) {
      const {agentDesk} = await import('../agents/desk.js')
      return (await agentDesk(gateway, session, store)).run(...call)
    },
  })
  gateway.sessions.set(id, session)
  return session
}
