import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'

interface Complaint {
  /** What people say of other marketplaces. */
  what: string
  /** A file of tests and the title of the one that would fail if it were so here. */
  shown: readonly (readonly [file: string, title: string])[]
  /** Of a part that no test can show: why it cannot arise. */
  cannot?: string
}

const MARKET = 'test/marketplace'
const PUBLISHING = `${MARKET}/publishing`
const INSTALLATIONS = `${MARKET}/installations`
const REVIEW = `${MARKET}/review`
const RULES = 'test/sdk/package/rule-cases'

/** What users of other marketplaces have complained of for years, and where it is shown that nobody has to do so here. */
const COMPLAINTS: readonly Complaint[] = [
  {
    what: 'the command line says "published", nobody sees it, and to publish again is refused',
    shown: [
      ['test/sdk/cli/commands/publish.test.ts', 'uploads the packed bytes and follows them into review'],
      ['test/sdk/cli/commands/publish.test.ts', 'a submission without an end in time is exit code 3'],
      [`${MARKET}/catalog/catalog.test.ts`, 'shows what is published, right after it was, and nothing else'],
      [`${PUBLISHING}/submissions.test.ts`, 'a check that dies each time is not a pass, and is tried again'],
      [`${PUBLISHING}/submissions.test.ts`, 'the same bytes of the same person are the same submission'],
    ],
  },
  {
    what: 'weeks in review without a reason',
    shown: [
      [`${REVIEW}/queue.test.ts`, 'the expected time is what the last decisions took'],
      [`${REVIEW}/queue.test.ts`, 'what is risky comes first, but passes nobody who has waited for long'],
      [`${REVIEW}/reviews.test.ts`, 'reasons reach the author'],
      [`${REVIEW}/queue.test.ts`, 'a reply of the author asks for attention, after a verdict too'],
    ],
  },
  {
    what: 'a number is given free again and means other bytes',
    shown: [
      [`${PUBLISHING}/submissions.test.ts`, 'a number that passed once takes no other bytes'],
      [`${PUBLISHING}/submissions.test.ts`, 'two uploads of one version at once: one number, one winner'],
    ],
  },
  {
    what: 'there are no pre-releases but by tricks with numbers',
    shown: [
      [`${PUBLISHING}/channels.test.ts`, 'a release goes to latest, a pre-release to the channel that it names'],
      [`${PUBLISHING}/channels.test.ts`, 'an upload names its channel, and may name another until it is published'],
    ],
  },
  {
    what: 'a back-port or a pre-release becomes the latest',
    shown: [
      [`${PUBLISHING}/channels.test.ts`, 'by itself no channel moves down, and latest never onto a pre-release'],
      [`${PUBLISHING}/version-cases.test.ts`, 'latest, after each publication in any order'],
    ],
  },
  {
    what: 'look-alikes of other names, lifted to the top by counted downloads',
    shown: [
      [`${PUBLISHING}/publisher-slug.test.ts`, 'folds look-alikes together'],
      [`${PUBLISHING}/publisher-slug.test.ts`, 'keeps names that speak for the platform, and what looks like them'],
      [`${PUBLISHING}/domain-verification.test.ts`, 'the owner of a domain proves it, and the publisher bears it'],
      [`${RULES}/man-14.ts`, '@other/sites-inport'],
      [`${MARKET}/catalog/score.test.ts`, 'installations alone buy no place'],
      [`${MARKET}/catalog/score.test.ts`, 'who is not verified, and what is deprecated, counts half'],
    ],
  },
  {
    what: 'a stranger takes over a name that stands empty; the honest owner stays on the list of the malicious',
    shown: [
      [`${PUBLISHING}/publishers.test.ts`, 'a name, or one that looks like it, is taken once'],
      [`${PUBLISHING}/publishers.test.ts`, 'the last owner stays, also when two leave at once'],
      ['test/flows/kill-list.test.ts', 'shows in the installation, and runs again when it is lifted'],
    ],
    cannot: 'a publisher is never deleted and never without an owner: its name does not stand empty, nor change hands.',
  },
  {
    what: 'a malicious update reaches everybody in the hour of its publication',
    shown: [
      [`${INSTALLATIONS}/upgrade-policies.test.ts`, 'a version comes when it is old enough, and not before'],
      [`${INSTALLATIONS}/upgrade-policies.test.ts`, 'an organization that waits is given no younger one by default'],
      [`${INSTALLATIONS}/upgrade-policies.test.ts`, 'steps that a policy lets come'],
      ['test/faults/kill-list.alone.test.ts', 'within a second'],
    ],
  },
  {
    what: 'an update loses what was granted, or switches on what an admin had switched off',
    shown: [
      [`${INSTALLATIONS}/upgrades.test.ts`, 'an earlier consent counts for its manifest'],
      [`${INSTALLATIONS}/upgrades.test.ts`, 'what the admin disabled stays so through an upgrade and a rollback'],
      [`${INSTALLATIONS}/consent.test.ts`, 'without a grant, everything that is asked for is shown'],
      [`${PUBLISHING}/package-source.test.ts`, 'is nothing for bytes that do not have the digest'],
    ],
  },
  {
    what: 'the marketplace cannot be switched off; without the network everything hangs',
    shown: [
      [`${MARKET}/gateway/closed-marketplace.test.ts`, 'what is installed is all there is'],
      [`${INSTALLATIONS}/installations.test.ts`, 'uninstalling needs nothing of the extension'],
    ],
    cannot: 'catalog, packages and signatures are in the own store: no other service is asked for any of them.',
  },
  {
    what: 'updates are never reviewed, users stay on an old broken version',
    shown: [
      [`${REVIEW}/automatic-approval.test.ts`, 'publishes what asks for no more, and names its reasons'],
      [`${REVIEW}/risk.test.ts`, 'more risk is looked at sooner, and nothing waits for ever'],
    ],
  },
  {
    what: 'the package has vanished at another place, and the error says nothing',
    shown: [
      [`${INSTALLATIONS}/installations.test.ts`, 'a failing step is told, undone, and leaves room for another try'],
      [`${INSTALLATIONS}/over-http.test.ts`, 'a failed installation is a 400 that names its step'],
      ['test/faults/invariants/versions-have-blobs.ts', 'digest'],
    ],
    cannot: 'the bytes of a version are taken in at its upload and belong to it: there is no other place.',
  },
  {
    what: 'half an installation stays behind; a hook is silently not registered',
    shown: [
      ['test/faults/steps/installing-kill.test.ts', 'leaves nothing by halves'],
      ['test/faults/steps/uninstalling-kill.test.ts', 'leaves nothing by halves'],
      ['test/sdk/package/check-package.test.ts', 'a good package'],
      [`${RULES}/run-02.ts`, 'run02Case'],
    ],
  },
  {
    what: 'an extension leaves the catalog without a word to its author',
    shown: [
      [`${MARKET}/notifications/notifications.test.ts`, 'every step is told, in order, and to the owners too'],
      [`${MARKET}/notifications/notifications.test.ts`, 'what a moderator does to a listing is told with its reason'],
      [`${MARKET}/catalog/search-index.test.ts`, "incompatible: 'show'"],
    ],
  },
  {
    what: 'what the registry answers is described nowhere',
    shown: [
      [`${MARKET}/gateway/openapi.test.ts`, 'knows every route, and no other'],
      [`${MARKET}/gateway/catalog-versions.test.ts`, 'one version: its facts, its package, its channels'],
    ],
  },
  {
    what: 'a refused upload overwrites what was stored; two at once lose a version',
    shown: [
      ['test/faults/interleavings/publishing.test.ts', 'do at once, the rules hold'],
      [`${PUBLISHING}/channels.test.ts`, 'a move and a publication at once lose nothing'],
      ['test/faults/steps/publishing-kill.test.ts', 'leaves nothing by halves'],
    ],
  },
  {
    what: 'a false alarm of the search for secrets cannot be answered',
    shown: [
      ['test/sdk/package/code-severities.test.ts', 'a waiver makes a refusal a review'],
      [`${REVIEW}/waivers.test.ts`, 'a waiver holds for the next version while file and finding are the same'],
      [`${REVIEW}/waivers.test.ts`, 'what wants a person is not approved in silence'],
      ['test/sdk/package/ordinary-libraries.test.ts', 'ordinary libraries are no reason to refuse an extension'],
    ],
  },
  {
    what: 'a rule of trademarks keeps their owners out, and finds a mark in the middle of a word',
    shown: [[`${RULES}/man-14.ts`, "called('WCAG report', 'WC')"]],
    cannot: 'the rule asks for a person to look and never refuses; a version that is there already keeps it silent.',
  },
  {
    what: 'the check on the desk is another than on the server; new rules take out what is published',
    shown: [
      ['test/sdk/same-report.test.ts', 'machines'],
      [`${PUBLISHING}/recheck.test.ts`, 'what is published is held against newer data, and only told'],
      ['test/sdk/package/check-package.test.ts', 'rules that were not reached are skipped, and said to be'],
      [`${RULES}/pkg-14.ts`, '.hidden'],
      [`${PUBLISHING}/signing/signature-check.test.ts`, 'of a draft holds in its own organization only'],
    ],
  },
  {
    what: 'a machine approves after a person has said no; flags of the queue stay or go by the wrong event',
    shown: [
      [`${REVIEW}/automatic-approval.test.ts`, 'a rejection stops it until a person approves again'],
      [`${REVIEW}/flags.test.ts`, 'is raised and lowered by its own events alone'],
      [`${REVIEW}/flags.test.ts`, 'no verdict of a machine lowers what a person raised'],
    ],
  },
  {
    what: 'what is incompatible cannot be uninstalled, and the catalog offers it',
    shown: [
      [`${INSTALLATIONS}/installations.test.ts`, 'uninstalling needs nothing of the extension'],
      [`${INSTALLATIONS}/disabled-reasons.test.ts`, 'what is disabled is uninstalled as anything else'],
      [`${INSTALLATIONS}/disabled-reasons.test.ts`, 'what runs on no platform any more is disabled until it does'],
      [`${MARKET}/catalog/search-index.test.ts`, "incompatible: 'show'"],
    ],
    cannot:
      'nobody needs to override the range of platforms: older ones are offered beside newer ones, and it was tried on each.',
  },
  {
    what: 'an update resets the choice of a channel; a mended old line is refused; consent splits the versions',
    shown: [
      [`${INSTALLATIONS}/upgrade-policies.test.ts`, 'a pre-release comes only by a channel that names it'],
      [`${INSTALLATIONS}/upgrade-policies.test.ts`, 'a mended older line reaches those who stay on it'],
      [`${INSTALLATIONS}/upgrade-policies.test.ts`, 'one that asks for more waits for an admin while the old one runs'],
      [`${PUBLISHING}/version-cases.test.ts`, 'latest, after each publication in any order'],
    ],
  },
]

const root = new URL('../../', import.meta.url)

t.test('none of the twenty-two goes without an answer', async (t) => {
  t.equal(COMPLAINTS.length, 22)
  for (const { what, shown } of COMPLAINTS) {
    t.ok(shown.length > 0, what)
    for (const [file, title] of shown) {
      const path = new URL(file, root)
      t.ok(existsSync(path) && readFileSync(path, 'utf8').includes(title), `${file}: ${title}`)
    }
  }
})
