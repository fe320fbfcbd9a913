/** The kill list, what follows it, and the counts of extensions, on the server that MONGODB_URI names. */
import '../marketplace/analytics/analytics.test.ts'
import '../marketplace/kill-list/kill-follower.test.ts'
import '../marketplace/kill-list/kill-list.test.ts'
