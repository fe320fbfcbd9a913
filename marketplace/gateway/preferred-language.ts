import type { Language } from '../catalog/permission-sheet.ts'

/** The one of ours that an `Accept-Language` header prefers (RFC 9110, section 12.5.4); English when it names none. */
export function preferredLanguage(header = ''): Language {
  const ranked = header
    .slice(0, 500)
    .split(',')
    .map((range, index) => {
      const [tag = '', ...parameters] = range
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/)
      const quality = parameters.find((each) => each.startsWith('q='))
      return { language: tag.split('-')[0], quality: quality === undefined ? 1 : Number(quality.slice(2)), index }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || a.index - b.index)
  return ranked.find(({ language }) => language === 'en' || language === 'fr')?.language === 'fr' ? 'fr' : 'en'
}
