import {chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {socketPlace} from '../../../src/gateway/hand-over/socket-place.js'

if (process.platform !== 'win32')
  describe('the place of a socket', () => {
    let folder = ''
    const run = () => path.join(folder, 'run')
    const runtime = () => path.join(folder, 'runtime')
    const place = (env: NodeJS.ProcessEnv = {XDG_RUNTIME_DIR: runtime()}) => socketPlace(env, run(), '1-abc.sock')
    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'hermes-place-'))
      mkdirSync(runtime(), {mode: 0o700})
    })
    afterEach(() => rmSync(folder, {recursive: true, force: true}))

    it("is the person's runtime folder, where there is one, in a folder for this person alone", () => {
      expect(place()).to.equal(path.join(runtime(), 'hermes', '1-abc.sock'))
      expect(statSync(path.join(runtime(), 'hermes')).mode & 0o777).to.equal(0o700)
    })

    it('is the run folder where there is none, or it is no absolute path', () => {
      for (const env of [{}, {XDG_RUNTIME_DIR: ''}, {XDG_RUNTIME_DIR: 'here'}]) {
        expect(place(env)).to.equal(path.join(run(), '1-abc.sock'))
      }
    })

    const unfit: Record<string, () => void> = {
      'is open to others': () => {
        mkdirSync(path.join(runtime(), 'hermes'))
        chmodSync(path.join(runtime(), 'hermes'), 0o777)
      },
      'is a link': () => symlinkSync(folder, path.join(runtime(), 'hermes')),
      'can not be made': () => rmSync(runtime(), {recursive: true}) ?? symlinkSync('/proc/nowhere', runtime()),
    }
    for (const [what, make] of Object.entries(unfit)) {
      it(`is the run folder where the other one ${what}`, () => {
        make()
        expect(place()).to.equal(path.join(run(), '1-abc.sock'))
      })
    }

    it('is nowhere where each path is too long, and says what helps', () => {
      const deep = path.join(folder, 'd'.repeat(100))
      expect(() => socketPlace({XDG_RUNTIME_DIR: deep}, deep, 'a.sock')).to.throw(/too long for a socket/)
    })
  })
