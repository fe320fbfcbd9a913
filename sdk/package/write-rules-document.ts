import { writeFileSync } from 'node:fs'
import { RULES } from './rules.ts'
import { rulesDocument } from './rules-document.ts'

/** `node sdk/package/write-rules-document.ts`, after each change of a rule's texts. */
writeFileSync(new URL('RULES.md', import.meta.url), rulesDocument(RULES))
