const text = { type: 'string', maxLength: 200 }

const fields = {
  reference: { ...text, minLength: 1 },
  name: { ...text, minLength: 1 },
  client: text,
  street: text,
  city: text,
  country: text,
  budget: text,
}

/** A chantier as a mapping leaves it: the right fields, but in the words of the system that it came from. */
export const input = {
  type: 'object',
  properties: { ...fields, status: text, postalCode: text, startsOn: text, endsOn: text },
  required: ['reference', 'name', 'status'],
}

/** A chantier as the platform wants it. */
export const output = {
  type: 'object',
  properties: {
    ...fields,
    status: { enum: ['PLANNED', 'ACTIVE', 'PAUSED', 'CLOSED'] },
    postalCode: { type: 'string', maxLength: 16 },
    startsOn: { type: 'string', format: 'date' },
    endsOn: { type: 'string', format: 'date' },
  },
  required: ['reference', 'name', 'status'],
}
