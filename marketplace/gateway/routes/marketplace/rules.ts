import { createHash } from 'node:crypto'
import { RULE_SET, RULES } from '@annex/package/rules'
import { ruleSummary } from '@annex/package/rules-document'
import { Type } from '@sinclair/typebox'
import type { App } from '../../app-type.ts'
import { isKnownTag } from '../../entity-tag.ts'
import { PROBLEMS, PUBLIC } from '../../schemas.ts'

const Rule = Type.Object({
  id: Type.String({ description: 'What findings and waivers name' }),
  severity: Type.Union([
    Type.Literal('error', { description: 'The package is refused' }),
    Type.Literal('review', { description: 'A person must look' }),
    Type.Literal('warning', { description: 'Shown, and counted in the risk' }),
    Type.Literal('note', { description: 'Shown' }),
  ]),
  title: Type.String(),
  why: Type.String({ description: 'What harm it keeps away' }),
  fix: Type.String({ description: 'How an author mends it' }),
  stage: Type.String({ description: 'archive, files, json, manifest; trial: runs; outside: data of the marketplace' }),
  waivable: Type.Boolean({ description: 'Whether a finding can be waived with a reason' }),
  outside: Type.Boolean({ description: 'Whether a part of it needs data of the marketplace' }),
})

const list = {
  tags: ['marketplace/rules'],
  summary: 'The rules that packages are held against',
  security: PUBLIC,
  response: {
    200: Type.Object({ ruleSet: Type.String({ description: 'The version of the rules' }), rules: Type.Array(Rule) }),
    304: Type.Null({ description: 'The rules that `If-None-Match` names are the present ones' }),
    ...PROBLEMS,
  },
}

const BODY = { ruleSet: RULE_SET, rules: RULES.map(ruleSummary) }
/** Of the texts too: they may be mended without a new set. */
const ETAG = `"${createHash('sha256').update(JSON.stringify(BODY)).digest('hex')}"`

export function registerRules(app: App): void {
  app.get('/api/marketplace/rules', { schema: list }, async (request, reply) => {
    reply.headers({ etag: ETAG, 'cache-control': 'public, no-cache' })
    return isKnownTag(request.headers['if-none-match'], ETAG) ? reply.code(304).send(null) : reply.send(BODY)
  })
}
