import {expect} from 'chai'
import type {OpenAiServer} from '../fixtures/openai-server.js'
import {type AgentStep, Gate, startAgentModel} from '../helpers/agent-model.js'
import {useChats} from '../helpers/pty/suite.js'

if (process.platform !== 'win32')
  describe('sub-agents, end to end', function () {
    this.timeout(60_000)
    const suite = useChats()
    let server: OpenAiServer
    afterEach(() => server.close())

    const goals = ['Look at the parser', 'Look at the store', 'Look at the screen']

    async function open(work: Record<string, readonly AgentStep[]>) {
      const tasks = goals.map((goal) => ({goal}))
      server = await startAgentModel(tasks, work)
      const provider = `providers:\n  mine:\n    baseUrl: ${server.url}\n    apiKey: k\n`
      suite.home.configure(`discoverLocal: false\nmodel: mine/any\n${provider}`)
      const chat = suite.start()
      await chat.ready()
      await chat.submit('go')
      return chat
    }

    it('work side by side in lines, survive kill -9, and are not asked again for what they have done', async () => {
      const held = [new Gate('The store is fine.'), new Gate('The screen is fine.')]
      const chat = await open({
        'Look at the parser': ['The parser is fine.'],
        'Look at the store': [{list_files: {}}, held[0] ?? ''],
        'Look at the screen': [{list_files: {}}, held[1] ?? ''],
      })
      await chat.waitFor(/● Sub-agent finished 1\/3 Look at the parser/)
      await chat.waitFor(/▸ 2 Look at the store · 1 step[\s\S]*▸ 3 Look at the screen · 1 step/)
      await Promise.all(held.map(({asked}) => asked))
      chat.press('ctrl-o')
      await chat.waitFor(/Sub-agent at work: Look at the screen[\s\S]*› Look at the screen[\s\S]*● Listed/)
      chat.type('q')
      await chat.waitFor(/2 sub-agents at work/)
      await chat.killGateway()
      await chat.waitFor('session recovered')
      for (const gate of held) gate.open()
      await chat.submit('/continue')
      await chat.waitFor(/Delegated 3 tasks · 3 done/)
      await chat.waitFor('done')
      await chat.ready()
      const begun = goals.map(
        (goal) =>
          server.requests.filter(
            ({chat}) =>
              chat?.messages.some(({role, content}) => role === 'user' && content === goal) &&
              !chat.messages.some(({role}) => role === 'assistant'),
          ).length,
      )
      expect(begun).to.deep.equal([1, 1, 1])
    })

    it('ask with their name, are stopped alone by /agents, and by Esc together', async () => {
      const held = [new Gate('never said'), new Gate('never said')]
      const chat = await open({
        'Look at the parser': [{clarify: {question: 'Which parser?', choices: ['old', 'new']}}, 'The new one.'],
        'Look at the store': [held[0] ?? ''],
        'Look at the screen': [held[1] ?? ''],
      })
      await chat.waitFor('Look at the parser asks: Which parser?')
      await chat.waitFor('choose or write')
      chat.type('2')
      await chat.waitFor(/● Sub-agent finished 1\/3 Look at the parser/)
      await chat.submit('/agents')
      await chat.waitFor(/1 {2}Look at the store · works/)
      await chat.submit('/agents stop 1')
      await chat.waitFor(/Could not finish sub-agent 2\/3 Look at the store/)
      chat.press('escape')
      await chat.waitFor(/Could not finish sub-agent 3\/3 Look at the screen/)
      await chat.waitFor(/Delegated 3 tasks · 1 done · 1 stopped · 1 interrupted/)
      await chat.ready()
    })
  })
