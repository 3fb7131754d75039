/** The keyboard: a terminal, or what stands for one. */
export type TerminalInput = NodeJS.ReadableStream & {setRawMode?(on: boolean): unknown}

/** The screen; `resize` is emitted when `columns` or `rows` change. */
export type TerminalOutput = NodeJS.WritableStream & {columns: number; rows: number}
