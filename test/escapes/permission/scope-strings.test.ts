import { readGrants } from '@annex/sdk/read-grants'
import type { Scope } from '@annex/sdk/scopes'
import { codeOf, installed, openHostApi } from '../../runtime/host-api/open-host-api.ts'
import { EVERYTHING, site, user } from '../../runtime/platform/open-platform.ts'
import { type Idea, runIdeas } from '../egress/run-ideas.ts'

const SCOPE = 'read:chantiers'
const RESOURCE = 'chantiers'

/** Ways to compare that people have really written, and what each takes for the same. */
const COMPARES: Record<string, (text: string, wanted: string) => boolean> = {
  'without case': (text, wanted) => text.toLowerCase() === wanted,
  'after trimming': (text, wanted) => text.trim() === wanted,
  'up to a NUL': (text, wanted) => text.split('\0')[0] === wanted,
  'after compatibility normalisation': (text, wanted) => text.normalize('NFKC') === wanted,
  'as a person sees it': (text, wanted) => text.replace('\u0441', 'c').replace('\u0430', 'a') === wanted,
  'without what is invisible': (text, wanted) => text.replace(/\p{Cf}/gu, '') === wanted,
  'by its beginning': (text, wanted) => text.startsWith(wanted) || wanted.startsWith(text),
  'with stars': (text, wanted) => new RegExp(`^${text.replaceAll('*', '.*')}$`).test(wanted),
  'as a list': (text, wanted) => text.split(/[ ,]/).includes(wanted),
  'line by line': (text, wanted) => new RegExp(`^${wanted}$`, 'm').test(text),
  'by its first and last part': (text, wanted) => `${text.split(':')[0]}:${text.split(':').at(-1)}` === wanted,
  'after decoding': (text, wanted) => decodeURIComponent(text) === wanted,
  'as a path': (text, wanted) => new URL(text, 'https://a.example/').pathname === `/${wanted}`,
  'as a key of an object': (text) => text in { [RESOURCE]: {} } && text !== RESOURCE,
}

/** A scope that is none, held by an installation whose grant a careless hand has written. */
function scopeTrick(title: string, text: string, compare: keyof typeof COMPARES): Idea {
  return {
    title: `a scope ${title}`,
    control: async () => (COMPARES[compare]?.(text, SCOPE) ? `who compares ${compare} lets it read` : undefined),
    async attack(t) {
      t.match(readGrants([text]), { unknown: [text] }, 'no door takes it')
      const host = await openHostApi(t)
      await host.platform.create(user(), RESOURCE, site())
      const list = (scope: Scope) =>
        host.call('platform.list', { resource: RESOURCE }, { installation: installed({ grants: [{ scope }] }) })
      t.match(await list(text as Scope), { ok: false, error: { code: 'PERMISSION_DENIED' } })
      t.match((await host.audit.list('org_a', { actor: 'installation:ins_1' })).data, [
        { outcome: 'refused', rule: 'scope-not-granted' },
      ])
      t.match(
        await list(SCOPE),
        { ok: true, value: { data: [{ name: 'Rue de la Paix' }] } },
        'control: the scope itself',
      )
    },
  }
}

runIdeas('scopes that look like one', [
  scopeTrick('in capitals', 'READ:chantiers', 'without case'),
  scopeTrick('with a capital', 'read:Chantiers', 'without case'),
  scopeTrick('with a space behind', 'read:chantiers ', 'after trimming'),
  scopeTrick('with a no-break space in front', '\u00a0read:chantiers', 'after trimming'),
  scopeTrick('with a NUL behind', 'read:chantiers\0x', 'up to a NUL'),
  scopeTrick('in full width', 'ｒead:chantiers', 'after compatibility normalisation'),
  scopeTrick('with a Cyrillic letter', 'read:\u0441hantiers', 'as a person sees it'),
  scopeTrick('with an invisible letter', 'read:chan\u200btiers', 'without what is invisible'),
  scopeTrick('with more behind', 'read:chantiers-archive', 'by its beginning'),
  scopeTrick('with less', 'read:chant', 'by its beginning'),
  scopeTrick('of nothing', '', 'by its beginning'),
  scopeTrick('with a star for the resource', 'read:*', 'with stars'),
  scopeTrick('that is a star', '*', 'with stars'),
  scopeTrick('that is a list', 'read:tasks,read:chantiers', 'as a list'),
  scopeTrick('with a line end', 'read:tasks\nread:chantiers', 'line by line'),
  scopeTrick('with too many parts', 'read:tasks:chantiers', 'by its first and last part'),
  scopeTrick('with percent signs', 'read%3Achantiers', 'after decoding'),
])

/** A resource that is none, named by an installation that may do everything. */
function resourceTrick(title: string, text: string, compare: keyof typeof COMPARES): Idea {
  return {
    title: `a resource ${title}`,
    control: async () => (COMPARES[compare]?.(text, RESOURCE) ? `who compares ${compare} finds one` : undefined),
    async attack(t) {
      const host = await openHostApi(t)
      await host.platform.create(user(), RESOURCE, site())
      const everything = { installation: installed({ grants: EVERYTHING }) }
      const calls: [name: string, args: object][] = [
        ['platform.list', { resource: text }],
        ['platform.get', { resource: text, id: 'rec_1' }],
        ['platform.create', { resource: text, record: site() }],
        ['platform.update', { resource: text, id: 'rec_1', changes: { name: 'x' } }],
        ['platform.remove', { resource: text, id: 'rec_1' }],
      ]
      for (const [name, args] of calls)
        t.match(codeOf(await host.call(name, args, everything)), /^(NOT_FOUND|INVALID_ARG)/, name)
      t.equal(
        codeOf(await host.call('platform.list', { resource: RESOURCE }, everything)),
        'ok',
        'control: its own name',
      )
    },
  }
}

runIdeas('resources that look like one', [
  resourceTrick('in capitals', 'CHANTIERS', 'without case'),
  resourceTrick('with a space behind', 'chantiers ', 'after trimming'),
  resourceTrick('with a NUL behind', 'chantiers\0', 'up to a NUL'),
  resourceTrick('in full width', 'ｃhantiers', 'after compatibility normalisation'),
  resourceTrick('with dots', './x/../chantiers', 'as a path'),
  resourceTrick('with an empty part', 'x/..//../chantiers', 'as a path'),
  resourceTrick('that every object has', 'constructor', 'as a key of an object'),
  resourceTrick('that is the prototype', '__proto__', 'as a key of an object'),
])
