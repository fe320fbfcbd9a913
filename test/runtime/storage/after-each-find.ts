import type { Handle, Store } from '../../../runtime/storage/port.ts'

/** The store as somebody sees it who is slow: `act` happens between what is found and what is made of it. */
export function afterEachFind(store: Store, act: () => Promise<unknown>): Store {
  const slow =
    (handle: Handle): Handle =>
    (collection) => {
      const documents = handle(collection)
      return {
        ...documents,
        async find(query) {
          const page = await documents.find(query)
          await act()
          return page
        },
      }
    }
  return {
    ...store,
    forOrganization: (organizationId) => slow(store.forOrganization(organizationId)),
    asSystem: (reason) => slow(store.asSystem(reason)),
  }
}
