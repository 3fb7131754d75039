import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {readLogind} from '../../src/doctor/logind.js'

describe('what the login manager does at logout', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'hermes-logind-'))
    put('run/systemd/system/x', '')
  })
  afterEach(() => rmSync(root, {recursive: true, force: true}))

  function put(name: string, text: string): void {
    const file = path.join(root, name)
    mkdirSync(path.dirname(file), {recursive: true})
    writeFileSync(file, text)
  }
  const read = (env: NodeJS.ProcessEnv = {}) => readLogind({env, user: 'me', uid: 1000, root})
  const login = (text: string) => `[Login]\n${text}\n`

  it('is nothing where systemd does not run', () => {
    rmSync(path.join(root, 'run/systemd'), {recursive: true})
    expect(read()).to.equal(undefined)
  })

  it('spares all by default, with files that say nothing or are of another section', () => {
    expect(read()).to.deep.equal({
      kills: false,
      says: undefined,
      lingers: false,
      inService: false,
      userBus: false,
      endsServices: false,
    })
    put('etc/systemd/logind.conf', '[Login]\n#KillUserProcesses=yes\n[Other]\nKillUserProcesses=yes\n')
    expect(read()).to.include({kills: false, says: undefined})
  })

  it('reads what systemd takes for yes and no, the last of all files winning, those of the administrator first', () => {
    const word = fc.constantFrom('yes', 'no', 'true', 'false', '1', '0', 'on', 'off', 'YES')
    const place = fc.constantFrom('etc/systemd', 'run/systemd', 'usr/lib/systemd')
    const dropIn = fc.tuple(place, fc.integer({min: 10, max: 13}), word)
    fc.assert(
      fc.property(fc.option(word), fc.array(dropIn, {maxLength: 6}), (main, dropIns) => {
        rmSync(root, {recursive: true, force: true})
        put('run/systemd/system/x', '')
        if (main !== null) put('etc/systemd/logind.conf', login(`KillUserProcesses = ${main}`))
        const ranks = ['etc/systemd', 'run/systemd', 'usr/lib/systemd']
        const winners = new Map<number, [rank: number, word: string]>()
        for (const [where, number, said] of dropIns) {
          put(`${where}/logind.conf.d/${number}-x.conf`, login(`KillUserProcesses=${said}`))
          const rank = ranks.indexOf(where)
          const before = winners.get(number)
          if (!before || rank <= before[0]) winners.set(number, [rank, said])
        }
        const last = [...winners].sort(([a], [b]) => a - b).at(-1)?.[1][1] ?? main ?? 'no'
        expect(read()?.kills).to.equal(/^(?:yes|true|1|on)$/i.test(last))
      }),
    )
  })

  it('spares those who are excluded, and all but those who are named', () => {
    const kills = (text: string) => {
      put('etc/systemd/logind.conf', login(`KillUserProcesses=yes\n${text}`))
      return read()?.kills
    }
    expect(kills('')).to.equal(true)
    expect(kills('KillExcludeUsers=root me')).to.equal(false)
    expect(kills('KillOnlyUsers=you')).to.equal(false)
    expect(kills('KillOnlyUsers=you me')).to.equal(true)
  })

  it('knows linger, user bus, a service of the person, and Ubuntu 24.04', () => {
    put('var/lib/systemd/linger/me', '')
    put('run/user/1000/bus', '')
    put('proc/self/cgroup', '0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-u1.scope\n')
    put('etc/os-release', 'NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="24.04"\n')
    expect(read()).to.include({lingers: true, userBus: true, inService: true, endsServices: true})
    put('proc/self/cgroup', '0::/user.slice/user-1000.slice/session-3.scope\n')
    put('etc/os-release', 'ID=ubuntu\nVERSION_ID="26.04"\n')
    expect(read()).to.include({inService: false, endsServices: false})
    expect(read({XDG_RUNTIME_DIR: '/elsewhere'})?.userBus).to.equal(false)
  })
})
