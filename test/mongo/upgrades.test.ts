/** What becomes of an installation, on the server that MONGODB_URI names. */
import '../marketplace/installations/disabled-reasons.test.ts'
import '../marketplace/installations/install-requests.test.ts'
import '../marketplace/installations/upgrade-policies.test.ts'
import '../marketplace/installations/upgrades.test.ts'
