import type {CloudField} from './schema.js'

interface Form {
  pattern: RegExp
  /** What is right, for a message. */
  expected: string
}

/** One part of a host name: anything else would lead a request, and the key in it, to another host. */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

/** How the settings of clouds look; each becomes a part of an address. */
export const cloudForms: Readonly<Record<CloudField, Form>> = {
  resource: {pattern: label, expected: 'the name of a resource: NAME of https://NAME.openai.azure.com'},
  apiVersion: {
    pattern: /^(?:v\d+|preview|latest|\d{4}-\d{2}-\d{2}(?:-preview)?)$/,
    expected: 'a version of the API such as v1, preview or 2024-10-21',
  },
  region: {pattern: /^[a-z]{2,5}(?:-[a-z]+)+-\d{1,2}$/, expected: 'a region of AWS such as eu-central-1'},
  project: {
    pattern: /^(?:[a-z0-9.-]{1,63}:)?[a-z0-9][a-z0-9-]{0,62}$/,
    expected: 'the id or number of a project of Google Cloud such as my-project-1234',
  },
  location: {pattern: label, expected: 'a location of Vertex AI such as europe-west4 or global'},
}

export function isCloudValue(field: CloudField, value: string): boolean {
  return cloudForms[field].pattern.test(value)
}
