const window = 'of a window'
const voice = 'of a microphone'
const pet = 'of a pet on a desktop'
const list = 'of a list that is asked for when it is shown'
const bridge = 'of another program that is bridged'
const expected = 'a window answers it, and it ends by itself'

/**
 * Events that gateways are known to send and that a terminal does not show, each with what it is of. An event that is
 * neither here nor in `eventMembers` is ignored too; these are so by decision.
 */
export const ignoredEvents: Readonly<Record<string, string>> = {
  'agent.terminal.output': 'of a background process, told when it ends',
  'terminal.close': 'of a background process, told when it ends',
  'billing.step_up.verification': 'of a purchase, which a terminal does not make',
  'bot_relay.outbox.pending': bridge,
  'browser.controller.cancel': bridge,
  'browser.controller.command': bridge,
  'connection.request': 'of a connector, which is set up in a window',
  'connection.update': 'of a connector, which is set up in a window',
  'cron.changed': list,
  'pairing.changed': list,
  'platforms.changed': list,
  'sessions.changed': list,
  'session.control.update': 'told by status.update as well',
  'session.resume_progress': 'resume is waited for',
  'setup.ready': 'setup is asked for at the start',
  'skin.changed': 'colours are those of the terminal',
  'dashboard.new_session_requested': window,
  'layout.apply': window,
  'pane.reveal': window,
  'preview.open': window,
  'preview.close': window,
  'preview.restart.complete': window,
  'preview.restart.progress': window,
  'tip.show': window,
  reaction: pet,
  'message.reaction': pet,
  'pet.changed': pet,
  'pet.generate.progress': pet,
  'pet.hatch.progress': pet,
  'moa.phase': 'told by moa.progress as well',
  'subagent.spawn_requested': 'told by subagent.start as well',
  'subagent.text': 'its end tells the summary',
  'tool.progress': 'no gateway sends it',
  'voice.interrupted': voice,
  'voice.status': voice,
  'voice.transcript': voice,
  'wake.detected': voice,
  'mcp.setup.request': expected,
  'mcp.setup.expire': expected,
  'preview.act.request': expected,
  'preview.act.expire': expected,
  'preview.read.request': expected,
  'preview.read.expire': expected,
  'terminal.read.request': expected,
  'terminal.read.expire': expected,
  'tour.request': expected,
  'tour.expire': expected,
  'vault.code.request': expected,
  'vault.code.expire': expected,
  'vault.save_login.request': expected,
  'vault.save_login.expire': expected,
  'vault.unlock.request': expected,
  'vault.unlock.expire': expected,
  'window.read.request': expected,
  'window.read.expire': expected,
}
