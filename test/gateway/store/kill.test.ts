import {DatabaseSync} from 'node:sqlite'
import {expect} from 'chai'
import {Child} from './child.js'
import {Scratch} from './scratch.js'

describe('store: a writer is killed', () => {
  it('holds everything that was acknowledged, and nothing half', async () => {
    const scratch = new Scratch()
    try {
      // Each run goes on with the file that the one before was killed in.
      for (const [run, acknowledgements] of [1, 2, 4, 9, 40, 333].entries()) {
        const child = new Child('write-for-ever.ts', [scratch.file, 'k', String(run)])
        await child.until((stdout) => lines(stdout).length >= acknowledgements)
        await child.kill()
        checkFile(scratch.file)
        const store = scratch.open()
        const settled = store.settleSession('k')
        expect(settled.length).to.be.lessThan(2)
        checkStored(store.messages('k'), lines(child.stdout), new Set(settled.map(({promptId}) => promptId)))
        store.close()
        checkFile(scratch.file)
      }
    } finally {
      scratch.remove()
    }
  }).timeout(60_000)

  it('lets processes open a new file at the same moment', async () => {
    const scratch = new Scratch()
    try {
      const keys = ['a', 'b', 'c', 'd', 'e', 'f']
      const children = keys.map((key) => new Child('open-and-write.ts', [scratch.file, key]))
      await Promise.all(children.map((child) => child.until((stdout) => stdout === 'ready\n')))
      for (const child of children) child.process.stdin?.write('go\n')
      for (const child of children) expect((await child.exited()).code, child.stderr).to.equal(0)
      const store = scratch.open()
      expect(store.listSessions(10).map(({key}) => key)).to.have.members(keys)
    } finally {
      scratch.remove()
    }
  }).timeout(60_000)
})

function lines(stdout: string): string[] {
  return stdout.split('\n').slice(0, -1)
}

function checkFile(file: string): void {
  const db = new DatabaseSync(file)
  try {
    expect(db.prepare('PRAGMA integrity_check').all()).to.deep.equal([{__proto__: null, integrity_check: 'ok'}])
    expect(db.prepare('PRAGMA foreign_key_check').all()).to.deep.equal([])
    db.exec(`INSERT INTO messages_fts(messages_fts, rank) VALUES ('integrity-check', 1)`)
  } finally {
    db.close()
  }
}

/** What was acknowledged is stored; what is stored was sent; only the last turn may be in pieces. */
function checkStored(
  messages: {promptId: string | null; role: string; text: string; status: string}[],
  acknowledged: string[],
  settled: Set<string>,
): void {
  const whole = '1;2;3;4;5;'
  const replyOf = (promptId = '') =>
    messages.find((message) => message.promptId === promptId && message.role === 'assistant')
  for (const line of acknowledged) {
    const [what, promptId = '', chunk] = line.split(' ')
    if (what === 'begin') {
      const prompts = messages.filter((message) => message.promptId === promptId && message.role === 'user')
      expect(prompts.map(({text}) => text)).to.deep.equal([`prompt ${promptId}`])
    } else if (what === 'text') {
      expect(replyOf(promptId)?.text.startsWith(whole.slice(0, Number(chunk) * 2)), line).to.equal(true)
    } else {
      expect(replyOf(promptId)).to.include({text: whole, status: 'complete'})
    }
  }
  for (const {promptId, role, text, status} of messages) {
    if (role === 'user') expect(text).to.equal(`prompt ${promptId}`)
    else if (settled.has(promptId ?? '')) expect([whole.startsWith(text), status]).to.deep.equal([true, 'interrupted'])
    else expect(whole.startsWith(text)).to.equal(true)
  }
}
