import type { AuthorEvent } from '../publishing/author-events.ts'
import type { Language, NotificationFacts, NotifiedEvent } from './notification-collections.ts'
import { ORGANIZATION_WORDS, organizationLines, pathsOf } from './organization-words.ts'

const AUTHOR_WORDS: Readonly<Record<AuthorEvent, Readonly<Record<Language, string>>>> = {
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
  'extension.suspended': {
    en: 'was taken out of the catalog by a moderator; what is installed goes on',
    fr: 'a été retirée du catalogue par un modérateur ; ce qui est installé continue de fonctionner',
  },
  'extension.restored': { en: 'is back in the catalog', fr: 'est de retour dans le catalogue' },
  'publisher.suspended': {
    en: 'Your publisher was suspended by a moderator; what is installed of it goes on',
    fr: 'Votre compte d’éditeur a été suspendu par un modérateur ; ce qui est installé continue de fonctionner',
  },
  'publisher.restored': {
    en: 'Your publisher is no longer suspended',
    fr: 'Votre compte d’éditeur n’est plus suspendu',
  },
  'publisher.domain_lost': {
    en: 'The domain of your publisher could not be verified for too long: it bears it no more',
    fr: 'Le domaine de votre compte d’éditeur n’a pas pu être vérifié pendant trop longtemps : il ne le porte plus',
  },
  'rating.given': {
    en: 'was rated by an organization that uses it',
    fr: 'a été évalué par une organisation qui l’utilise',
  },
  'webhook.disabled': {
    en: 'Your webhook does not answer any more and is switched off',
    fr: 'Votre webhook ne répond plus, il est désactivé',
  },
}

const WORDS = { ...AUTHOR_WORDS, ...ORGANIZATION_WORDS }
const EXPECTED: Readonly<Record<Language, string>> = { en: 'A decision is likely by', fr: 'Décision probable avant le' }
const UNNAMED: Readonly<Record<Language, string>> = { en: 'Your package', fr: 'Votre paquet' }

/** What happened, as a subject and a plain text. */
export function eventWords(event: NotifiedEvent, facts: NotificationFacts, language: Language) {
  const { extension, version, texts = [], expectedBy } = facts
  const name = extension === undefined ? undefined : [extension, version].filter(Boolean).join(' ')
  const happened = WORDS[event][language]
  const subject = oneLine(isSentence(happened) ? happened : `${name ?? UNNAMED[language]}: ${happened}`)
  const about = pathsOf(facts)
  const paragraphs = [
    `${subject}.`,
    ...organizationLines(facts, language),
    ...texts.map((text) => `- ${text}`),
    ...(expectedBy === undefined ? [] : [`${EXPECTED[language]} ${expectedBy}.`]),
    ...(about.length === 0 ? [] : [about.join('\n')]),
  ]
  return { subject, text: `${paragraphs.join('\n\n')}\n` }
}

/** The others are told of a version by its name. */
function isSentence(words: string): boolean {
  return /^\p{Lu}/u.test(words)
}

/** A subject is a header: what would begin another one is taken out. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 200)
}
