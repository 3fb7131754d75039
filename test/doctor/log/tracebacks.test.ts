import {execFileSync, spawnSync} from 'node:child_process'
import {expect} from 'chai'
import fc from 'fast-check'
import {lastOfTraceback} from '../../../src/doctor/log/reference.js'
import {readText} from './collect.js'

const name = fc.stringMatching(/^[A-Z][A-Za-z0-9]{2,20}$/).filter((word) => !/^(?:Traceback|During|The)$/.test(word))
const modules = fc.array(fc.stringMatching(/^[a-z_]{1,9}$/), {maxLength: 3})
/** Lines that may follow the first one of a message: of the message, or a note. */
const more = fc.array(
  fc.constantFrom(
    'field',
    'hint: look here',
    '  Input should be an int',
    'model',
    'a.b: c',
    'Error',
    'Traceback (most recent call last):',
  ),
  {
    maxLength: 4,
  },
)
const message = fc.constantFrom('', ': no such', ': config:', ": 'x'", ': 1 validation error for model')
const frames = ['  File "/x/e.py", line 3, in run', '    work()', '    ~~~~^^']

const link = fc.constantFrom(
  'During handling of the above exception, another exception occurred:',
  'The above exception was the direct cause of the following exception:',
)

describe('the error that a Python traceback tells of', () => {
  it('is the last one of its chain, by its first line, whatever its message and notes are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, modules, message, more, link), {minLength: 1, maxLength: 4}),
        fc.boolean(),
        (chain, asGroup) => {
          const [last] = chain.slice(-1)
          if (!last) return
          const [called, within, said] = last
          const first = `${[...within, called].join('.')}${said}`
          const body = chain.flatMap(([one, path, text, rest, then], index) => {
            const lines = [...frames, `${[...path, one].join('.')}${text}`, ...rest]
            const isLast = index === chain.length - 1
            if (isLast && asGroup) {
              const part = ['  +-+---------------- 1 ----------------', '    | ValueError: inner', '    +----']
              return [
                '  + Exception Group Traceback (most recent call last):',
                ...lines.map((line) => `  | ${line}`),
                ...part,
              ]
            }
            return ['Traceback (most recent call last):', ...lines, ...(isLast ? [] : [then])]
          })
          expect(lastOfTraceback(body)).to.deep.equal({name: called, text: first})
        },
      ),
    )
  })

  it('is none where the death came before its line', () => {
    fc.assert(
      fc.property(fc.nat(2), (count) => {
        expect(lastOfTraceback(['Traceback (most recent call last):', ...frames.slice(0, count)])).to.equal(undefined)
      }),
    )
  })

  it('is what Python itself writes it as', function () {
    if (spawnSync('python3', ['--version']).status !== 0) this.skip()
    const raising: [code: string, name: string][] = [
      ['raise KeyError("x")', 'KeyError'],
      ['class Gone(Exception): pass\nraise Gone', 'Gone'],
      ['raise RuntimeError("config:\\nline two: not a name")', 'RuntimeError'],
      ['try:\n  import nosuch_module\nexcept ImportError as e:\n  raise ValueError("y") from e', 'ValueError'],
      ['try:\n  1/0\nfinally:\n  raise LookupError', 'LookupError'],
      ['import json\njson.loads("{")', 'JSONDecodeError'],
      ['compile("a b", "f", "exec")', 'SyntaxError'],
      ['def f(): f()\nf()', 'RecursionError'],
    ]
    const [, minor = '0'] = execFileSync('python3', ['--version'], {encoding: 'utf8'}).split('.')
    if (Number(minor) >= 11) {
      raising.push(['e = KeyError("x"); e.add_note("hint: y"); e.add_note("Traceback later"); raise e', 'KeyError'])
      raising.push(['raise ExceptionGroup("several", [ValueError("one"), TypeError("two")])', 'ExceptionGroup'])
    }
    for (const [code, called] of raising) {
      const {stderr} = spawnSync('python3', ['-c', code], {encoding: 'utf8'})
      const log = `\n=== unhandled exception · 2026-11-23 18:42:00 ===\n${stderr}`
      expect(lastOfTraceback(readText(log).entries[0]?.body ?? [])?.name, stderr).to.equal(called)
    }
  })

  it('is found behind a stack of any length', () => {
    const stack = Array.from({length: 5000}, (_, index) => `  File "/x/e.py", line ${index}, in run`)
    const lines = ['Traceback (most recent call last):', ...stack, 'KeyError: 1']
    const {entries} = readText(`\n=== unhandled exception · 2026-11-23 18:42:00 ===\n${lines.join('\n')}\n`)
    expect(entries[0]?.body).to.have.length(200)
    expect(lastOfTraceback(entries[0]?.body ?? [])?.name).to.equal('KeyError')
  })
})
