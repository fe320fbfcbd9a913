import type { AuthorEvent, AuthorFacts } from '../publishing/author-events.ts'
import type { Language } from './notification-collections.ts'

const WORDS: Readonly<Record<AuthorEvent, Readonly<Record<Language, string>>>> = {
  'submission.received': {
    en: 'Your package has arrived and is being checked',
    fr: 'Votre paquet est arrivé, il est en cours de vérification',
  },
  'submission.validation_failed': {
    en: 'did not pass its check',
    fr: 'n’a pas passé la vérification',
  },
  'submission.validation_error': {
    en: 'could not be checked; this is no fault of the package, try again',
    fr: 'n’a pas pu être vérifié ; le paquet n’y est pour rien, réessayez',
  },
  'submission.in_review': {
    en: 'passed its check and waits for a reviewer',
    fr: 'a passé la vérification et attend sa revue',
  },
  'review.claimed': { en: 'is being reviewed', fr: 'est en cours de revue' },
  'review.message': { en: 'a reviewer has written to you', fr: 'un réviseur vous a écrit' },
  'review.changes_requested': { en: 'needs changes', fr: 'demande des modifications' },
  'review.rejected': { en: 'was rejected', fr: 'a été refusé' },
  'review.approved': { en: 'was approved and is published', fr: 'a été approuvé et publié' },
  'version.recheck_found': {
    en: 'does not pass the rules of today; it stays published',
    fr: 'ne passe plus les règles actuelles ; la version reste publiée',
  },
  'version.deprecated': { en: 'was deprecated', fr: 'a été déclaré obsolète' },
  'version.yanked': { en: 'was taken out of new installations', fr: 'a été retiré des nouvelles installations' },
  'version.removed': { en: 'was removed from the marketplace', fr: 'a été retiré de la place de marché' },
  'webhook.disabled': {
    en: 'your webhook does not answer any more and is switched off',
    fr: 'votre webhook ne répond plus, il est désactivé',
  },
}

const EXPECTED: Readonly<Record<Language, string>> = { en: 'A decision is likely by', fr: 'Décision probable avant le' }
const UNNAMED: Readonly<Record<Language, string>> = { en: 'Your package', fr: 'Votre paquet' }

/** What happened, as a subject and a plain text. */
export function eventWords(event: AuthorEvent, facts: AuthorFacts, language: Language) {
  const { extension, version, texts = [], expectedBy, reviewId, submissionId } = facts
  const name = extension === undefined ? undefined : [extension, version].filter(Boolean).join(' ')
  const happened = WORDS[event][language]
  const subject = oneLine(event === 'submission.received' ? happened : `${name ?? UNNAMED[language]}: ${happened}`)
  const about = [
    ...(submissionId === undefined ? [] : [`/api/marketplace/submissions/${submissionId}`]),
    ...(reviewId === undefined ? [] : [`/api/marketplace/reviews/${reviewId}/messages`]),
  ]
  const paragraphs = [
    `${subject}.`,
    ...texts.map((text) => `- ${text}`),
    ...(expectedBy === undefined ? [] : [`${EXPECTED[language]} ${expectedBy}.`]),
    ...(about.length === 0 ? [] : [about.join('\n')]),
  ]
  return { subject, text: `${paragraphs.join('\n\n')}\n` }
}

/** A subject is a header: what would begin another one is taken out. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 200)
}
