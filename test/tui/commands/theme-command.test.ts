import {expect} from 'chai'
import fc from 'fast-check'
import {chooseTheme, themeCommands} from '../../../src/tui/commands/theme-command.js'
import type {CommandContext} from '../../../src/tui/commands/types.js'
import {picked} from '../../../src/tui/state/picker.js'
import type {ChatAction} from '../../../src/tui/state/state.js'
import {Look} from '../../../src/tui/text/theme/look.js'
import {themeNames} from '../../../src/tui/text/theme/themes.js'

describe('/theme', () => {
  const [command] = themeCommands

  function context(look: Look) {
    const said: string[] = []
    const actions: ChatAction[] = []
    const themes = {
      get chosen() {
        return look.chosen
      },
      get palette() {
        return look.palette
      },
      choose: (name: (typeof themeNames)[number]) => look.choose(name),
    }
    const notice = (tone: string, text: string) => said.push(`${tone}: ${text}`)
    const store = {dispatch: (action: ChatAction) => actions.push(action)}
    return {said, actions, context: {themes, notice, store} as unknown as CommandContext}
  }

  it('lists all, with the present one picked and marked', () => {
    for (const name of themeNames) {
      const look = new Look({TERM: 'xterm-256color'})
      look.choose(name)
      const {context: own, actions} = context(look)
      command?.run(own, '')
      const [action] = actions
      if (action?.type !== 'pick' || !action.picker) throw new Error('no picker')
      expect(action.picker.choices.map(({value}) => value)).to.deep.equal([...themeNames])
      expect(picked(action.picker)).to.include({value: name})
      expect(action.picker.choices.filter(({detail}) => detail.includes('current'))).to.have.length(1)
    }
  })

  it('takes a name of a theme, says what is used for it, and refuses every other', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...themeNames), fc.string({maxLength: 80})), (name) => {
        const look = new Look({TERM: 'xterm-256color', COLORFGBG: '15;0'})
        const {context: own, said} = context(look)
        chooseTheme(own, name)
        const known = (themeNames as readonly string[]).includes(name)
        expect(look.chosen).to.equal(known ? name : 'auto')
        expect(said).to.have.length(1)
        expect(said[0]).to.match(known ? /^good: theme: .*ui\.theme/ : /^warn: there is no theme .*\/theme auto, dark/)
        expect(said[0]).not.to.match(/\n/)
      }),
    )
    const {context: own, said} = context(new Look({TERM: 'xterm-256color', COLORFGBG: '15;0'}))
    chooseTheme(own, 'auto')
    expect(said[0]).to.include('theme: auto (dark)')
  })
})
