import type {
  AgentContext,
  ClientCapabilities,
  CreateElicitationResponse,
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionUpdate,
} from '@agentclientprotocol/sdk'

/** An editor, as one of its sessions speaks to it. */
export interface Editor {
  readonly capabilities: ClientCapabilities
  update(update: SessionUpdate): void
  /** Rejects where the editor goes away, or has no word for it. */
  askPermission(
    request: Omit<RequestPermissionRequest, 'sessionId'>,
    signal: AbortSignal,
  ): Promise<RequestPermissionResponse>
  /** A form with one text, or one choice. */
  elicit(question: string, choices: readonly string[] | null, signal: AbortSignal): Promise<CreateElicitationResponse>
}

/** `sessionId`: asked when it is needed; of a new session it is known once that is open. */
export function editorOf(client: AgentContext, capabilities: ClientCapabilities, sessionId: () => string): Editor {
  return {
    capabilities,
    // An editor that is gone is seen by the end of the connection.
    update: (update) => void client.notify('session/update', {sessionId: sessionId(), update}).catch(() => {}),
    askPermission: (request, signal) =>
      client.request(
        'session/request_permission',
        {sessionId: sessionId(), ...request},
        {cancellationSignal: signal, stopWaitingOnCancel: true},
      ),
    elicit: (message, choices, signal) =>
      client.request(
        'elicitation/create',
        {
          sessionId: sessionId(),
          mode: 'form',
          message,
          requestedSchema: {
            type: 'object',
            properties: {answer: {type: 'string', title: 'Answer', ...(choices ? {enum: [...choices]} : {})}},
            required: ['answer'],
          },
        },
        {cancellationSignal: signal, stopWaitingOnCancel: true},
      ),
  }
}

/** A line beside the conversation, for an editor that can show one. */
export function notice(editor: Editor, severity: 'info' | 'warning' | 'error', title: string): void {
  if (editor.capabilities.session?.notices) editor.update({sessionUpdate: 'notice', severity, title})
}
