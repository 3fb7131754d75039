import {chmodSync, mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {useShells} from './shell.js'

describe('writing', function () {
  this.timeout(120_000)
  const suite = useShells()

  it('pastes, names files, runs a line, opens an editor, queues, and takes all of it back', async () => {
    const {home} = suite
    home.configure('discoverLocal: false\n')
    mkdirSync(path.join(home.cwd, 'notes'))
    writeFileSync(path.join(home.cwd, 'notes', 'to do.md'), 'buy milk\n')
    const editor = path.join(home.dir, 'editor')
    writeFileSync(editor, '#!/bin/sh\ncp "$1" "$HOME/edited"\nprintf "%s, in an editor\\n" "$(cat "$1")" > "$1"\n')
    chmodSync(editor, 0o755)
    const shell = await suite.open({EDITOR: editor, VISUAL: ''})
    await shell.enters('hermes chat --model offline/3000@60')
    await shell.sees('● ready')

    // A paste is folded, is one character of the draft, and is whole where it is sent.
    await shell.type('sum up ')
    shell.paste(Array.from({length: 400}, (_, at) => `pasted line ${at}`).join('\r'))
    await shell.sees('› sum up [Pasted text #1 · 400 lines]')
    shell.press('backspace')
    await shell.sees(/^› sum up *$/m)
    shell.undo()
    await shell.sees('› sum up [Pasted text #1 · 400 lines]')

    // Undo goes by words and there is a way forward; what is cut comes back.
    await shell.type(' and tell me why')
    await shell.sees('and tell me why')
    shell.press(['ctrl', 'w'])
    await shell.sees(/and tell me *$/m)
    shell.undo()
    await shell.sees('and tell me why')
    shell.press(['ctrl', 'w'], ['ctrl', 'y'], ['ctrl', 'y'])
    await shell.sees('tell me whywhy')
    shell.undo()
    await shell.sees(/tell me why *$/m)

    await shell.type(' of @to')
    await shell.sees('❯ notes/to do.md')
    shell.press('tab')
    await shell.sees('of @"notes/to do.md"')

    // Ctrl+G: the editor gets all of it, the label unfolded.
    shell.press(['ctrl', 'g'])
    await shell.sees(/to do\.md" ?, in an editor/)
    expect(await shell.sees('[Pasted text #')).to.include('· 400 lines]')

    shell.press('enter')
    await shell.sees('word5')

    // What is entered meanwhile waits, and can be changed, moved and removed.
    for (const text of ['first', 'second', 'third']) await shell.enters(`${text} in the queue`)
    await shell.sees('3 queued')
    shell.press(['ctrl', 'q'])
    await shell.sees(/^❯ 3\. third in the queue/m)
    shell.press(['shift', 'k'])
    await shell.sees(/^❯ 2\. third in the queue/m)
    shell.press('x')
    await shell.sees(/Queue \(2/)
    shell.press('esc')
    await shell.misses('Queue (2')
    shell.press('up')
    await shell.sees('› second in the queue')
    shell.press(['ctrl', 'u'])
    await shell.sees('› Type what comes next')
    shell.press('esc')
    await shell.sees('1 queued, held')

    // A line of one's own runs here and tells the model nothing.
    await shell.enters('!echo $((40 + 2)) from my shell')
    await shell.sees(/^\s*(?:⎿ )?42 from my shell/m)

    shell.press('enter')
    await shell.sees(/^› first in the queue[\s\S]*word3/m)
    shell.press('esc')
    await shell.sees('● ready')
    await shell.enters('/undo')
    await shell.sees(/^› first in the queue *$/m)
    shell.press(['ctrl', 'u'])
    await shell.quits()

    const sent = await shell.runs(
      'hermes sessions show "$(hermes sessions --json | sed -n \'s/.*"key": *"\\([^"]*\\)".*/\\1/p\' | head -n 1)" | grep -o "pasted line [0-9]*" | sort -u | wc -l',
    )
    // The title names the first of them, too.
    expect(sent).to.match(/^400$/m)
    expect(await shell.runs('grep -c "pasted line" ~/edited')).to.match(/^400$/m)
  })
})
