/** Keys and signatures of packages, and who meets whom in them, on the server that MONGODB_URI names. */
import '../marketplace/installations/signed-packages.test.ts'
import '../marketplace/publishing/signing/renew-signatures.test.ts'
import '../marketplace/publishing/signing/signature-check.test.ts'
import '../marketplace/publishing/signing/signing-keys.test.ts'
