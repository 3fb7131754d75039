import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {placeOf} from '../../../src/doctor/drill/small-cgroup.js'

describe('a small memory cgroup', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'hermes-cgroup-'))
  })
  afterEach(() => rmSync(root, {recursive: true, force: true}))

  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(root, file)), {recursive: true})
    writeFileSync(path.join(root, file), content)
  }
  const place = () => {
    const found = placeOf(1000, root)
    const below = (file: string) => path.relative(path.join(root, 'sys/fs/cgroup'), file)
    return found && {own: below(found.own), small: below(path.dirname(found.small)), limits: found.limits}
  }

  it('is none where nothing counts memory', () => {
    expect(place()).to.equal(undefined)
    write('proc/self/cgroup', '3:cpu:/\n0::/\n')
    write('sys/fs/cgroup/memory.max', 'max')
    expect(place()).to.equal(undefined)
  })

  it('is below the own one in version 1', () => {
    write('proc/self/cgroup', '4:memory:/a/b\n3:cpu:/\n')
    expect(place()).to.equal(undefined)
    write('sys/fs/cgroup/memory/a/b/memory.limit_in_bytes', '9')
    expect(place()).to.deep.include({own: 'memory/a/b', small: 'memory/a/b'})
    expect(place()?.limits.find(({needed}) => needed)).to.include({file: 'memory.limit_in_bytes', value: '1000'})
  })

  it('is beside the own one in version 2, and does not swap', () => {
    write('proc/self/cgroup', '0::/user.slice/app.slice/x.scope\n')
    write('sys/fs/cgroup/user.slice/app.slice/x.scope/memory.max', 'max')
    expect(place()).to.deep.include({own: 'user.slice/app.slice/x.scope', small: 'user.slice/app.slice'})
    expect(place()?.limits.map(({file, value}) => `${file}=${value}`)).to.deep.equal([
      'memory.max=1000',
      'memory.swap.max=0',
    ])
  })
})
