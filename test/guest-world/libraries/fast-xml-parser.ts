import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser'
import type { Features } from './features.ts'

const INVOICE = `<?xml version="1.0" encoding="UTF-8"?>
<!-- an invoice -->
<inv:Invoice xmlns:inv="urn:x" id="F-1" paid="false">
  <Customer>Dupont &amp; Fils &#233;&#x20AC; &lt;x&gt;</Customer>
  <Line n="1"><Name>Béton</Name><Amount currency="EUR">12.50</Amount></Line>
  <Line n="2"><Name><![CDATA[a < b]]></Name><Amount currency="EUR">007</Amount></Line>
  <Empty/><Blank>  </Blank><Big>12345678901234567890</Big><Hex>0x1F</Hex>
</inv:Invoice>`

export const features: Features = {
  parse: () => new XMLParser().parse(INVOICE),
  attributes: () =>
    new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@', parseAttributeValue: true }).parse(INVOICE),
  'without prefixes': () =>
    new XMLParser({ ignoreAttributes: false, removeNSPrefix: true, ignoreDeclaration: true }).parse(INVOICE),
  'as texts': () => new XMLParser({ parseTagValue: false, trimValues: false }).parse(INVOICE),
  'always lists': () => new XMLParser({ isArray: (name) => name === 'Line' || name === 'Empty' }).parse(INVOICE),
  'in order': () =>
    new XMLParser({
      preserveOrder: true,
      ignoreAttributes: false,
      commentPropName: '#comment',
      cdataPropName: '#cdata',
    }).parse(INVOICE),
  'values changed on the way': () =>
    new XMLParser({ tagValueProcessor: (name, value) => (name === 'Name' ? value.toUpperCase() : value) }).parse(
      INVOICE,
    ),
  'stop nodes': () => new XMLParser({ stopNodes: ['*.Line'] }).parse(INVOICE),
  'entities of HTML': () => new XMLParser({ htmlEntities: true }).parse('<a>&copy;&nbsp;&euro;&cent;</a>'),
  'entities of its own': () =>
    new XMLParser().parse('<!DOCTYPE a [<!ENTITY me "Jean"><!ENTITY x "y">]><a>&me; &x;</a>'),
  'entities within entities': () =>
    new XMLParser().parse('<!DOCTYPE a [<!ENTITY b "xx"><!ENTITY c "&b;&b;">]><a>&c;</a>'),
  'a name that is __proto__': () => new XMLParser().parse('<a><__proto__><b>1</b></__proto__></a>'),
  'no XML': () => new XMLParser().parse('nothing'),
  'a tag that is not closed': () => new XMLParser().parse('<a><b></a>', true),
  validate: () =>
    ['<a/>', '<a><b></a>', '<a x=1/>', '<a x="1" x="2"/>', 'x', '<a>&</a>', ''].map((text) =>
      XMLValidator.validate(text),
    ),
  build: () =>
    new XMLBuilder({ format: true, ignoreAttributes: false, suppressEmptyNode: true }).build({
      Invoice: { '@_id': 'F<1>', Line: [{ n: 1 }, { n: 2 }], Empty: '', Text: 'a & b "c"' },
    }),
  'there and back': () => {
    const options = { ignoreAttributes: false, preserveOrder: true, cdataPropName: '#cdata' }
    return new XMLBuilder(options).build(new XMLParser(options).parse(INVOICE))
  },
}
