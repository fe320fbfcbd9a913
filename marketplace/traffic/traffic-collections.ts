import { keptAnswers } from './kept-answers.ts'
import { rateCounters } from './rate-limiter.ts'

export const trafficCollections = [keptAnswers, rateCounters]
