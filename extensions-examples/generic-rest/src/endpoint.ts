/** One list of records of the API, as the configuration or the OpenAPI document tells of it. */
export interface Endpoint {
  name: string
  path: string
  method?: 'GET' | 'POST'
  body?: Record<string, unknown>
  /** JSON pointer to the list in the answer; the answer itself if absent. */
  records?: string
  idField?: string
  cursorField?: string
  sinceParameter?: string
  /** Fields of the record, each with its place in the source. */
  fields?: Record<string, string>
  paging?: Paging
}

export interface Paging {
  style: 'none' | 'page' | 'offset' | 'cursor' | 'link' | 'next-url'
  parameter?: string
  first?: number
  sizeParameter?: string
  size?: number
  /** JSON pointer to the next cursor or URL. */
  next?: string
}
