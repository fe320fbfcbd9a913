/** The version of API v1 and of the host calls; a manifest's `platform` range is held against it. */
export const PLATFORM_VERSION = '1.0.0'
