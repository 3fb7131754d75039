import {createHash, createHmac} from 'node:crypto'
import type {AwsCredentials} from './clouds.js'

export interface Unsigned {
  url: URL
  region: string
  service: string
  credentials: AwsCredentials
  at: Date
}

/** Headers that sign a GET without a body for AWS, Signature Version 4. Pure. */
export function signedHeaders({url, region, service, credentials, at}: Unsigned): Record<string, string> {
  const {accessKeyId, secretAccessKey, sessionToken} = credentials
  const time = at.toISOString().replaceAll(/[:-]|\.\d{3}/g, '')
  const day = time.slice(0, 8)
  const signed: Record<string, string> = {
    host: url.host,
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : {'x-amz-security-token': sessionToken}),
  }
  const names = Object.keys(signed).sort().join(';')
  const lines = Object.entries(signed)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
  const request = ['GET', pathOf(url), queryOf(url), lines.join(''), names, sha256('')].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (last, part) => hmac(last, part),
    `AWS4${secretAccessKey}`,
  )
  const signature = hmac(key, text).toString('hex')
  const {host: _, ...sent} = signed
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

/** Each part is escaped twice, as all services but S3 want it. */
const pathOf = ({pathname}: URL) => pathname.split('/').map(escaped).join('/')

function queryOf({searchParams}: URL): string {
  return [...searchParams]
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort()
    .join('&')
}

const escaped = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
