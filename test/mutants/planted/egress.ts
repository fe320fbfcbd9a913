import type { Mutant } from '../mutant.ts'

const ADDRESSES = 'test/runtime/egress/addresses.test.ts'
const CREDENTIALS = 'test/runtime/egress/credentials.test.ts'

export const EGRESS_MUTANTS: readonly Mutant[] = [
  {
    title: 'link-local addresses may be reached',
    why: 'clouds and routers answer there to whoever is near',
    file: 'runtime/egress/address.ts',
    text: "if (range !== 'unicast') return range",
    replacement: "if (range !== 'unicast' && range !== 'linkLocal') return range",
    red: [ADDRESSES],
  },
  {
    title: 'an allowed range opens the cloud metadata inside it',
    why: 'one answer from there holds the credentials of the whole machine',
    file: 'runtime/egress/address.ts',
    text: '(within(address, allowed) && !within(address, CLOUD_METADATA))',
    replacement: 'within(address, allowed)',
    red: [ADDRESSES],
  },
  {
    title: 'only the first address of a name is checked',
    why: 'a name with a public and a private address would lead inside',
    file: 'runtime/egress/agents.ts',
    text: 'const refused = found.map(',
    replacement: 'const refused = found.slice(0, 1).map(',
    red: [ADDRESSES],
  },
  {
    title: 'redirects are followed without a check',
    why: 'a granted host could send a request anywhere',
    file: 'runtime/egress/exchange.ts',
    text: 'if (refused) throw',
    replacement: 'if (refused && hops === 0) throw',
    red: ['test/runtime/egress/redirects.test.ts'],
  },
  {
    title: 'a grant for a host opens all of its ports',
    why: 'the database beside the web server would be in reach',
    file: 'runtime/egress/target.ts',
    text: ' && grant.port === portOf(url)',
    replacement: '',
    red: ['test/runtime/egress/targets.test.ts'],
  },
  {
    title: 'credentials go to every granted host',
    why: 'an extension would send a secret to a server of its author',
    file: 'runtime/egress/inject-credentials.ts',
    text: "if (injection.in === 'mtls' || !matchesHost(injection.host, url.hostname)) continue",
    replacement: "if (injection.in === 'mtls') continue",
    red: [CREDENTIALS],
  },
  {
    title: 'headers of an answer are not redacted',
    why: 'an upstream that echoes a secret would hand it to the guest',
    file: 'runtime/egress/exchange.ts',
    text: '[shown, redactor.text(one)]',
    replacement: '[shown, one]',
    red: [CREDENTIALS],
  },
  {
    title: 'only the compressed bytes of an answer are counted',
    why: 'a few kilobytes would fill the memory of the service',
    file: 'runtime/egress/read-body.ts',
    text: 'take(bounded(redactor.stream(bounded(decoded, limit)), limit, taken))',
    replacement: 'take(bounded(redactor.stream(decoded), Number.POSITIVE_INFINITY, taken))',
    red: ['test/runtime/egress/bombs.test.ts'],
  },
  {
    title: 'the authorization of a request goes on to where it is redirected',
    why: 'a token that was meant for one host would be a gift to the next',
    file: 'runtime/egress/redirect.ts',
    text: 'url.origin !== request.url.origin && HOST_HEADERS.has(name)',
    replacement: 'false',
    red: ['test/runtime/egress/redirects.test.ts'],
  },
]
