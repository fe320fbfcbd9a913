const WORDS = {
  PLANNED: ['planned', 'planifie', 'a venir', 'prevu', 'en attente de demarrage'],
  ACTIVE: ['active', 'en cours', 'ouvert', 'demarre', 'in progress'],
  PAUSED: ['paused', 'suspendu', 'en pause', 'arrete', 'on hold'],
  CLOSED: ['closed', 'termine', 'clos', 'cloture', 'livre', 'receptionne'],
} as const

export type SiteStatus = keyof typeof WORDS

/** The status that a French or English word means, accents and capitals aside. */
export function statusOf(word: string): SiteStatus | undefined {
  const plain = word
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
  for (const [status, words] of Object.entries(WORDS)) {
    if ((words as readonly string[]).includes(plain)) return status as SiteStatus
  }
  return undefined
}
