/** Who is told what, on the server that MONGODB_URI names. */
import '../marketplace/notifications/late-installations.test.ts'
import '../marketplace/notifications/organization-notifications.test.ts'
