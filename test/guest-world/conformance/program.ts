/** The program that Node and the guest both run: its functions give the answers to the tables. */
import { atobTable, btoaTable } from './base64-table.ts'
import { cloneShapeTable, cloneTable } from './clone-table.ts'
import { digestTable, hmacTable } from './crypto-table.ts'
import { decodeArgumentTable, decodeTable, encodeTable } from './encoding-table.ts'
import { headersTable } from './headers-table.ts'
import { requestTable, responseTable } from './message-table.ts'
import { searchParamsTable } from './search-params-table.ts'
import { signalTable } from './signal-table.ts'
import { type Answer, answersOf } from './table.ts'
import { urlSetterTable } from './url-setter-table.ts'
import { urlTable } from './url-table.ts'

export async function allAnswers(): Promise<Answer[]> {
  return [
    ...(await answersOf('URL', urlTable)),
    ...(await answersOf('setters of URL', urlSetterTable)),
    ...(await answersOf('URLSearchParams', searchParamsTable)),
    ...(await answersOf('TextEncoder', encodeTable)),
    ...(await answersOf('TextDecoder', decodeTable)),
    ...(await answersOf('arguments of TextDecoder', decodeArgumentTable)),
    ...(await answersOf('atob', atobTable)),
    ...(await answersOf('btoa', btoaTable)),
    ...(await answersOf('Headers', headersTable)),
    ...(await answersOf('digest', digestTable)),
    ...(await answersOf('HMAC', hmacTable)),
  ]
}

/** The rest of the web's common minimum. */
export async function otherAnswers(): Promise<Answer[]> {
  return [
    ...(await answersOf('structuredClone', cloneTable)),
    ...(await answersOf('structuredClone of shapes', cloneShapeTable)),
    ...(await answersOf('Response', responseTable)),
    ...(await answersOf('Request', requestTable)),
    ...(await answersOf('signals, events, timers', signalTable)),
  ]
}
