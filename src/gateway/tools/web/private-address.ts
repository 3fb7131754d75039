import {BlockList, isIP, isIPv4} from 'node:net'

/** Of IPv4, what the registry of special addresses does not call globally reachable, and its old kinds of relay. */
const notPublic4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
]

/** Of IPv6 all but 2000::/3 is private, and in that what tunnels lead to, protocols and documentation. */
const notPublic6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

/** The last 32 bits of what lies in these is an IPv4 address that is really connected to: mapped, and by NAT64. */
const carriers6 = ['::ffff:0:0/96', '64:ff9b::/96']

/**
 * Whether an address that is about to be connected to is no public one: this machine, its networks, the service of a cloud
 * that tells secrets (169.254.169.254), many hosts at once. What is no address at all is private too.
 */
export function isPrivateAddress(address: string): boolean {
  if (isIPv4(address)) return isIn(address, 'ipv4', notPublic4)
  // A zone, `fe80::1%eth0`, belongs to private ones alone.
  if (isIP(address) !== 6 || address.includes('%')) return true
  if (isIn(address, 'ipv6', carriers6)) return isPrivateAddress(lastFour(address))
  return !isIn(address, 'ipv6', ['2000::/3']) || isIn(address, 'ipv6', notPublic6)
}

function isIn(address: string, family: 'ipv4' | 'ipv6', networks: readonly string[]): boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [prefix = '', bits = ''] = network.split('/')
    list.addSubnet(prefix, Number(bits), family)
  }
  return list.check(address, family)
}

/** `::ffff:7f00:1` is `127.0.0.1`. */
function lastFour(address: string): string {
  // In its one spelling both halves are there, or nothing but zeros is left out.
  const spelled = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const groups = spelled.split('::').at(-1)?.split(':') ?? []
  const [high = 0, low = 0] = ['0', '0', ...groups].slice(-2).map((group) => Number.parseInt(group || '0', 16))
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
