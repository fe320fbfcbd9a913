import { isBelow } from './address-book.ts'

/** Who counts visitors and collects faults for others: the hosts that are told, and the libraries that tell them. */
export interface TelemetryVendor {
  name: string
  hosts: readonly string[]
  /** npm names; one that ends in `/` is a whole scope. */
  libraries: readonly string[]
}

const VENDORS: readonly TelemetryVendor[] = [
  { name: 'Amplitude', hosts: ['amplitude.com'], libraries: ['@amplitude/', 'amplitude-js'] },
  {
    name: 'Application Insights',
    hosts: ['services.visualstudio.com', 'applicationinsights.azure.com'],
    libraries: ['applicationinsights', '@microsoft/applicationinsights-web'],
  },
  { name: 'Bugsnag', hosts: ['bugsnag.com'], libraries: ['@bugsnag/', 'bugsnag'] },
  { name: 'Datadog', hosts: ['datadoghq.com', 'datadoghq.eu'], libraries: ['@datadog/', 'dd-trace'] },
  { name: 'FullStory', hosts: ['fullstory.com'], libraries: ['@fullstory/'] },
  {
    name: 'Google Analytics',
    hosts: ['google-analytics.com', 'googletagmanager.com', 'analytics.google.com'],
    libraries: ['universal-analytics', 'ga-4-react', 'react-ga', 'react-ga4'],
  },
  { name: 'Heap', hosts: ['heapanalytics.com', 'heap.io'], libraries: [] },
  { name: 'Honeycomb', hosts: ['honeycomb.io'], libraries: ['@honeycombio/', 'libhoney'] },
  { name: 'Hotjar', hosts: ['hotjar.com', 'hotjar.io'], libraries: ['@hotjar/'] },
  { name: 'LogRocket', hosts: ['logrocket.com', 'logrocket.io', 'lr-ingest.io'], libraries: ['logrocket'] },
  { name: 'Mixpanel', hosts: ['mixpanel.com'], libraries: ['mixpanel', 'mixpanel-browser'] },
  { name: 'New Relic', hosts: ['newrelic.com', 'nr-data.net'], libraries: ['newrelic', '@newrelic/'] },
  { name: 'Plausible', hosts: ['plausible.io'], libraries: ['plausible-tracker'] },
  { name: 'PostHog', hosts: ['posthog.com'], libraries: ['posthog-js', 'posthog-node'] },
  { name: 'Rollbar', hosts: ['rollbar.com'], libraries: ['rollbar'] },
  { name: 'Segment', hosts: ['segment.io', 'segment.com'], libraries: ['@segment/', 'analytics-node'] },
  { name: 'Sentry', hosts: ['sentry.io'], libraries: ['@sentry/', 'raven-js', 'raven'] },
]

export function vendorOfHost(host: string): TelemetryVendor | undefined {
  return VENDORS.find(({ hosts }) => hosts.some((name) => isBelow(host, name)))
}

export function vendorOfLibrary(library: string): TelemetryVendor | undefined {
  return VENDORS.find(({ libraries }) =>
    libraries.some((name) => (name.endsWith('/') ? library.startsWith(name) : library === name)),
  )
}
