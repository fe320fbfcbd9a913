import type { Finding } from '@annex/package/finding'
import type { Handle } from '../../runtime/storage/port.ts'
import type { CheckedPackage } from './checked-package.ts'
import { dependencyFindings } from './dependency-findings.ts'
import { foldName } from './publisher-slug.ts'
import { roleIn } from './publishers.ts'
import { extensions, nameClaims, publishers, type SubmissionDocument, versions } from './publishing-collections.ts'
import { audienceOf } from './visibility.ts'

/**
 * What only the store can say of a sound package: whether the uploader may publish under that name, and whether name
 * and number are free. Read in the transaction that then takes them.
 */
export async function admissionFindings(
  handle: Handle,
  submission: SubmissionDocument,
  checked: CheckedPackage,
): Promise<Finding[]> {
  const publisher = await publisherFinding(handle, submission, checked.publisher)
  // Who may not publish there learns nothing of what is there.
  if (publisher) return [publisher]
  const findings = [await versionFinding(handle, submission, checked), await nameFinding(handle, checked)]
  const there = await handle(extensions).get(checked.extension)
  const visibility = there ? (there.wantedVisibility ?? there.visibility) : submission.visibility
  const dependencies = await dependencyFindings(handle, checked, audienceOf(visibility))
  return [...findings, ...dependencies].filter((finding) => finding !== undefined)
}

/** Why the uploader may not publish there. */
export async function publisherFinding(
  handle: Handle,
  { uploadedBy, keyPublishers }: SubmissionDocument,
  slug: string,
): Promise<Finding | undefined> {
  const publisher = await handle(publishers).get(slug)
  if (!publisher)
    return refusal('PUBLISHER_UNKNOWN', `there is no publisher "${slug}"`, {
      fix: `Make it yours with \`annex publisher ${slug}\` or POST /api/marketplace/publishers, or use one of yours.`,
    })
  const member = (await roleIn(handle, uploadedBy, slug)) !== undefined
  if (!member || (keyPublishers && !keyPublishers.includes(slug)))
    return refusal('PUBLISHER_FORBIDDEN', `you may not publish for "${slug}"`, {
      fix: 'Ask an owner of the publisher to add you; a key needs the scope publish: and the slug.',
    })
  if (publisher.state === 'active') return undefined
  return refusal('PUBLISHER_FORBIDDEN', `the publisher "${slug}" is suspended`, { fix: 'Write to the operator.' })
}

async function versionFinding(
  handle: Handle,
  submission: SubmissionDocument,
  { extension, version }: CheckedPackage,
): Promise<Finding | undefined> {
  const taken = await handle(versions).get(`${extension}@${version}`)
  if (!taken) return undefined
  if (taken.digest === submission.digest)
    return refusal('VERSION_TAKEN', `these bytes are version ${version} already: ${taken.submissionId}`, {
      fix: 'Nothing to do, or raise the version if this was to be a new one.',
    })
  return refusal('VERSION_TAKEN', `version ${version} is used by the package with SHA-256 ${taken.digest}`, {
    fix: 'Raise `version` in package.json: a number that passed its check once is never used again.',
  })
}

async function nameFinding(handle: Handle, { extension }: CheckedPackage): Promise<Finding | undefined> {
  const claim = await handle(nameClaims).get(nameClaimId(extension))
  if (!claim || claim.name === extension) return undefined
  return refusal('NAME_TAKEN', `${extension} looks like ${claim.name}`, { fix: 'Choose a name that is not mistaken.' })
}

/** One id for all names of a publisher that look alike. */
export function nameClaimId(extension: string): string {
  const [publisher, name] = extension.slice(1).split('/')
  return `extension:${publisher}/${foldName(name ?? '')}`
}

function refusal(rule: string, message: string, { fix }: { fix: string }): Finding {
  const pointer = rule === 'VERSION_TAKEN' ? '/version' : '/name'
  return { rule, severity: 'error', message, file: 'package.json', pointer, fix, docs: rule.toLowerCase() }
}
