import {execFileSync} from 'node:child_process'
import {expect} from 'chai'
import fc from 'fast-check'
import {
  isPartialClone,
  parseSettings,
  renderSettings,
  type Setting,
  safeSettings,
} from '../../../src/permissions/git/settings.js'
import {runs} from '../../helpers/sample.js'
import {program} from './lab.js'

const listed = (text: string) =>
  parseSettings(
    execFileSync(program ?? 'git', ['config', '--file', '-', '-z', '--list'], {
      input: Buffer.from(text, 'latin1'),
      encoding: 'latin1',
      cwd: '/',
    }),
  )

describe('settings of a repository that are handed on', function () {
  this.timeout(60_000)
  before(function () {
    if (!program) this.skip()
  })

  it('are written so that git reads what was read', () => {
    const byte = fc.integer({min: 1, max: 255}).map((code) => String.fromCharCode(code))
    const value = fc.string({
      unit: fc.oneof(byte, fc.constantFrom('"', '\\', '\n', ';', '#', ' ', '\t', '=', '[', ']')),
    })
    const setting: fc.Arbitrary<Setting> = fc.record({
      section: fc.constantFrom('branch', 'remote', 'core', 'diff'),
      subsection: fc.option(
        value.filter((text) => !text.includes('\n')),
        {nil: undefined},
      ),
      name: fc.constantFrom('url', 'merge', 'x-y1'),
      value: fc.option(
        value.filter((text) => !text.includes('\r\n')),
        {nil: undefined},
      ),
    })
    fc.assert(
      fc.property(fc.array(setting, {minLength: 20, maxLength: 40}), (settings) => {
        expect(listed(renderSettings(settings))).to.deep.equal(settings)
      }),
      {numRuns: runs(100, 20)},
    )
    console.log('    settings of git: some 3000 written and read by git')
  })

  it('name no program and no file', () => {
    const named = `core.fsmonitor core.hookspath core.sshcommand core.pager core.editor core.askpass core.attributesfile
      core.excludesfile core.worktree core.gitproxy core.alternaterefscommand diff.external diff.orderfile diff.x.command
      diff.x.textconv diff.x.cachetextconv filter.x.clean filter.x.smudge filter.x.process filter.x.required
      merge.x.driver gpg.program gpg.ssh.program gpg.ssh.defaultkeycommand log.showsignature log.diffmerges alias.x
      pager.log include.path includeif.gitdir:/.path remote.x.uploadpack remote.x.receivepack remote.x.promisor
      remote.x.vcs remote.x.proxy protocol.ext.allow submodule.x.update submodule.x.ignore submodule.recurse
      status.submodulesummary diff.submodule diff.ignoresubmodules credential.helper hook.x.command trace2.eventtarget
      blame.ignorerevsfile mailmap.file commit.template init.templatedir sendemail.x interactive.difffilter
      branch.x.mergeoptions core.creatobject uploadpack.packobjectshook url.x.allow extensions.worktreeconfig
      extensions.partialclone __proto__.x constructor.y.z`.split(/\s+/)
    const settings = named.flatMap((key) => parseSettings(`${key}\nvalue\0`))
    expect(settings).to.have.length(named.length)
    expect(safeSettings(settings, settings)).to.deep.equal([])
  })

  it('take no format from config.worktree', () => {
    const format = parseSettings(
      'core.repositoryformatversion\n1\0extensions.objectformat\nsha256\0core.sparsecheckout\ntrue\0',
    )
    expect(safeSettings(format, []).map((one) => one.name)).to.deep.equal([
      'repositoryformatversion',
      'objectformat',
      'sparsecheckout',
    ])
    expect(safeSettings([], format).map((one) => one.name)).to.deep.equal(['sparsecheckout'])
  })

  it('tell a partial clone', () => {
    for (const [text, partial] of [
      ['extensions.partialclone\norigin\0', true],
      ['remote.x.promisor\ntrue\0', true],
      ['remote.x.promisor\nfalse\0', false],
      ['remote.x.url\nx\0', false],
    ] as const)
      expect(isPartialClone(parseSettings(text)), text).to.equal(partial)
  })
})
