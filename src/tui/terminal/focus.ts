/** The terminal tells when its window gets or loses the keyboard; on while a question is open. */
export const FOCUS_REPORTS_ON = '\x1b[?1004h'
export const FOCUS_REPORTS_OFF = '\x1b[?1004l'
