import { resourceEventType } from '@annex/sdk/event-types'
import type { ScopeCondition, ScopeHours } from '@annex/sdk/scope-limits'
import type { ScopeResource } from '@annex/sdk/scopes'
import type { EventLine, HostLine, PermissionSheet, ScopeLine } from './permission-sheet.ts'

const NOUNS: Readonly<Record<ScopeResource, string>> = {
  assets: 'machines et équipements',
  rse: 'rapports RSE',
  sav: 'tickets de service après-vente',
  chantiers: 'chantiers',
  timesheets: 'feuilles de temps',
  documents: 'documents',
  tasks: 'tâches',
  'payroll-variables': 'variables de paie',
  planning: 'plannings',
  invoices: 'factures',
}

const COMPARISONS: Readonly<Record<ScopeCondition['op'], string>> = {
  eq: 'est',
  ne: 'n’est pas',
  in: 'est parmi',
  gt: 'dépasse',
  gte: 'est au moins',
  lt: 'est inférieur à',
  lte: 'est au plus',
}

const DAYS: Readonly<Record<string, string>> = {
  MON: 'lundi',
  TUE: 'mardi',
  WED: 'mercredi',
  THU: 'jeudi',
  FRI: 'vendredi',
  SAT: 'samedi',
  SUN: 'dimanche',
}

/** The same lines, told in French. What the author wrote stays as it is. */
export function frenchSheet(sheet: PermissionSheet): PermissionSheet {
  return {
    ...sheet,
    required: sheet.required.map(scopeLine),
    optional: sheet.optional.map(scopeLine),
    hosts: sheet.hosts.map(hostLine),
    events: sheet.events.map(eventLine),
  }
}

function scopeLine(line: ScopeLine): ScopeLine {
  const [action, resource] = line.scope.split(':')
  const noun = NOUNS[resource as ScopeResource] ?? resource
  const acts = action === 'read' ? 'Lire' : line.columns ? 'Créer et modifier' : 'Créer, modifier et supprimer'
  return { ...line, words: [`${acts} vos ${noun}`, ...limits(line)].join(', ') }
}

function limits({ conditions = [], columns, maxRows, hours }: ScopeLine): string[] {
  const records = maxRows === 1 ? 'enregistrement' : 'enregistrements'
  return [
    ...(conditions.length > 0 ? [`seulement si ${conditions.map(conditionWords).join(' et si ')}`] : []),
    ...(columns ? [columnWords(columns)] : []),
    ...(maxRows === undefined ? [] : [`au plus ${maxRows} ${records} à la fois`]),
    ...(hours ? [`seulement ${hoursWords(hours)}`] : []),
  ]
}

function columnWords(columns: readonly string[]): string {
  if (columns.length === 0) return 'aucun de leurs champs'
  return `seulement ${columns.length === 1 ? 'le champ' : 'les champs'} ${columns.join(', ')}`
}

function conditionWords({ field, op, value }: ScopeCondition): string {
  return `${field} ${COMPARISONS[op]} ${[value].flat().map(valueWords).join(', ')}`
}

/** In quotes unless it is one word, so that one condition never reads as two. */
function valueWords(value: string | number | boolean): string {
  return typeof value === 'string' && !/^[\p{L}\p{N}_.-]+$/u.test(value) ? JSON.stringify(value) : String(value)
}

function hoursWords({ days, from, to, timezone }: ScopeHours): string {
  const when = days === undefined ? '' : `le ${days.map((day) => DAYS[day]).join(', ')} `
  return `${when}de ${from} à ${to} (${timezone})`
}

function hostLine(line: HostLine): HostLine {
  const plain = line.host.startsWith('http://') ? ', sans chiffrement' : ''
  if (line.config) {
    const { key, match } = line.config
    const bound = match === 'any' ? 'tout serveur que vous nommez' : `un serveur que vous nommez, dans ${match}`
    return { ...line, words: `Échanger des données avec ${bound} dans le réglage « ${key} »${plain}` }
  }
  const name = line.host.replace(/^https?:\/\//, '').replace(/:\d+$/, '')
  const target = name.startsWith('*.') ? `tout serveur sous ${name.slice(2)}` : name
  return { ...line, words: `Échanger des données avec ${target}${plain}` }
}

function eventLine({ type }: EventLine): EventLine {
  const resource = resourceEventType(type)?.resource
  const words = resource
    ? `Être prévenue aussitôt de ${type} parmi vos ${NOUNS[resource.scope]}, dans la mesure de ses droits de lecture`
    : `Recevoir ${type} d’autres extensions, avec tout ce qu’elles y mettent, quels que soient les droits accordés`
  return { type, words }
}
