/** Whether `If-None-Match` names the tag: RFC 9110, section 13.1.2, with the weak comparison. */
export function isKnownTag(header: string | undefined, tag: string): boolean {
  const named = (header ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''))
  return named.includes(tag) || named.includes('*')
}
