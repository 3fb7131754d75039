import {expect} from 'chai'
import fc from 'fast-check'
import {readFrontmatter} from '../../../src/gateway/context/frontmatter.js'
import {expandCommand} from '../../../src/gateway/context/prompt-command.js'
import {hostileYaml} from '../../helpers/hostile/hostile-yaml.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'

describe('a frontmatter', () => {
  it('is YAML, or what people write in its place', async () => {
    const fieldsOf = async (head: string) => (await readFrontmatter(`---\n${head}\n---\nbody`)).fields
    expect(await fieldsOf('description: >-\n  two\n  lines\nName: "x"')).to.deep.equal({
      description: 'two lines',
      name: 'x',
    })
    expect(await fieldsOf('description: Use when: it rains')).to.deep.equal({description: 'Use when: it rains'})
    expect(await fieldsOf('argument-hint: [file] [focus]')).to.deep.equal({'argument-hint': '[file] [focus]'})
    expect(await fieldsOf('argument-hint: [file]')).to.deep.equal({'argument-hint': '[file]'})
    expect(await fieldsOf('list: {a: 1}\nn: 1\nb: true')).to.deep.equal({n: '1', b: 'true'})
    expect((await readFrontmatter('---\nno end')).body).to.equal('---\nno end')
    expect(await readFrontmatter('\ufeff---\r\na: 1\r\n---\r\nbody\r\n')).to.deep.equal({
      fields: {a: '1'},
      body: 'body\n',
    })
    expect(await readFrontmatter('---\n---\nbody')).to.deep.equal({fields: {}, body: 'body'})
  })

  it('of any kind gives one-line texts, and leaves the body as it is', async function () {
    this.timeout(120_000)
    const odd = fc.oneof(
      {weight: 4, arbitrary: fc.string({unit: 'binary', maxLength: 200})},
      {
        weight: 2,
        arbitrary: fc
          .array(fc.tuple(fc.string(), fc.string()), {maxLength: 8})
          .map((pairs) => pairs.map(([name, value]) => `${name}: ${value}`).join('\n')),
      },
      {weight: 1, arbitrary: hostileYaml},
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          '__proto__: x\nconstructor: y',
          '- a\n- b',
          'a: &a [*a]',
          '? x',
          '%YAML 9',
          '!!js/function x',
          'a: 1\na: 2',
          '\u001b[31m: x',
          'description: "\\e[31m"',
        ),
      },
    )
    let count = 0
    await fc.assert(
      fc.asyncProperty(odd, fc.string({unit: 'grapheme'}), async (head, body) => {
        count++
        const clean = head.replaceAll(/\n(?:---|\.\.\.)/g, '\n').replaceAll('\r', '')
        const {fields, body: left} = await readFrontmatter(`---\n${clean}\n---\n${body}`)
        for (const value of Object.values(fields)) {
          expect(value).to.be.a('string')
          expect(value).to.not.match(/[\p{Cc}]/u)
          expect(value.length).to.be.at.most(2001)
        }
        if (clean.length < 10_000) expect(left).to.equal(body.replaceAll('\r\n', '\n'))
      }),
      {numRuns: runs(300, 60)},
    )
    tellTried(count, 'odd frontmatters')
  })
})

describe('what is typed behind a command', () => {
  it('is put in as it is, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), (given) => {
        expect(expandCommand('<$ARGUMENTS>', given)).to.equal(`<${given}>`)
      }),
    )
  })
})
