import type { DisabledReason } from '../installations/installation-collections.ts'
import type { Language, NotificationFacts } from './notification-collections.ts'
import type { OrganizationEvent } from './organization-events.ts'

type Words = Readonly<Record<Language, string>>

export const ORGANIZATION_WORDS: Readonly<Record<OrganizationEvent, Words>> = {
  'install_request.created': {
    en: 'a member asks you to install it',
    fr: 'un membre vous demande de l’installer',
  },
  'install_request.approved': { en: 'your request was approved', fr: 'votre demande a été acceptée' },
  'install_request.declined': { en: 'your request was declined', fr: 'votre demande a été refusée' },
  'installation.activated': { en: 'is installed and active', fr: 'est installée et active' },
  'installation.failed': {
    en: 'could not be installed; nothing of it was left behind',
    fr: 'n’a pas pu être installée ; il n’en reste rien',
  },
  'installation.upgrade_pending_consent': {
    en: 'asks for more than was granted and waits for your consent; the version before runs on',
    fr: 'demande plus que ce qui a été accordé et attend votre accord ; la version précédente continue de fonctionner',
  },
  'installation.upgraded': { en: 'was installed by itself', fr: 'a été installée automatiquement' },
  'installation.upgrade_failed': {
    en: 'could not take the place of the version before, which runs on',
    fr: 'n’a pas pu remplacer la version précédente, qui continue de fonctionner',
  },
  'installation.rolled_back': {
    en: 'runs again: the version after it failed too often',
    fr: 'fonctionne de nouveau : la version suivante échouait trop souvent',
  },
  'installation.disabled': { en: 'does not run any more', fr: 'ne fonctionne plus' },
  'installation.enabled': { en: 'runs again', fr: 'fonctionne de nouveau' },
  'installation.blocked': {
    en: 'was stopped by the marketplace: nothing of it runs',
    fr: 'a été arrêtée par la place de marché : plus rien n’en est exécuté',
  },
  'installation.unblocked': {
    en: 'may run again: the marketplace has lifted its stop',
    fr: 'peut de nouveau fonctionner : la place de marché a levé l’arrêt',
  },
  'installation.uninstalled': {
    en: 'is being uninstalled by order of the marketplace',
    fr: 'est désinstallée sur décision de la place de marché',
  },
  'rating.answered': {
    en: 'its publisher has answered your rating',
    fr: 'son éditeur a répondu à votre évaluation',
  },
}

const REASONS: Readonly<Record<DisabledReason, Words>> = {
  admin: { en: 'An admin disabled it.', fr: 'Un administrateur l’a désactivée.' },
  policy: { en: 'A policy of your organization forbids it.', fr: 'Une règle de votre organisation l’interdit.' },
  killed: { en: 'The marketplace stopped it.', fr: 'La place de marché l’a arrêtée.' },
  errors: { en: 'It failed too often.', fr: 'Elle a échoué trop souvent.' },
  licence: { en: 'Its licence or its trial has ended.', fr: 'Sa licence ou sa période d’essai est terminée.' },
  incompatible: {
    en: 'It runs on no version of the platform that is offered here.',
    fr: 'Elle ne fonctionne sur aucune version proposée de la plateforme.',
  },
  invalid_signature: {
    en: 'Nobody vouches for its package.',
    fr: 'Personne ne garantit son paquet.',
  },
}

const ASKED_BY: Words = { en: 'Asked for by', fr: 'Demandée par' }
const STEP: Words = { en: 'Step', fr: 'Étape' }
const BEFORE: Words = { en: 'Version before', fr: 'Version précédente' }
const COLON: Words = { en: ':', fr: ' :' }
const AFTER: Words = { en: 'Version that failed', fr: 'Version en échec' }

/** Who, where and why, a line each. */
export function organizationLines(facts: NotificationFacts, language: Language): string[] {
  const { requester, reason, step, code, from } = facts
  const known = Object.entries(REASONS).find(([name]) => name === reason)?.[1]
  const fromWords = code === 'ERRORS' ? AFTER : BEFORE
  return [
    ...(requester === undefined ? [] : [`${ASKED_BY[language]} ${requester.replace(/\s+/g, ' ')}.`]),
    ...(known ? [known[language]] : []),
    ...(from === undefined ? [] : [`${fromWords[language]}${COLON[language]} ${from}.`]),
    ...(code === undefined ? [] : [step === undefined ? `${code}.` : `${STEP[language]} ${step}, ${code}.`]),
  ]
}

/** Where more is to be seen and done. */
export function pathsOf({ submissionId, reviewId, requestId, installationId }: NotificationFacts): string[] {
  return [
    ...(submissionId === undefined ? [] : [`/api/marketplace/submissions/${submissionId}`]),
    ...(reviewId === undefined ? [] : [`/api/marketplace/reviews/${reviewId}/messages`]),
    ...(requestId === undefined ? [] : ['/api/marketplace/install-requests']),
    ...(installationId === undefined ? [] : [`/api/marketplace/installations/${installationId}`]),
  ]
}
