import type { PlainWords, WordsOf } from '@annex/sdk/manifest/capability-difference'
import type { DifferenceWords } from './difference-words.ts'

const PLAIN: Readonly<Record<PlainWords, string>> = {
  'is what the extension has become': 'est ce que l’extension est devenue',
  'was free and is not any more': 'elle était gratuite et ne l’est plus',
  'was optional and is required': 'était facultatif et devient obligatoire',
  'is a new scope': 'est nouveau',
  'has wider limits': 'a des limites plus larges',
  'has no limits any more': 'n’a plus de limites',
  'is a wider pattern of hosts': 'couvre davantage de serveurs',
  'is a new host': 'est nouveau',
  'is a new host of the configuration': 'est nouveau dans la configuration',
  'may be set to more hosts': 'peut désigner davantage de serveurs',
  'is a new secret among the credentials': 'est nouveau parmi les identifiants',
  'is another type of credentials': 'est d’un autre type',
  'is a new place to sign in': 'est un nouveau lieu de connexion',
  'is a new scope where the sign-in is': 'est un nouveau droit là où l’on se connecte',
  'is asked without PKCE now': 'est demandé sans PKCE désormais',
  'is a new event that it receives': 'lui est nouvellement transmis',
  'is a new dependency': 'est nouvellement nécessaire',
  'is how calls from outside are let in now': 'règle désormais les appels de l’extérieur',
}

const OF: Readonly<Record<WordsOf, string>> = {
  'gets a credential in a new way': 'est transmis d’une nouvelle façon',
  'is a new secret to sign with': 'est un nouveau secret de signature',
}

export const FRENCH: DifferenceWords = {
  nouns: {
    kind: 'Sa nature :',
    scope: 'Le droit',
    host: 'Le serveur',
    credential: 'L’identifiant pour',
    secret: 'Le secret',
    webhook: 'Le webhook de type',
    event: 'L’événement',
    dependency: 'L’extension',
    price: 'Le prix :',
  },
  less: 'est moins demandé, ou ne l’est plus',
  words(widening) {
    const told: Readonly<Record<string, string>> = { ...PLAIN, ...OF }
    const [, plain = widening, of = ''] = /^(.*?)( \(.*\))?$/.exec(widening) ?? []
    return `${told[plain] ?? plain}${of}`
  },
}
