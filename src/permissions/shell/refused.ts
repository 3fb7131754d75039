/** What can't be proved to only read, with the reason for the person in a few words. */
export class Refused extends Error {}

export function refuse(why: string): never {
  throw new Refused(why)
}
