import type { Json, JsonObject } from '@annex/sdk/json'
import { Ajv } from 'ajv'
import t from 'tap'
import type { PackageChecker } from '../../../runtime/sandbox/package-checker.ts'
import { type Idea, runIdeas } from '../egress/run-ideas.ts'
import { hold, holdsThread, openPackageChecker } from './hold-checker.ts'

/** Less than the product's own, as each trap uses up all of it: that it ends is the matter here, not when. */
const VALIDATE_MS = 1_000
const checker = await openPackageChecker(t, { validateMs: VALIDATE_MS })

/** `fits`, `does not fit`, or the code with which the check ended. */
async function verdict({ validate }: PackageChecker, schema: JsonObject, value: Json): Promise<string> {
  try {
    return (await validate(schema, value)).ok ? 'fits' : 'does not fit'
  } catch (error) {
    return String((error as { code?: unknown }).code)
  }
}

interface Trap {
  schema: JsonObject
  value: Json
  ends: RegExp
  /** What the schema does to a service that tries it on its own thread. */
  harm(schema: JsonObject, value: Json): string | undefined
}

function trap(title: string, { schema, value, ends, harm }: Trap): Idea {
  return {
    title,
    control: async () => harm(schema, value),
    async attack(t) {
      await hold(t, checker, async () => {
        t.match(await verdict(checker, schema, value), ends)
      })
    },
  }
}

/** Tries the schema in a context of this process that is stopped after a while. */
const holds: Trap['harm'] = (schema, value) =>
  holdsThread('validate(schema)(value)', {
    schema,
    value,
    validate: (one: object) => new Ajv({ strict: false }).compile(one),
  })

/** What a careless service believes: that a truthy answer is a yes. */
const believed: Trap['harm'] = (schema, value) => {
  const validate = new Ajv({ strict: false }).compile(schema)
  const answer: unknown = validate(value)
  if (answer instanceof Promise) answer.catch(() => {})
  return answer && typeof value !== schema.type ? 'it is told that the value fits' : undefined
}

const throws: Trap['harm'] = (schema, value) => {
  try {
    new Ajv({ strict: false }).compile(schema)(value)
    return undefined
  } catch (error) {
    return `${(error as Error).name} is thrown at the service`
  }
}

const pattern = (text: string): JsonObject => ({ type: 'string', pattern: text })
const slow = `${'a'.repeat(60)}!`

function nested(levels: number, wrap: (inner: JsonObject) => JsonObject): JsonObject {
  let schema: JsonObject = { type: 'integer' }
  for (let level = 0; level < levels; level++) schema = wrap(schema)
  return schema
}

runIdeas('patterns that take for ever', [
  trap('a group in a group', { schema: pattern('^(a+)+$'), value: slow, ends: /CHECK_TIMEOUT/, harm: holds }),
  trap('two ways to match one letter', {
    schema: pattern('^(a|a)*$'),
    value: slow,
    ends: /CHECK_TIMEOUT/,
    harm: holds,
  }),
  trap('a pattern for names of properties', {
    schema: { type: 'object', patternProperties: { '^(a|aa)+$': { type: 'string' } } },
    value: { [slow]: 1 },
    ends: /CHECK_TIMEOUT/,
    harm: holds,
  }),
  trap('a pattern in one of many branches', {
    schema: { anyOf: [...Array.from({ length: 50 }, (_, i) => ({ const: i })), pattern('^(\\w+\\s?)*$')] },
    value: slow,
    ends: /CHECK_TIMEOUT/,
    harm: holds,
  }),
])

runIdeas('schemas that lie about what fits', [
  trap('a schema that answers later', {
    schema: { $async: true, type: 'integer' },
    value: 'no integer',
    ends: /CHECK_FAILED/,
    harm: believed,
  }),
  trap('a schema of another dialect', {
    schema: { $schema: 'https://evil.example/schema', type: 'integer' },
    value: 'no integer',
    ends: /CHECK_FAILED/,
    harm: throws,
  }),
  trap('a reference to another server', {
    schema: { $ref: 'https://evil.example/schema.json' },
    value: 1,
    ends: /CHECK_FAILED/,
    harm: throws,
  }),
  trap('a reference to itself', { schema: { allOf: [{ $ref: '#' }] }, value: 1, ends: /CHECK_FAILED/, harm: throws }),
  trap('references in a circle', {
    schema: { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
    value: 1,
    ends: /CHECK_FAILED/,
    harm: throws,
  }),
  trap('a pattern that is none', { schema: pattern('(((('), value: 'x', ends: /CHECK_FAILED/, harm: throws }),
  trap('a type that is none', { schema: { type: ['nonsense'] }, value: 1, ends: /CHECK_FAILED/, harm: throws }),
])

runIdeas('schemas that are too much', [
  trap('nesting without end', {
    schema: nested(5_000, (inner) => ({ properties: { a: inner } })),
    value: {},
    ends: /CHECK_/,
    harm: throws,
  }),
  trap('branches that double', {
    schema: {
      $ref: '#/$defs/d0',
      $defs: Object.fromEntries(
        Array.from({ length: 26 }, (_, i) => [
          `d${i}`,
          { anyOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
        ]).concat([['d26', { type: 'integer' } as never]]),
      ) as JsonObject,
    },
    value: 'x',
    ends: /CHECK_(TIMEOUT|MEMORY|FAILED)/,
    harm: holds,
  }),
  trap('a list whose items must differ', {
    schema: { type: 'array', uniqueItems: true },
    value: Array.from({ length: 20_000 }, (_, i) => ({ i: [i] })),
    ends: /CHECK_(TIMEOUT|MEMORY)/,
    harm: holds,
  }),
])

runIdeas('names that every object has', [
  {
    title: 'a schema changes nothing for the schemas after it',
    async control() {
      const merged = Object.assign(Object.create(null), JSON.parse('{"__proto__":{"polluted":true}}')) as object
      const target: Record<string, unknown> = {}
      // A merge as it has been written many times.
      for (const [key, value] of Object.entries(merged)) Object.assign(target[key] ?? {}, value)
      const reached = 'polluted' in {}
      Reflect.deleteProperty(Object.prototype, 'polluted')
      return reached ? 'every object of the process has it' : undefined
    },
    async attack(t) {
      const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']
      for (const name of names) {
        const schemas = [
          `{"type":"object","properties":{"${name}":{"type":"integer"}},"additionalProperties":false}`,
          `{"${name}":{"type":"integer","polluted":true}}`,
          `{"$defs":{"${name}":{"polluted":true}},"$ref":"#/$defs/${name}"}`,
          `{"type":"object","required":["${name}"],"dependentRequired":{"${name}":["polluted"]}}`,
          `{"$id":"${name}","definitions":{"a":{"$id":"${name}/a"}}}`,
          `{"type":"object","default":{"${name}":{"polluted":true}}}`,
        ].map((text) => JSON.parse(text) as JsonObject)
        const values = [`{"${name}":{"polluted":true}}`, '{}', '1'].map((text) => JSON.parse(text) as Json)
        for (const schema of schemas)
          for (const value of values) t.match(await verdict(checker, schema, value), /fit|CHECK_FAILED/)
      }
      t.equal(await verdict(checker, { type: 'object', required: ['polluted'] }, {}), 'does not fit')
      t.equal(await verdict(checker, { type: 'object', additionalProperties: false }, { a: 1 }), 'does not fit')
      t.equal(await verdict(checker, { type: 'integer' }, 'x'), 'does not fit')
      t.notOk('polluted' in {}, 'nor in the service')
    },
  },
])
