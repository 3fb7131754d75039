/**
 * The one table of keys: state × key × action. The keyboard obeys it, `/keys` and the README show it, the
 * configuration (`keys`) changes it.
 */

/** Where a row counts. A state of the screen has several, see {@link layers}. */
export type KeyContext =
  | 'always'
  | 'question'
  | 'answer'
  | 'list'
  | 'queue'
  | 'search'
  | 'announced'
  | 'turn'
  | 'down'
  | 'empty'
  | 'composer'
  | 'text'
  | 'menu'
  | 'sessions'
  | 'pager'

interface Row {
  context: KeyContext
  /** Its name in the configuration. */
  action: string
  /** Spelled as `parseKeys` does; several keys in turn are parted by a blank. */
  keys: readonly string[]
  doc: string
  /** Nobody may bind it anew. */
  fixed?: true
  /** What the keys are called where a list of them would not be read. */
  label?: string
}

const rows = [
  {
    context: 'always',
    action: 'cancel',
    keys: ['ctrl+c'],
    doc: 'closes what is open (a question: denies it and interrupts), interrupts the reply, clears the draft; twice: leaves',
    fixed: true,
  },
  {context: 'always', action: 'redraw', keys: ['ctrl+l'], doc: 'draws the screen again'},
  {context: 'always', action: 'suspend', keys: ['ctrl+z'], doc: 'stops the program for the shell; `fg` goes on'},
  {
    context: 'always',
    action: 'unfold',
    keys: ['ctrl+o'],
    doc: 'reads what is folded, in full; opens a question that waits',
  },

  {
    context: 'composer',
    action: 'send',
    keys: ['enter'],
    doc: 'sends; while a reply runs it waits in the queue; on an empty line it sends a held queue',
    fixed: true,
  },
  {
    context: 'composer',
    action: 'steer',
    keys: ['ctrl+enter'],
    doc: 'tells the running reply, at its next step (also `/steer`); with none running it sends',
  },
  {
    context: 'composer',
    action: 'newline',
    keys: ['alt+enter', 'shift+enter', 'ctrl+j'],
    doc: 'new line; also `\\` Enter',
  },
  {context: 'composer', action: 'complete', keys: ['tab'], doc: 'completes'},
  {
    context: 'composer',
    action: 'up',
    keys: ['up', 'ctrl+p'],
    doc: 'a row up; beyond the first: the last queued prompt, then earlier ones',
  },
  {
    context: 'composer',
    action: 'down',
    keys: ['down', 'ctrl+n'],
    doc: 'a row down; beyond the last: later prompts, then the draft',
  },
  {context: 'composer', action: 'search', keys: ['ctrl+r'], doc: 'searches earlier prompts, the newest first'},
  {context: 'composer', action: 'search-forward', keys: ['ctrl+s'], doc: 'the same, the oldest first'},
  {
    context: 'composer',
    action: 'editor',
    keys: ['ctrl+g', 'ctrl+x ctrl+e'],
    doc: 'opens the draft in `$VISUAL` or `$EDITOR`',
  },
  {context: 'composer', action: 'paste-image', keys: ['ctrl+v'], doc: "puts the clipboard's image into the draft"},
  {context: 'composer', action: 'queue', keys: ['ctrl+q'], doc: 'opens the queue: change, move, remove what waits'},
  {context: 'composer', action: 'leave', keys: ['ctrl+d'], doc: 'leaves on an empty line, else deletes to the right'},

  {
    context: 'empty',
    action: 'rewind',
    keys: ['escape escape'],
    doc: 'goes back to an earlier prompt and edits it, in a copy of the session',
    fixed: true,
  },
  {
    context: 'turn',
    action: 'interrupt',
    keys: ['escape'],
    doc: 'interrupts the reply, also while it waits to try again, and holds the queue',
    fixed: true,
  },
  {
    context: 'announced',
    action: 'decline-announced',
    keys: ['escape'],
    doc: 'declines the question that waits',
    fixed: true,
  },
  {context: 'down', action: 'recover', keys: ['ctrl+r'], doc: 'after the restarts are used up: one more try'},

  {context: 'text', action: 'left', keys: ['left', 'ctrl+b'], doc: 'a character to the left'},
  {context: 'text', action: 'right', keys: ['right', 'ctrl+f'], doc: 'a character to the right'},
  {context: 'text', action: 'word-left', keys: ['alt+b', 'ctrl+left', 'alt+left'], doc: 'a word to the left'},
  {context: 'text', action: 'word-right', keys: ['alt+f', 'ctrl+right', 'alt+right'], doc: 'a word to the right'},
  {context: 'text', action: 'line-start', keys: ['ctrl+a', 'home'], doc: 'start of the line'},
  {context: 'text', action: 'line-end', keys: ['ctrl+e', 'end'], doc: 'end of the line'},
  {context: 'text', action: 'start', keys: ['alt+<', 'alt+shift+,', 'ctrl+home'], doc: 'start of the text'},
  {context: 'text', action: 'end', keys: ['alt+>', 'alt+shift+.', 'ctrl+end'], doc: 'end of the text'},
  {context: 'text', action: 'backspace', keys: ['backspace'], doc: 'deletes to the left'},
  {context: 'text', action: 'delete', keys: ['delete'], doc: 'deletes to the right'},
  {
    context: 'text',
    action: 'kill-word-left',
    keys: ['alt+backspace', 'ctrl+backspace'],
    doc: 'cuts the word to the left',
  },
  {
    context: 'text',
    action: 'kill-word-right',
    keys: ['alt+d', 'alt+delete', 'ctrl+delete'],
    doc: 'cuts the word to the right',
  },
  {context: 'text', action: 'kill-space-left', keys: ['ctrl+w'], doc: 'cuts as far as the blank to the left'},
  {context: 'text', action: 'kill-to-start', keys: ['ctrl+u'], doc: 'cuts to the start of the line'},
  {context: 'text', action: 'kill-to-end', keys: ['ctrl+k'], doc: 'cuts to the end of the line'},
  {context: 'text', action: 'yank', keys: ['ctrl+y'], doc: 'puts back what was cut last'},
  {context: 'text', action: 'yank-pop', keys: ['alt+y'], doc: 'right after it: what was cut before that'},
  {context: 'text', action: 'transpose', keys: ['ctrl+t'], doc: 'swaps two characters'},
  {
    context: 'text',
    action: 'undo',
    keys: ['ctrl+_', 'ctrl+-', 'ctrl+/'],
    doc: 'undoes, word by word, as far as the last prompt that was sent',
  },
  {context: 'text', action: 'redo', keys: ['alt+_', 'alt+shift+-'], doc: 'does it again'},

  {context: 'search', action: 'search-older', keys: ['ctrl+r', 'up', 'ctrl+p'], doc: 'the next older match'},
  {context: 'search', action: 'search-newer', keys: ['ctrl+s', 'down', 'ctrl+n'], doc: 'the next newer match'},
  {
    context: 'search',
    action: 'search-take',
    keys: ['enter'],
    doc: 'takes the match; other keys take it and do what they do',
    fixed: true,
  },
  {context: 'search', action: 'search-close', keys: ['escape', 'ctrl+g'], doc: 'gives the draft back', fixed: true},
  {context: 'search', action: 'search-erase', keys: ['backspace'], doc: 'a letter less', fixed: true},

  {context: 'queue', action: 'queue-up', keys: ['up', 'ctrl+p', 'k'], doc: 'the one above'},
  {context: 'queue', action: 'queue-down', keys: ['down', 'ctrl+n', 'j'], doc: 'the one below'},
  {context: 'queue', action: 'queue-earlier', keys: ['shift+up', 'alt+up', 'K'], doc: 'sends it earlier'},
  {context: 'queue', action: 'queue-later', keys: ['shift+down', 'alt+down', 'J'], doc: 'sends it later'},
  {context: 'queue', action: 'queue-edit', keys: ['enter', 'e'], doc: 'edits it; Enter puts it back in its place'},
  {
    context: 'queue',
    action: 'queue-remove',
    keys: ['delete', 'backspace', 'x'],
    doc: 'removes it; ↑ in the input brings it back',
  },
  {context: 'queue', action: 'queue-steer', keys: ['s'], doc: 'tells it the running reply, at its next step'},
  {context: 'queue', action: 'queue-hold', keys: ['h', 'space'], doc: 'holds the queue, or lets it go'},
  {context: 'queue', action: 'queue-close', keys: ['escape', 'ctrl+g', 'ctrl+q', 'q'], doc: 'closes it', fixed: true},

  {context: 'list', action: 'list-up', keys: ['up', 'ctrl+p'], doc: 'the one above'},
  {
    context: 'list',
    action: 'list-down',
    keys: ['down', 'ctrl+n', 'tab'],
    doc: 'the one below; letters narrow the list',
  },
  {context: 'list', action: 'list-take', keys: ['enter'], doc: 'takes it', fixed: true},
  {context: 'list', action: 'list-close', keys: ['escape', 'ctrl+g'], doc: 'closes it', fixed: true},
  {context: 'list', action: 'list-erase', keys: ['backspace'], doc: 'a letter less', fixed: true},

  {context: 'question', action: 'question-number', keys: [], label: '1 to 9', doc: 'that answer', fixed: true},
  {context: 'question', action: 'question-up', keys: ['up'], doc: 'the answer above', fixed: true},
  {context: 'question', action: 'question-down', keys: ['down'], doc: 'the answer below', fixed: true},
  {context: 'question', action: 'question-take', keys: ['enter'], doc: 'gives that answer', fixed: true},
  {
    context: 'question',
    action: 'question-write',
    keys: ['tab'],
    label: 'Tab, any letter',
    doc: '"no, do this instead": Enter denies and tells the model what you wrote',
    fixed: true,
  },
  {context: 'question', action: 'question-page-up', keys: ['pageup'], doc: 'the page before', fixed: true},
  {context: 'question', action: 'question-page-down', keys: ['pagedown'], doc: 'the next page', fixed: true},
  {context: 'question', action: 'question-half-up', keys: ['ctrl+u'], doc: 'half a page up', fixed: true},
  {context: 'question', action: 'question-half-down', keys: ['ctrl+d'], doc: 'half a page down', fixed: true},
  {context: 'question', action: 'question-top', keys: ['home'], doc: 'the top', fixed: true},
  {context: 'question', action: 'question-bottom', keys: ['end'], doc: 'the end', fixed: true},
  {context: 'question', action: 'question-decline', keys: ['escape'], doc: 'denies', fixed: true},

  {context: 'answer', action: 'answer-send', keys: ['enter'], doc: 'gives what you wrote as the answer', fixed: true},
  {
    context: 'answer',
    action: 'answer-newline',
    keys: ['alt+enter', 'shift+enter', 'ctrl+enter', 'ctrl+j'],
    doc: 'new line',
    fixed: true,
  },
  {context: 'answer', action: 'answer-page-up', keys: ['pageup'], doc: 'the page before', fixed: true},
  {context: 'answer', action: 'answer-page-down', keys: ['pagedown'], doc: 'the next page', fixed: true},
  {context: 'answer', action: 'answer-close', keys: ['escape'], doc: 'back to the answers', fixed: true},

  {context: 'menu', action: 'menu-up', keys: ['up', 'ctrl+p'], doc: 'the one above', fixed: true},
  {context: 'menu', action: 'menu-down', keys: ['down', 'ctrl+n'], doc: 'the one below', fixed: true},
  {context: 'menu', action: 'menu-write', keys: ['tab'], doc: 'writes it into the draft', fixed: true},
  {context: 'menu', action: 'menu-take', keys: ['enter'], doc: 'runs the command, or writes the path', fixed: true},
  {context: 'menu', action: 'menu-close', keys: ['escape'], doc: 'closes the list and nothing else', fixed: true},

  {context: 'sessions', action: 'session-rename', keys: ['ctrl+r'], doc: 'renames it', fixed: true},
  {context: 'sessions', action: 'session-export', keys: ['ctrl+e'], doc: 'writes it to a file', fixed: true},
  {
    context: 'sessions',
    action: 'session-delete',
    keys: ['ctrl+d'],
    doc: 'marks it: it is deleted when the list closes',
    fixed: true,
  },
  {context: 'sessions', action: 'session-keep', keys: ['ctrl+u'], doc: 'takes the last mark back', fixed: true},

  {context: 'pager', action: 'pager-close', keys: ['escape', 'q', 'ctrl+o', 'ctrl+c'], doc: 'closes it', fixed: true},
  {context: 'pager', action: 'pager-previous', keys: ['left', '['], doc: 'what was folded before it', fixed: true},
  {context: 'pager', action: 'pager-next', keys: ['right', ']'], doc: 'what was folded after it', fixed: true},
  {context: 'pager', action: 'pager-up', keys: ['up', 'k'], doc: 'a row up', fixed: true},
  {context: 'pager', action: 'pager-down', keys: ['down', 'j', 'enter'], doc: 'a row down', fixed: true},
  {context: 'pager', action: 'pager-page-up', keys: ['pageup', 'ctrl+b', 'b'], doc: 'a page up', fixed: true},
  {
    context: 'pager',
    action: 'pager-page-down',
    keys: ['pagedown', 'ctrl+f', 'f', 'space'],
    doc: 'a page down',
    fixed: true,
  },
  {context: 'pager', action: 'pager-half-up', keys: ['ctrl+u'], doc: 'half a page up', fixed: true},
  {context: 'pager', action: 'pager-half-down', keys: ['ctrl+d'], doc: 'half a page down', fixed: true},
  {context: 'pager', action: 'pager-top', keys: ['home', 'g'], doc: 'the top', fixed: true},
  {context: 'pager', action: 'pager-bottom', keys: ['end', 'G'], doc: 'the end', fixed: true},
  {context: 'pager', action: 'pager-search', keys: ['/'], doc: 'searches', fixed: true},
  {context: 'pager', action: 'pager-next-match', keys: ['n'], doc: 'the next match', fixed: true},
  {context: 'pager', action: 'pager-previous-match', keys: ['N'], doc: 'the match before', fixed: true},
] as const satisfies readonly Row[]

export type Action = (typeof rows)[number]['action']
export type KeyRow = Row & {action: Action}

export const keyTable: readonly KeyRow[] = rows

/** What counts in each state of the screen, the topmost first. */
export const layers = {
  question: ['always', 'question'],
  answer: ['always', 'answer', 'text'],
  list: ['always', 'list'],
  queue: ['always', 'queue'],
  search: ['always', 'search'],
  /** A question waits until the person pauses. */
  announced: ['always', 'announced', 'composer', 'text'],
  turn: ['always', 'turn', 'composer', 'text'],
  down: ['always', 'down', 'composer', 'text'],
  /** Nothing is typed, and nothing runs. */
  empty: ['always', 'empty', 'composer', 'text'],
  composer: ['always', 'composer', 'text'],
  /** The list below the draft: what is no key of it goes to the draft. */
  menu: ['menu'],
  sessions: ['sessions'],
  pager: ['pager'],
} as const satisfies Record<string, readonly KeyContext[]>

export type KeyState = keyof typeof layers

/** Where each context is told of, in this order. */
export const contextTitles: Readonly<Record<KeyContext, string>> = {
  composer: 'Writing',
  text: 'In any text',
  turn: 'While a reply runs',
  empty: 'With nothing typed and no reply running',
  announced: 'While a question waits for you to pause',
  down: 'While no gateway runs',
  search: 'Searching earlier prompts',
  queue: 'In the queue',
  list: 'In a list',
  sessions: 'In the list of sessions, beside those of every list',
  menu: 'In the list below the draft',
  question: 'While it asks',
  answer: 'While you write an answer',
  pager: 'Reading what was folded',
  always: 'Everywhere',
}
