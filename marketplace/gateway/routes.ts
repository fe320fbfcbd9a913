import type { Services } from '../services.ts'
import type { App } from './app-type.ts'
import { registerAdminUsers } from './routes/admin/users.ts'
import { registerAudit } from './routes/audit.ts'
import { registerApiKeys } from './routes/auth/api-keys.ts'
import { registerLogin } from './routes/auth/login.ts'
import { registerLogout } from './routes/auth/logout.ts'
import { registerMe } from './routes/auth/me.ts'
import { registerRefresh } from './routes/auth/refresh.ts'
import { registerRegister } from './routes/auth/register.ts'
import { registerVerify } from './routes/auth/verify.ts'
import { registerConnectors } from './routes/connectors.ts'
import { registerDocs } from './routes/docs.ts'
import { registerDownloads } from './routes/downloads.ts'
import { registerEvents } from './routes/events.ts'
import { registerHealth } from './routes/health.ts'
import { registerIntegrationHistory } from './routes/integrations/history.ts'
import { registerIntegrationRuns } from './routes/integrations/runs.ts'
import { registerIntegrations } from './routes/integrations.ts'
import { registerJobs } from './routes/jobs.ts'
import { registerCatalog } from './routes/marketplace/catalog.ts'
import { registerDrafts } from './routes/marketplace/drafts.ts'
import { registerExtensions } from './routes/marketplace/extensions.ts'
import { registerInstall } from './routes/marketplace/install.ts'
import { registerInstallationSecrets } from './routes/marketplace/installation-secrets.ts'
import { registerRecording } from './routes/marketplace/installations/recording.ts'
import { registerInstallations } from './routes/marketplace/installations.ts'
import { registerInvocations } from './routes/marketplace/invocations.ts'
import { registerPublisherMembers } from './routes/marketplace/publishers/members.ts'
import { registerPublishers } from './routes/marketplace/publishers.ts'
import { registerReviewMessages } from './routes/marketplace/reviews/messages.ts'
import { registerReviews } from './routes/marketplace/reviews.ts'
import { registerSubmissions } from './routes/marketplace/submissions.ts'
import { registerInstallationUsage } from './routes/marketplace/usage.ts'
import { registerInvitations } from './routes/organizations/invitations.ts'
import { registerMembers } from './routes/organizations/members.ts'
import { registerOrganizations } from './routes/organizations.ts'
import { registerSchedules } from './routes/schedules.ts'
import { registerUsage } from './routes/usage.ts'
import { registerContents } from './routes/v1/content.ts'
import { registerResources } from './routes/v1/resources.ts'
import { registerWebhooksIn } from './routes/webhooks/in.ts'
import { registerWebhookRetry } from './routes/webhooks/retry.ts'

/** Every route of the service, by file. */
export function registerRoutes(app: App, services: Services): void {
  for (const register of ROUTES) register(app, services)
}

const ROUTES: readonly ((app: App, services: Services) => void)[] = [
  registerRegister,
  registerLogin,
  registerRefresh,
  registerLogout,
  registerVerify,
  registerMe,
  registerApiKeys,
  registerOrganizations,
  registerMembers,
  registerInvitations,
  registerAdminUsers,
  registerResources,
  registerContents,
  registerConnectors,
  registerIntegrations,
  registerIntegrationRuns,
  registerIntegrationHistory,
  registerJobs,
  registerCatalog,
  registerPublishers,
  registerPublisherMembers,
  registerExtensions,
  registerSubmissions,
  registerReviews,
  registerReviewMessages,
  registerInstall,
  registerDrafts,
  registerInstallations,
  registerInvocations,
  registerInstallationUsage,
  registerUsage,
  registerRecording,
  registerInstallationSecrets,
  registerEvents,
  registerSchedules,
  registerWebhooksIn,
  registerWebhookRetry,
  registerAudit,
  registerHealth,
  registerDocs,
  registerDownloads,
]
