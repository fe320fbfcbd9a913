import type { Services } from '../services.ts'
import type { App } from './app-type.ts'
import { registerAdminKillList } from './routes/admin/kill-list.ts'
import { registerRuleData } from './routes/admin/rule-data.ts'
import { registerSigningKeys } from './routes/admin/signing-keys.ts'
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
import { registerPages } from './routes/marketplace/catalog/pages.ts'
import { registerVersions } from './routes/marketplace/catalog/versions.ts'
import { registerCatalog } from './routes/marketplace/catalog.ts'
import { registerDrafts } from './routes/marketplace/drafts.ts'
import { registerAnalytics } from './routes/marketplace/extensions/analytics.ts'
import { registerChannels } from './routes/marketplace/extensions/channels.ts'
import { registerEntitlement } from './routes/marketplace/extensions/entitlement.ts'
import { registerRatings } from './routes/marketplace/extensions/ratings.ts'
import { registerAbuseReports } from './routes/marketplace/extensions/reports.ts'
import { registerVersionLife } from './routes/marketplace/extensions/version-life.ts'
import { registerVisibility } from './routes/marketplace/extensions/visibility.ts'
import { registerExtensions } from './routes/marketplace/extensions.ts'
import { registerInstall } from './routes/marketplace/install.ts'
import { registerInstallRequests } from './routes/marketplace/install-requests.ts'
import { registerInstallationSecrets } from './routes/marketplace/installation-secrets.ts'
import { registerInstallationPolicy } from './routes/marketplace/installations/policy.ts'
import { registerRecording } from './routes/marketplace/installations/recording.ts'
import { registerRollback } from './routes/marketplace/installations/rollback.ts'
import { registerUpgrade } from './routes/marketplace/installations/upgrade.ts'
import { registerInstallations } from './routes/marketplace/installations.ts'
import { registerInvocations } from './routes/marketplace/invocations.ts'
import { registerPublicKeys } from './routes/marketplace/keys.ts'
import { registerKillList } from './routes/marketplace/kill-list.ts'
import { registerPublisherInvitations } from './routes/marketplace/publishers/invitations.ts'
import { registerPublisherMembers } from './routes/marketplace/publishers/members.ts'
import { registerPublisherVerification } from './routes/marketplace/publishers/verification.ts'
import { registerPublisherWebhook } from './routes/marketplace/publishers/webhook.ts'
import { registerPublishers } from './routes/marketplace/publishers.ts'
import { registerAutomaticApproval } from './routes/marketplace/reviews/automatic.ts'
import { registerReviewComparison } from './routes/marketplace/reviews/comparison.ts'
import { registerReviewMessages } from './routes/marketplace/reviews/messages.ts'
import { registerReviews } from './routes/marketplace/reviews.ts'
import { registerRules } from './routes/marketplace/rules.ts'
import { registerSubmissions } from './routes/marketplace/submissions.ts'
import { registerSuspensions } from './routes/marketplace/suspensions.ts'
import { registerInstallationUsage } from './routes/marketplace/usage.ts'
import { registerNotifications } from './routes/notifications.ts'
import { registerInvitations } from './routes/organizations/invitations.ts'
import { registerMembers } from './routes/organizations/members.ts'
import { registerOrganizationPolicy } from './routes/organizations/policy.ts'
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
  registerSigningKeys,
  registerAdminKillList,
  registerRuleData,
  registerResources,
  registerContents,
  registerConnectors,
  registerIntegrations,
  registerIntegrationRuns,
  registerIntegrationHistory,
  registerJobs,
  registerCatalog,
  registerVersions,
  registerPages,
  registerPublicKeys,
  registerKillList,
  registerRules,
  registerPublishers,
  registerPublisherMembers,
  registerPublisherInvitations,
  registerPublisherVerification,
  registerExtensions,
  registerChannels,
  registerVisibility,
  registerVersionLife,
  registerRatings,
  registerAbuseReports,
  registerEntitlement,
  registerSuspensions,
  registerAnalytics,
  registerSubmissions,
  registerReviews,
  registerReviewMessages,
  registerReviewComparison,
  registerAutomaticApproval,
  registerNotifications,
  registerPublisherWebhook,
  registerInstall,
  registerDrafts,
  registerInstallations,
  registerUpgrade,
  registerRollback,
  registerInstallationPolicy,
  registerInstallRequests,
  registerOrganizationPolicy,
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
