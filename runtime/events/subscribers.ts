import type { DeclarationSource } from '../installation-declarations.ts'
import type { ActiveInstallation, InstallationDirectory } from '../installation-source.ts'

/** Who of an organization subscribes to which types, as it stands now. */
export type Subscribers = ReadonlyMap<string, readonly ActiveInstallation[]>

export async function subscribersOf(
  deps: { installations: InstallationDirectory; declarations: DeclarationSource },
  organizationId: string,
): Promise<Subscribers> {
  const byType = new Map<string, ActiveInstallation[]>()
  for (const installation of await deps.installations.list(organizationId)) {
    const { events } = await deps.declarations.of(installation)
    for (const type of events.subscribes) byType.set(type, [...(byType.get(type) ?? []), installation])
  }
  return byType
}
