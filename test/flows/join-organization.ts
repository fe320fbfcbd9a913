import type { Person, TestApp } from '../marketplace/gateway/build-app.ts'

/** Somebody new in an admin's organization, who came by invitation. */
export async function joinOrganization(
  app: Pick<TestApp, 'person'>,
  admin: Person,
  { name, role }: { name: string; role: 'admin' | 'member' },
): Promise<Person> {
  const path = `/api/organizations/${admin.organizationId}/invitations`
  const invitation = await admin.call('POST', path, { email: `${name}@${name}.example`, role })
  return app.person(name, { invitation: invitation.text('token') })
}
