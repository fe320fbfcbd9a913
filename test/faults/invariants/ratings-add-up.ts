import { ratings } from '../../../marketplace/catalog/listing-collections.ts'
import { extensions } from '../../../marketplace/publishing/publishing-collections.ts'
import { groupBy } from '../group-by.ts'
import type { Invariant } from '../invariant.ts'

export const ratingsAddUp: Invariant = {
  name: 'an organization rates an extension once, and the extension counts what is there',
  async check({ all }) {
    const given = await all(ratings)
    const byExtension = groupBy(given, ({ extension }) => extension)
    const twice = [...groupBy(given, ({ extension, organization }) => `${organization} ${extension}`)]
    const wrong = (await all(extensions)).flatMap(({ _id, ratings: counted }) => {
      const { count = 0, stars = 0 } = counted ?? {}
      const mine = byExtension.get(_id) ?? []
      const sum = mine.reduce((total, one) => total + one.stars, 0)
      return count === mine.length && stars === sum
        ? []
        : [`${_id} counts ${count} with ${stars} stars, there are ${mine.length} with ${sum}`]
    })
    return [...twice.filter(([, group]) => group.length > 1).map(([key]) => `${key} is there twice`), ...wrong]
  },
}
