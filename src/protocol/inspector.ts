/**
 * Arguments for Node with which SIGUSR1 opens its inspector for whoever reads its stderr, and for nobody else: on a
 * free port of this machine, under an address with a random part that the port itself does not tell.
 */
export const inspectorFlags = ['--inspect-port=127.0.0.1:0', '--inspect-publish-uid=stderr']
