import { attackFamily } from '../harness/attack-family.ts'
import { succeedsWhenGranted } from '../harness/control.ts'

const GRANTED = succeedsWhenGranted({ grants: [{ scope: 'read:chantiers' }, { scope: 'write:chantiers' }] })

attackFamily({
  title: 'calls without a scope, from the cage',
  attacks: [
    {
      title: 'a list',
      code: 'return (await ctx.platform.chantiers.list()).data.length',
      ends: ['PERMISSION'],
      control: GRANTED,
    },
    {
      title: 'a list with a resource of its own in the query',
      code: 'return (await ctx.platform.timesheets.list({ resource: "chantiers" })).data.length',
      ends: ['PERMISSION'],
      control: succeedsWhenGranted({ grants: [{ scope: 'read:timesheets' }] }),
    },
    {
      title: 'a write under the right to read',
      code: 'return (await ctx.platform.chantiers.create({ reference: "C-1", name: "x", status: "ACTIVE" })).rev',
      installation: { grants: [{ scope: 'read:chantiers' }] },
      ends: ['PERMISSION'],
      control: GRANTED,
    },
    {
      title: 'a record whose JSON lies about itself',
      code: `const record = { toJSON: () => ({ reference: 'C-1', name: 'x', status: 'ACTIVE' }), organizationId: 'org_other' }
        return (await ctx.platform.chantiers.create(record)).rev`,
      ends: ['PERMISSION'],
      control: GRANTED,
    },
    {
      title: 'a thousand tries in the hope that one slips through',
      code: `let got = 0
        await Promise.all(Array.from({ length: 90 }, () => ctx.platform.chantiers.list().then(() => { got++ }, () => {})))
        return got`,
      harmless: (value) => value === 0,
      control: succeedsWhenGranted({ grants: [{ scope: 'read:chantiers' }] }, (value) => value === 90),
    },
  ],
})
