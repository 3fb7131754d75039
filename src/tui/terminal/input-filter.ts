// biome-ignore-all lint/suspicious/noControlCharactersInRegex: control characters are what terminals speak in.
/**
 * What a terminal sends, before keys are made of it: answers to queries that come late, mouse and focus reports, pastes
 * without an end and pastes that nothing marks as such. Times are silences, in milliseconds.
 */

/** An ESC that nothing follows is the key. It is handed on decided: Ink need not wait for more. */
const ESCAPE_MS = 40

/** The rest of an answer that stalled on its way is not waited for any longer. */
const STALL_MS = 1000

/** A bracketed paste whose end does not come is taken as it is. */
const PASTE_MS = 300

/** Several lines without brackets: what follows at once belongs to them (a terminal hands over 4 kB at a time). */
const BULK_MS = 30

/** A chunk of this size is not typed. */
const PASTED_LENGTH = 64

/** Answers that are listened to are not longer. */
const LONGEST_ANSWER = 256

/** No key and no answer has as many parameters. */
const LONGEST_SEQUENCE = 4096

const ESC = '\x1b'
const PASTE_START = `${ESC}[200~`
const PASTE_END = `${ESC}[201~`

/** The key as the kitty protocol writes it: complete, whatever follows. */
const ESCAPE_KEY = `${ESC}[27u`

export interface Filtered {
  /** Keys, text and pastes in brackets. Sequences and characters are always whole. */
  keys: string
  /** The window got the keyboard. */
  focusIn: boolean
  /** It lost it. */
  focusOut: boolean
  /** Operating system commands (OSC) that came as answers, without their brackets. */
  answers: readonly string[]
  /** The terminal knows the kitty keyboard protocol; the answer is among the keys, too, for Ink. */
  knowsKitty: boolean
}

// Bytes are held as characters U+0000 to U+00FF: an answer may come in any encoding, and an X10 report is no text at all.
const character = String.raw`[\x20-\x7e]|\xc2[\xa0-\xbf]|[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}`
const TEXT = new RegExp(`(?:[\\t\\n\\r]|${character}){1,4096}`, 'y')
const ONE_KEY = new RegExp(`(?:[\\x00-\\x1f\\x7f]|${character})`, 'y')
const ANSWER_TEXT = new RegExp(`(?:${character}){1,4096}`, 'y')
const CUT_CHARACTER = /(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})$/y

const CSI = /(?:\[\d?[A-Z~]|[235678]\$|[\x30-\x3f]*[\x20-\x2f]*[\x40-\x5a\x5c-\x7e])/y
const CSI_PARAMETERS = /\[?[\x30-\x3f]*[\x20-\x2f]*/y
const SS3 = /[\d;]*[\x40-\x7e]/y
const CUT_SS3 = /[\d;]*$/y
/** A key behind another ESC: rxvt's way of Alt. */
const ALT_SEQUENCE = /\x1b\x1b(?:O[\d;]*[A-Za-z]|\[(?!20[01]~)(?:\d+(?:;\d+)?)?[A-HZ~a-e^$])/y
const CUT_ALT_SEQUENCE = /\x1b\x1b(?:O[\d;]*|\[[\d;]*)?$/y

/** What may be a key. F3 has no meaning here, and looks like a report of the cursor's place. */
const KEY = /^(?:\[\d?[A-Z~]|[\d;:]+[~u]|[\d;:]*[A-HPQSZ]|[a-e]|\d+[$^@])$/
/** Ink has asked for it. */
const KITTY_ANSWER = /^\?\d+u$/

/** Without more it may be a key with Alt, a letter of many bytes, or the beginning of anything. */
const UNDECIDED = /^(?:\x1b{1,2}[[\]OP_]?|\x1b?(?:\xc2|[\xc3-\xf4][\x80-\xbf]*))$/
/** ESC and this begin an answer only before what answers begin with: Alt makes the same of a key. */
const BEGINNINGS: ReadonlyMap<string, RegExp> = new Map([
  [']', /[\dlLI]/],
  ['P', /[\x21-\x3f]/],
  ['_', /G/],
])
const SEVERAL_LINES = /[^\r\n][\r\n]+[^\r\n]/
const INTERRUPT = /(?:\x03|\x1b\[99;5u|\x1b\[27;5;99~)$/
const CANCELLED = /^.*(?:\x03|\x1b\[99;5u|\x1b\[27;5;99~)/s
const INTERRUPT_KEY = `${ESC}[99;5u`
/** A key as modifyOtherKeys of xterm tells it. */
const MODIFIED = /^27;(\d{1,3});(\d{1,7})~$/

/**
 * Takes out of the input what nobody typed. Knows no stream and no clock: `rest` is to be called after
 * {@link InputFilter.waits} of silence.
 */
export class InputFilter {
  /** `landed`: a paste was taken without its end, which may still come. */
  #mode: 'keys' | 'answer' | 'paste' | 'landed' = 'keys'
  /** What cannot be told yet without the bytes that follow. */
  #held = ''
  #pasted: string[] = []
  /** The rest of this paste is not wanted. */
  #cancelled = false
  /** Lines without brackets that more may belong to. */
  #bulk = ''
  /** Text since the last key of this chunk. */
  #run = ''
  #out = ''
  #focusIn = false
  #focusOut = false
  /** Of an operating system command that is coming; undefined while another answer is. */
  #answer: string | undefined
  #answers: string[] = []
  #knowsKitty = false

  push(bytes: Uint8Array): Filtered {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
    const cancelled = this.#cancelled
    if (this.#mode === 'landed') this.#mode = goesOn(chunk) ? 'paste' : 'keys'
    this.#read(this.#held + chunk, false)
    const [interrupt] = INTERRUPT.exec(chunk) ?? []
    if (this.#mode === 'paste' && interrupt !== undefined) {
      // The paste goes first, the program at the second one.
      this.#cancelled = true
      if (cancelled) this.#endPaste('keys')
      if (cancelled) this.#key(interrupt === '\x03' ? interrupt : INTERRUPT_KEY, 0)
    }
    return this.#take()
  }

  /** After the silence: what was held is decided. */
  rest(): Filtered {
    if (this.#bulk !== '') this.#flush()
    else if (this.#mode === 'paste') this.#land()
    else if (this.#mode === 'answer') {
      this.#mode = 'keys'
      this.#held = ''
    } else this.#read(this.#held, true)
    return this.#take()
  }

  /** The silence after which `rest` has to be called; undefined where nothing is held. */
  get waits(): number | undefined {
    if (this.#bulk !== '') return BULK_MS
    if (this.#mode === 'paste') return PASTE_MS
    if (this.#mode === 'answer') return STALL_MS
    if (this.#held === '' || this.#mode === 'landed') return undefined
    return UNDECIDED.test(this.#held) ? ESCAPE_MS : STALL_MS
  }

  #take(): Filtered {
    if (this.#bulk !== '' || SEVERAL_LINES.test(this.#run)) this.#bulk += this.#run
    else this.#out += this.#run
    const keys = Buffer.from(this.#out, 'latin1').toString('utf8')
    const taken = {
      keys,
      focusIn: this.#focusIn,
      focusOut: this.#focusOut,
      answers: this.#answers,
      knowsKitty: this.#knowsKitty,
    }
    this.#answers = []
    this.#knowsKitty = false
    this.#run = ''
    this.#out = ''
    this.#focusIn = false
    this.#focusOut = false
    return taken
  }

  #read(data: string, final: boolean): void {
    this.#held = ''
    let at = 0
    while (at < data.length) {
      const next =
        this.#mode === 'paste'
          ? this.#inPaste(data, at)
          : this.#mode === 'answer'
            ? this.#inAnswer(data, at)
            : this.#next(data, at, final)
      if (next === undefined) {
        this.#held = data.length - at > LONGEST_SEQUENCE ? '' : data.slice(at)
        return
      }
      at = next
    }
  }

  #inPaste(data: string, at: number): number | undefined {
    const end = data.indexOf(PASTE_END, at)
    if (end !== -1) {
      this.#pasted.push(data.slice(at, end))
      this.#endPaste('keys')
      return end + PASTE_END.length
    }
    let cut = Math.max(at, data.length - PASTE_END.length + 1)
    while (!PASTE_END.startsWith(data.slice(cut))) cut++
    if (!this.#cancelled) this.#pasted.push(data.slice(at, cut))
    return cut === at ? undefined : cut
  }

  /** What may be the beginning of the end is text by now. */
  #land(): void {
    const text = this.#pasted.join('') + this.#held
    const [cancelled] = CANCELLED.exec(text) ?? []
    if (cancelled !== undefined) {
      // What was typed behind the key came together with it.
      this.#cancelled = true
      this.#endPaste('keys')
      this.#read(text.slice(cancelled.length), false)
      return
    }
    let whole = Math.max(0, text.length - 3)
    while (whole < text.length && matched(CUT_CHARACTER, text, whole) === undefined) whole++
    this.#pasted = [text.slice(0, whole)]
    this.#held = this.#cancelled ? '' : text.slice(whole)
    this.#endPaste(this.#cancelled ? 'keys' : 'landed')
  }

  #endPaste(mode: 'keys' | 'landed'): void {
    if (!this.#cancelled) this.#out += pasteOf(this.#pasted.join(''))
    this.#pasted = []
    this.#cancelled = false
    this.#mode = mode
  }

  /** An answer goes to its terminator. None has control characters in it: one of them is a key. */
  #inAnswer(data: string, at: number): number | undefined {
    const text = matched(ANSWER_TEXT, data, at)
    if (text !== undefined) {
      if (this.#answer !== undefined) this.#answer = (this.#answer + text).slice(0, LONGEST_ANSWER)
      return at + text.length
    }
    const [first = '', second] = data.slice(at, at + 2)
    if ((first === ESC && second === undefined) || matched(CUT_CHARACTER, data, at) !== undefined) return undefined
    if (first >= '\xa0' && !(first === '\xc2' && second === '\x9c')) return at + 1
    this.#mode = 'keys'
    const ends =
      first === '\x07' || first === '\x9c' ? 1 : first === '\xc2' || (first === ESC && second === '\\') ? 2 : 0
    if (ends > 0 && this.#answer) this.#answers.push(this.#answer)
    this.#answer = undefined
    return at + ends
  }

  /** Where the next thing begins; undefined where this one is not whole. */
  #next(data: string, at: number, final: boolean): number | undefined {
    const text = matched(TEXT, data, at)
    if (text !== undefined) {
      this.#run += text
      return at + text.length
    }
    const [first = '', second = ''] = data.slice(at, at + 2)
    if (first === ESC) return this.#escape(data, at, final)
    if (isC1(first)) return this.#sequence(data, at + 1, controlOf(first), final)
    if (first === '\xc2' && isC1(second)) return this.#sequence(data, at + 2, controlOf(second), final)
    if (first < '\x80') return this.#key(first, at + 1)
    if (!final && matched(CUT_CHARACTER, data, at) !== undefined) return undefined
    this.#run += first
    return at + 1
  }

  #escape(data: string, at: number, final: boolean): number | undefined {
    const [second, third] = data.slice(at + 1, at + 3)
    if (second === undefined) return final ? this.#key(ESCAPE_KEY, at + 1) : undefined
    if (second === ESC) return this.#doubleEscape(data, at, final)
    const beginning = BEGINNINGS.get(second)
    if (beginning && third === undefined && !final) return undefined
    if (/[[O\\]/.test(second) || (third !== undefined && beginning?.test(third))) {
      return this.#sequence(data, at + 2, second, final)
    }
    const key = matched(ONE_KEY, data, at + 1)
    if (key !== undefined) return this.#key(ESC + key, at + 1 + key.length)
    if (!final && matched(CUT_CHARACTER, data, at + 1) !== undefined) return undefined
    return this.#key(ESCAPE_KEY, at + 1)
  }

  #doubleEscape(data: string, at: number, final: boolean): number | undefined {
    const key = matched(ALT_SEQUENCE, data, at)
    if (key !== undefined) return this.#key(key, at + key.length)
    if (!final && matched(CUT_ALT_SEQUENCE, data, at) !== undefined) return undefined
    return this.#key(ESCAPE_KEY, at + 1)
  }

  /** What follows ESC and this character, or the one control character that stands for both. */
  #sequence(data: string, from: number, kind: string, final: boolean): number | undefined {
    if (kind === '[') return this.#csi(data, from, final)
    if (kind === 'O') {
      const body = matched(SS3, data, from)
      if (body !== undefined) return this.#key(`${ESC}O${body}`, from + body.length)
      if (!final && matched(CUT_SS3, data, from) !== undefined) return undefined
      return this.#key(`${ESC}O`, from)
    }
    if (/[\]P_X^]/.test(kind)) {
      this.#mode = 'answer'
      this.#answer = kind === ']' ? '' : undefined
    }
    return from
  }

  #csi(data: string, from: number, final: boolean): number | undefined {
    const body = matched(CSI, data, from)
    if (body === undefined) {
      // Before a control character or a letter of many bytes it is cut off for ever.
      const cut = from + (matched(CSI_PARAMETERS, data, from)?.length ?? 0)
      return cut === data.length && !final ? undefined : cut
    }
    const end = from + body.length
    if (body === '200~') {
      this.#flush()
      this.#mode = 'paste'
      return end
    }
    if (body === 'M') return mouseReportEnd(data, end, final)
    const [, modifiers, code] = MODIFIED.exec(body) ?? []
    if (modifiers !== undefined && code !== undefined) return this.#modified(Number(modifiers), Number(code), end)
    if (body === 'I') this.#focusIn = true
    if (body === 'O') this.#focusOut = true
    const knowsKitty = KITTY_ANSWER.test(body)
    if (knowsKitty) this.#knowsKitty = true
    if (body === '201~' || !(KEY.test(body) || knowsKitty)) return end
    return this.#key(`${ESC}[${body}`, end)
  }

  /** In the words of the kitty protocol, which Ink reads. What Shift alone is held with is text. */
  #modified(modifiers: number, code: number, end: number): number {
    const bits = Math.max(0, modifiers - 1)
    const isText = code >= 0x20 && code !== 0x7f && !(code >= 0xd800 && code < 0xe000) && code <= 0x10_ffff
    if ((bits & ~1) === 0 && isText) {
      const typed = String.fromCodePoint(code)
      const shifted = bits === 1 && /^[a-z]$/.test(typed) ? typed.toUpperCase() : typed
      this.#run += Buffer.from(shifted).toString('latin1')
      return end
    }
    // Its Meta is the key that others call Alt.
    const held = (bits & 7) | (bits & 8 ? 2 : 0)
    return this.#key(`${ESC}[${code === 8 ? 127 : code};${held + 1}u`, end)
  }

  #key(key: string, end: number): number {
    this.#flush()
    this.#out += key
    return end
  }

  /** The text before a key: it is a paste where no hand could have typed it. */
  #flush(): void {
    const text = this.#bulk + this.#run
    this.#out += this.#bulk !== '' || SEVERAL_LINES.test(text) ? pasteOf(text) : text
    this.#bulk = ''
    this.#run = ''
  }
}

/** Of a mouse report of the oldest kind three bytes follow. */
function mouseReportEnd(data: string, from: number, final: boolean): number | undefined {
  for (let at = from; at < from + 3; at++) {
    const byte = data[at]
    if (byte === undefined) return final ? at : undefined
    if (byte < '\x20') return at
  }
  return from + 3
}

/** A chunk that comes after a paste has landed goes on with it, unless it may be typed. */
function goesOn(chunk: string): boolean {
  return chunk.includes(PASTE_END) || chunk.length >= PASTED_LENGTH || SEVERAL_LINES.test(chunk)
}

function isC1(byte: string): boolean {
  return byte >= '\x80' && byte <= '\x9f'
}

/** The character that follows ESC where this control character is written with 7 bits. */
function controlOf(byte: string): string {
  return String.fromCharCode(byte.charCodeAt(0) - 0x40)
}

function pasteOf(text: string): string {
  return text === '' ? '' : PASTE_START + text + PASTE_END
}

function matched(pattern: RegExp, data: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(data)?.[0]
}
