import * as z from 'zod'
import type { Features } from './features.ts'

const Site = z.object({
  id: z.coerce.number().int().positive(),
  name: z.string().trim().min(2).max(20),
  email: z.email().optional(),
  tags: z.array(z.string()).default([]),
  kind: z.enum(['office', 'yard']),
  start: z.iso.date().nullable(),
})
const issuesOf = (result: z.ZodSafeParseResult<unknown>) =>
  result.error?.issues.map(({ code, path, message }) => [code, path, message])

export const features: Features = {
  parse: () => Site.parse({ id: '7', name: ' Halle ', kind: 'yard', start: '2026-02-28', extra: 1 }),
  refusals: () =>
    issuesOf(Site.safeParse({ id: -1, name: 'x', email: 'no', kind: 'boat', start: '2026-02-30', tags: [1] })),
  'an error that is thrown': () => Site.parse({}),
  'errors as trees': () => z.treeifyError(Site.safeParse({ id: 'x', tags: [1] }).error as z.ZodError),
  'errors in words': () => z.prettifyError(Site.safeParse({ id: 'x' }).error as z.ZodError),
  'errors of fields': () => z.flattenError(Site.safeParse({ id: 'x' }).error as z.ZodError),
  transforms: () =>
    z
      .string()
      .transform((text) => text.length)
      .pipe(z.number().min(3))
      .parse('abcd'),
  preprocess: () => z.preprocess((value) => (value === '' ? undefined : value), z.string().optional()).parse(''),
  refinements: () =>
    issuesOf(
      z
        .object({ a: z.number(), b: z.number() })
        .refine(({ a, b }) => a < b, { message: 'a before b', path: ['b'] })
        .safeParse({ a: 2, b: 1 }),
    ),
  'refinements that wait': async () => {
    const schema = z.string().refine(async (text) => (await Promise.resolve(text)) === 'ok', 'not ok')
    return [await schema.parseAsync('ok'), issuesOf(await schema.safeParseAsync('x'))]
  },
  'waiting where none may': () =>
    z
      .string()
      .refine(async () => true)
      .parse('x'),
  superRefine: () =>
    issuesOf(
      z
        .array(z.string())
        .superRefine((list, context) => {
          if (new Set(list).size < list.length) context.addIssue({ code: 'custom', message: 'twice' })
        })
        .safeParse(['a', 'a']),
    ),
  unions: () => [
    z.union([z.string(), z.number()]).parse(5),
    issuesOf(
      z
        .discriminatedUnion('t', [z.object({ t: z.literal('a'), x: z.number() }), z.object({ t: z.literal('b') })])
        .safeParse({ t: 'a' }),
    ),
  ],
  objects: () => [
    Site.pick({ id: true }).parse({ id: 1 }),
    issuesOf(z.strictObject({ a: z.number() }).safeParse({ a: 1, b: 2 })),
    z.looseObject({ a: z.number() }).parse({ a: 1, b: 2 }),
    Site.partial().parse({}),
    Site.extend({ more: z.boolean() }).keyof().options,
    z.record(z.string(), z.number()).parse({ a: 1 }),
  ],
  recursion: () => {
    const Node = z.object({
      name: z.string(),
      get children() {
        return z.array(Node)
      },
    })
    return Node.parse({ name: 'a', children: [{ name: 'b', children: [] }] })
  },
  formats: () =>
    [
      z.uuid(),
      z.url(),
      z.ipv4(),
      z.ipv6(),
      z.base64(),
      z.iso.datetime(),
      z.jwt(),
      z.cuid2(),
      z.emoji(),
      z.e164(),
      z.hex(),
    ].map((schema) =>
      [
        '00000000-0000-4000-8000-000000000000',
        'https://a.example/x',
        '1.2.3.4',
        '::1',
        'aGk=',
        '2026-02-28T00:00:00Z',
        'x',
        'abc',
        '😀',
        '+33123456789',
        'ff',
      ]
        .map((text) => (schema.safeParse(text).success ? 1 : 0))
        .join(''),
    ),
  coercion: () => [
    z.coerce.date().parse('2026-01-01').toISOString(),
    z.coerce.boolean().parse('x'),
    z.stringbool().parse('no'),
    String(z.coerce.bigint().parse('12')),
  ],
  codecs: () => {
    const codec = z.codec(z.iso.datetime(), z.date(), {
      decode: (text) => new Date(text),
      encode: (date) => date.toISOString(),
    })
    return [codec.decode('2026-02-28T00:00:00Z').getTime(), codec.encode(new Date(0))]
  },
  collections: () => [
    [...z.map(z.string(), z.number()).parse(new Map([['a', 1]]))],
    [...z.set(z.number()).parse(new Set([1]))],
    z.tuple([z.string()], z.number()).parse(['a', 1, 2]),
  ],
  defaults: () => [
    z.string().default('x').parse(undefined),
    z.string().catch('y').parse(5),
    z.string().prefault(' p ').parse(undefined),
  ],
  brands: () => z.string().brand<'Id'>().parse('x'),
  'other languages': () => {
    const before = z.config()
    const message = (locale: { localeError: z.core.$ZodErrorMap }) => {
      z.config(locale)
      return z.string().safeParse(5).error?.issues[0]?.message
    }
    const messages = [message(z.locales.fr()), message(z.locales.de()), message(z.locales.ja())]
    z.config({ ...before, ...z.locales.en() })
    return messages
  },
  'JSON schema': () => z.toJSONSchema(Site, { io: 'input' }),
  'from JSON schema': () =>
    issuesOf(
      z.fromJSONSchema({ type: 'object', properties: { a: { type: 'number' } }, required: ['a'] }).safeParse({}),
    ),
  metadata: () => z.string().meta({ title: 'Name', description: 'of a site' }).meta(),
  templates: () => z.templateLiteral(['v', z.number(), '.', z.number()]).safeParse('v1.2').success,
  functions: () => z.function({ input: [z.number()], output: z.string() }).implement((n) => String(n))(5),
}
