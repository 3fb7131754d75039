// What the build changes in dependencies: what they do on import, or at the first word that is drawn, that a chat need not
// wait for, and what they keep in memory for nothing. Each says what it saves, of the 240 ms to the first frame or of
// memory, and fails the build when the dependency no longer looks as it did.
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {transformSync} from 'esbuild'

/**
 * Characters that are one column wide, whatever stands beside them: ASCII, Latin, the lines, arrows, dots and braille that
 * a terminal program draws with, and those for private use, which stand for the rows of the live part in all that Ink
 * measures.
 */
export const narrow =
  '\\u0020-\\u007E\\u00A1-\\u00A8\\u00AA-\\u00AC\\u00AF-\\u02FF\\u2010-\\u2027\\u2030-\\u203B\\u2190-\\u2193\\u23BF\\u2500-\\u259F\\u25CB\\u25CF\\u2713\\u2714\\u2716\\u2717\\u273B\\u276F\\u2800-\\u28FF\\uE000-\\uF8FF'

/** Texts of which each unit is a character of its own for `Intl.Segmenter` too: those, what sequences begin and end with, and line feeds (without a return before them). */
export const alone = `^[\\x07\\n\\x1B${narrow}]*$`

const lateWasm = fileURLToPath(new URL('../src/memory/late-wasm.ts', import.meta.url))

const changes = [
  {
    // 17 ms, and 2.5 MB that stay: ICU's rules are loaded with the first one. Made when a text needs it.
    file: /node_modules[\\/].*\.js$/,
    has: 'new Intl.Segmenter(',
    change: (text) =>
      text.replaceAll(
        /^const (\w+) = (new Intl\.Segmenter\([^)]*\));?$/gm,
        (_, name, made) =>
          `let ${name}Made; const ${name} = {segment: (text) => (/${alone}/.test(text) ? Array.from(text, (segment, index) => ({segment, index})) : (${name}Made ??= ${made}).segment(text))};`,
      ),
  },
  {
    // 22 ms: Unicode's tables of properties, for a text that has a `·` in it; and 2 MB, for all that Ink measures.
    file: /node_modules[\\/]string-width[\\/]index\.js$/,
    has: '/^[\\u0020-\\u007E]*$/',
    change: (text) => text.replaceAll('/^[\\u0020-\\u007E]*$/', `/^[${narrow}]*$/`),
    required: true,
  },
  {
    // 8 ms: the list of all emoji, for a text that is not narrow. Unlike others it is built with the literal.
    file: /node_modules[\\/]string-width[\\/]index\.js$/,
    has: 'const rgiEmojiRegex = /^\\p{RGI_Emoji}$/v;',
    change: (text) =>
      text.replace(
        /^const rgiEmojiRegex = (.*);$/m,
        'let rgiEmojiMade; const rgiEmojiRegex = {test: (text) => (rgiEmojiMade ??= $1).test(text)};',
      ),
    required: true,
  },
  {
    // 3 ms: a search for files, for plugins without a manifest.
    file: /node_modules[\\/]@oclif[\\/]core[\\/]lib[\\/]config[\\/]plugin\.js$/,
    has: 'const tinyglobby_1 = require("tinyglobby");',
    change: (text) =>
      text.replace(
        'const tinyglobby_1 = require("tinyglobby");',
        'const tinyglobby_1 = {get glob() {return require("tinyglobby").glob}};',
      ),
    required: true,
  },
  {
    // 8 ms: a collator, to put the ids of commands in order. They are ASCII.
    file: /node_modules[\\/]@oclif[\\/]core[\\/]lib[\\/]config[\\/]plugin\.js$/,
    has: '=> a.id.localeCompare(b.id)',
    change: (text) => text.replaceAll('=> a.id.localeCompare(b.id)', '=> (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)'),
    required: true,
  },
  {
    // 3.5 MB: V8's last compiler, which it comes to in ten turns.
    file: /node_modules[\\/]yoga-layout[\\/]dist[\\/]src[\\/]index\.js$/,
    has: 'await loadYoga()',
    change: (text) =>
      `import {loadLateWasm} from ${JSON.stringify(lateWasm)};\n${text.replace('await loadYoga()', 'await loadLateWasm(loadYoga)')}`,
    required: true,
  },
  {
    // 20 ms: its loader asks `fetch` for a data: address, and Node loads undici for that. Without one it decodes by itself.
    file: /node_modules[\\/]yoga-layout[\\/].*yoga-wasm-base64-esm\.js$/,
    has: 'typeof fetch',
    change: (text) => `const fetch = undefined;\n${text}`,
    required: true,
  },
  {
    // 1.4 ms: its own program as base64, a character at a time, in a loop that V8 then optimises.
    file: /node_modules[\\/]yoga-layout[\\/].*yoga-wasm-base64-esm\.js$/,
    has: 'var b=xa(a.slice(37)),c=new Uint8Array(b.length);for(a=0;a<b.length;++a)c[a]=b.charCodeAt(a);var d=c',
    change: (text) =>
      text.replace(
        'var b=xa(a.slice(37)),c=new Uint8Array(b.length);for(a=0;a<b.length;++a)c[a]=b.charCodeAt(a);var d=c',
        'var d=new Uint8Array(Buffer.from(a.slice(37),"base64"))',
      ),
    required: true,
  },
  {
    // 1.4 ms: all of `node:assert`, for what is called with a function.
    file: /node_modules[\\/]ink[\\/]node_modules[\\/]signal-exit[\\/]index\.js$/,
    has: "var assert = require('assert')",
    change: (text) =>
      text.replace(
        "var assert = require('assert')",
        "var assert = {equal: (...all) => require('assert').equal(...all)}",
      ),
    required: true,
  },
  {
    // 0.8 ms: for arguments that are read from a pipe.
    file: /node_modules[\\/]@oclif[\\/]core[\\/]lib[\\/]parser[\\/]parse\.js$/,
    has: 'const node_readline_1 = require("node:readline");',
    change: (text) =>
      text.replace(
        'const node_readline_1 = require("node:readline");',
        'const node_readline_1 = {get createInterface() {return require("node:readline").createInterface}};',
      ),
    required: true,
  },
  {
    // V8 keeps the text: 316 KB, of which short names leave 130. All of it is within one function, and its own errors are
    // numbers anyway.
    file: /node_modules[\\/]react-reconciler[\\/]cjs[\\/]react-reconciler\.production\.js$/,
    has: 'module.exports = function ($$$config) {',
    change: (text) => transformSync(text, {minify: true, legalComments: 'none'}).code,
    required: true,
  },
]

/** The packages that are looked at. */
const filter =
  /node_modules[\\/](?:ink|string-width|slice-ansi|cli-truncate|wrap-ansi|yoga-layout|react-reconciler|@alcalzone|@oclif)[\\/].*\.js$/

export const dependencyPatches = {
  name: 'dependency-patches',
  setup(context) {
    context.onLoad({filter}, ({path}) => {
      const before = readFileSync(path, 'utf8')
      let text = before
      for (const {file, has, change, required} of changes) {
        if (!file.test(path)) continue
        if (text.includes(has)) text = change(text)
        // The older CommonJS copy of string-width that oclif has is not loaded for a chat.
        else if (required && !(path.includes('string-width') && text.includes('module.exports')))
          return {errors: [{text: `${path} no longer has "${has}": see scripts/dependency-patches.js`}]}
      }
      return text === before ? undefined : {contents: text, loader: 'js'}
    })
  },
}
