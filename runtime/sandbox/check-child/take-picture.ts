import { soundPackage } from '@annex/package/extract-code'
import { type ImageType, imageType } from '@annex/package/rules/image-facts'

/** A picture of a package that was checked before, by its path; what it is says its content, not its name. */
export function takePicture(bytes: Uint8Array, path: string): { type: ImageType; base64: string } | null {
  const file = soundPackage(bytes).files.get(path)
  const type = file && imageType(file)
  return file && type ? { type, base64: Buffer.from(file).toString('base64') } : null
}
