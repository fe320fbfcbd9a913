import { isIPv6 } from 'node:net'
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'

type Address = IPv4 | IPv6
type Range = [Address, number]

/** Decides about addresses, in whatever notation they come. */
export interface AddressPolicy {
  /** Why a connection to `address` is refused; nothing when it is fine. */
  refuse(address: string): string | undefined
  /** Whether the operator's exceptions name `address`. */
  isException(address: string): boolean
}

/** RFC 4291 section 2.4: what is routed on the Internet lies in here; `::/96` and other left-overs do not. */
const GLOBAL_UNICAST: Range = ipaddr.parseCIDR('2000::/3')

/**
 * Where clouds answer their own machines, with credentials among the answers: on link-local, private and public addresses.
 * AWS, Azure and Google; ECS and EKS; AWS and Google on IPv6; Azure's host; Alibaba; Oracle.
 */
const CLOUD_METADATA = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
].map((address): Range => [ipaddr.parse(address), address.includes(':') ? 128 : 32])

/**
 * Public unicast addresses only, and `exceptions` (CIDR). A range opens no cloud metadata inside it: only an exception
 * for that very address does. Throws when an exception is not a CIDR.
 */
export function createAddressPolicy(exceptions: readonly string[]): AddressPolicy {
  const allowed = exceptions.map((cidr): Range => ipaddr.parseCIDR(cidr))
  const single = allowed.filter(([address, bits]) => bits === (address.kind() === 'ipv6' ? 128 : 32))
  const isAllowed = (address: Address) =>
    within(address, single) || (within(address, allowed) && !within(address, CLOUD_METADATA))
  return {
    refuse(text) {
      if (!ipaddr.isValid(text)) return 'not an address'
      const address = unwrapped(text)
      if (isAllowed(address)) return undefined
      if (within(address, CLOUD_METADATA)) return 'cloud metadata'
      const range = address.range()
      if (range !== 'unicast') return range
      if (address.kind() === 'ipv6' && !within(address, [GLOBAL_UNICAST])) return 'unassigned'
      return undefined
    },
    isException: (text) => ipaddr.isValid(text) && isAllowed(unwrapped(text)),
  }
}

/** `::ffff:10.0.0.1` reaches 10.0.0.1, so it is judged as that. */
function unwrapped(text: string): Address {
  return ipaddr.process(isIPv6(text) ? canonical(text) : text)
}

/** In hex groups: ipaddr.js reads `::10.0.0.1`, which is IPv4-compatible, as if it were `::ffff:10.0.0.1`. */
function canonical(text: string): string {
  return new URL(`http://[${text.split('%')[0]}]/`).hostname.slice(1, -1)
}

function within(address: Address, ranges: readonly Range[]): boolean {
  return ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits))
}
