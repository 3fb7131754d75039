import {expect} from 'chai'
import fc from 'fast-check'
import {isCloudValue} from '../../../../src/config/cloud-values.js'
import {type CloudField, cloudFields} from '../../../../src/config/schema.js'
import {signedHeaders} from '../../../../src/gateway/models/cloud/aws-signature.js'
import {type CloudKind, clouds} from '../../../../src/gateway/models/cloud/clouds.js'
import {cloudLack, findProvider, isUsable, providerNames} from '../../../../src/gateway/models/providers.js'
import {runs} from '../../../helpers/sample.js'
import {registry, settings} from '../helpers.js'

const kinds = Object.keys(clouds) as CloudKind[]
const values: Record<CloudField, string> = {
  resource: 'my-res',
  apiVersion: 'preview',
  region: 'eu-central-1',
  project: 'p-1',
  location: 'europe-west4',
}
const hosts: Record<CloudKind, string> = {
  azure: 'my-res.openai.azure.com',
  bedrock: 'bedrock-runtime.eu-central-1.amazonaws.com',
  vertex: 'europe-west4-aiplatform.googleapis.com',
}
const keyed = {apiKey: 'k'}
/** What would lead a request to another host, and all else that is no part of one. */
const hostile = fc.oneof(
  fc.constantFrom('x@evil.example', 'evil.example/', 'a.b', 'https://x', 'x:80', '../x', 'x#', 'x?', 'ä', '-x', 'x\n'),
  fc.string({minLength: 1}),
)
const fieldsOf = (kind: CloudKind) => Object.keys(clouds[kind].fields) as CloudField[]

describe('clouds', () => {
  it('have their address from settings or variables, the settings first', () => {
    for (const kind of kinds) {
      const fields = fieldsOf(kind)
      const own = Object.fromEntries(fields.map((field) => [field, values[field]]))
      const env = Object.fromEntries(
        fields.flatMap((field) => clouds[kind].fields[field] ?? []).map((v) => [v, 'other']),
      )
      const set = findProvider(settings({providers: {[kind]: {...keyed, ...own}}, env}), kind, {})
      expect(new URL(set?.baseUrl ?? '').host, kind).to.equal(hosts[kind])
      const [first = 'azure'] = fields.map((field) => clouds[kind].fields[field]?.[0])
      const named = Object.fromEntries(fields.map((field) => [clouds[kind].fields[field]?.[0], values[field]]))
      const byEnv = findProvider(settings({env: {...named, [clouds[kind].keyVariables[0] ?? '']: 'k'}}), kind, {})
      expect(new URL(byEnv?.baseUrl ?? '').host, first).to.equal(hosts[kind])
      expect(byEnv && isUsable(byEnv), kind).to.equal(true)
      // Under another name too.
      const work = settings({providers: {work: {kind, ...keyed, ...own}}})
      expect(providerNames(work)).to.include('work')
      expect(findProvider(work, 'work', {})?.kind).to.equal(kind)
    }
  })

  it('say what is missing, and where it is set', () => {
    const lack = (kind: CloudKind, own: object, env = {}) =>
      cloudLack(findProvider(settings({providers: {[kind]: own}, env}), kind, {}) as never, 'claude-x')
    expect(lack('azure', keyed)?.remedy.join())
      .to.contain('AZURE_RESOURCE_NAME')
      .and.contain('providers.azure.resource')
    expect(lack('azure', {resource: 'r'})?.remedy.join()).to.contain('AZURE_API_KEY')
    expect(lack('azure', {kind: 'azure', baseUrl: 'http://here', ...keyed})).to.equal(undefined)
    expect(lack('bedrock', keyed)?.remedy.join()).to.contain('AWS_REGION')
    const signing = {AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_DEFAULT_REGION: 'us-gov-west-1'}
    expect(lack('bedrock', {}, signing)).to.equal(undefined)
    expect(lack('bedrock', {}, {...signing, AWS_SECRET_ACCESS_KEY: ' '})?.remedy.join()).to.contain('aws configure')
    expect(lack('vertex', {project: 'p'})?.text).to.contain('location')
    // A key is for Google's own models alone.
    expect(lack('vertex', keyed)?.text).to.contain('project')
    const vertex = findProvider(settings({providers: {vertex: keyed}}), 'vertex', {})
    expect(vertex && cloudLack(vertex, 'gemini-x')).to.equal(undefined)
  })

  it('leave a server of their name as it is', () => {
    for (const kind of kinds) {
      const at = (own: object) =>
        findProvider(settings({providers: {[kind]: {baseUrl: 'http://here/v1', ...own}}}), kind, {})
      expect(at({})).to.include({kind: 'openai-compatible', baseUrl: 'http://here/v1', keyRequired: false})
      expect(at({})?.cloud).to.equal(undefined)
      expect(at({kind})?.kind).to.equal(kind)
      for (const field of fieldsOf(kind)) expect(at({[field]: values[field]})?.kind).to.equal(kind)
    }
  })

  it('never call another host for a value of a setting, and name its place', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), hostile, (kind, value) => {
        for (const field of fieldsOf(kind)) {
          const [variable = ''] = clouds[kind].fields[field] ?? []
          const own = Object.fromEntries(fieldsOf(kind).map((each) => [each, values[each]]))
          delete own[field]
          const provider = findProvider(
            settings({providers: {[kind]: {...keyed, ...own}}, env: {[variable]: value}}),
            kind,
            {},
          )
          const lack = provider && cloudLack(provider, 'claude-x')
          const given = value.trim()
          if (given === '') continue
          if (isCloudValue(field, given)) expect(lack?.text).to.equal(undefined)
          else expect(lack?.text).to.contain(variable).and.contain(JSON.stringify(given))
          if (!lack && provider) {
            const {host} = new URL(provider.baseUrl)
            expect(host).to.match(
              /\.(?:openai\.azure\.com|amazonaws\.(?:com|com\.cn|eu)|sc2s\.sgov\.gov|ic\.gov|googleapis\.com)$|^aiplatform\.googleapis\.com$/,
            )
          }
        }
      }),
      {numRuns: runs(2000, 200)},
    )
  })

  it('become the default only where a model of them is configured', async () => {
    const env = {
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      AWS_REGION: 'eu-west-1',
      GOOGLE_VERTEX_API_KEY: 'k',
    }
    expect(await registry({env}).defaultId()).to.equal('offline')
    expect(await registry({env}).configured()).to.equal(false)
    const bedrock = {models: ['eu.x']}
    expect(await registry({env, providers: {bedrock}}).defaultId()).to.equal('bedrock/eu.x')
  })

  it('take each setting in its form, from a file as from the environment', () => {
    for (const field of cloudFields) expect(isCloudValue(field, values[field]), field).to.equal(true)
    for (const version of ['v1', '2024-10-21', '2025-04-01-preview'])
      expect(isCloudValue('apiVersion', version)).to.equal(true)
    for (const region of ['us-east-1', 'us-gov-west-1', 'cn-north-1', 'ap-southeast-2']) {
      expect(isCloudValue('region', region), region).to.equal(true)
    }
  })

  it('sign as the documentation of AWS does', () => {
    const credentials = {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      sessionToken: undefined,
    }
    const sign = (address: string) =>
      signedHeaders({
        url: new URL(address),
        region: 'us-east-1',
        service: 'service',
        credentials,
        at: new Date('2015-08-30T12:36:00Z'),
      }).authorization
    expect(sign('https://example.amazonaws.com/')).to.match(
      /Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31$/,
    )
    expect(sign('https://example.amazonaws.com/?Param2=value2&Param1=value1')).to.match(
      /Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500$/,
    )
  })
})
