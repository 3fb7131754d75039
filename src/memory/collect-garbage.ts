/** By the inspector: `--expose-gc`, like any flag of V8, would make it refuse all compiled code that is kept. */
export async function collectGarbage(): Promise<void> {
  const {Session} = await import('node:inspector')
  const session = new Session()
  session.connect()
  try {
    await new Promise((resolve) => session.post('HeapProfiler.collectGarbage', resolve))
  } finally {
    session.disconnect()
  }
}
