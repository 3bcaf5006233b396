// As much of DER (X.690) as a certificate that its own key signs (RFC 5280) and a request for one (PKCS #10, RFC 2986) take. Both are signed with
// RSASSA-PSS, SHA-512 and a salt of 64 bytes (RFC 4055), as the keys of destinations have to be.

const bytes = (...parts) => {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const p of parts) { all.set(p, at); at += p.length }
  return all
}

const length = (n) => {
  if (n < 0x80) return [n]
  const digits = []
  for (; n > 0; n >>>= 8) digits.unshift(n & 0xff)
  return [0x80 | digits.length, ...digits]
}

const tagged = (tag, ...parts) => {
  const content = bytes(...parts)
  return bytes([tag], length(content.length), content)
}

const sequence = (...parts) => tagged(0x30, ...parts)
const set = (...parts) => tagged(0x31, ...parts)
const octets = (content) => tagged(0x04, content)
const bits = (content, unused = 0) => tagged(0x03, [unused], content)
const text = (s) => tagged(0x0c, new TextEncoder().encode(s))
const nothing = Uint8Array.of(0x05, 0x00)
const yes = Uint8Array.of(0x01, 0x01, 0xff)

// integer is a number that is not negative, as bytes with the highest first.
export const integer = (content) => {
  let from = 0
  while (from < content.length - 1 && content[from] === 0) from++
  const digits = content.slice(from)
  return tagged(0x02, digits[0] & 0x80 ? [0] : [], digits)
}

// oid is an object identifier, "2.5.4.3".
export const oid = (dotted) => {
  const [first, second, ...arcs] = dotted.split('.').map(Number)
  const content = [first * 40 + second]
  for (let arc of arcs) {
    const digits = [arc & 0x7f]
    while ((arc >>>= 7) > 0) digits.unshift(0x80 | (arc & 0x7f))
    content.push(...digits)
  }
  return tagged(0x06, content)
}

// time is a moment, to the second: two digits of the year up to 2049, four from then on (RFC 5280 4.1.2.5).
export const time = (at) => {
  const digits = at.toISOString().replace(/[-:T]|\.\d+/g, '')
  const late = at.getUTCFullYear() >= 2050
  return tagged(late ? 0x18 : 0x17, new TextEncoder().encode(late ? digits : digits.slice(2)))
}

const sha512 = sequence(oid('2.16.840.1.101.3.4.2.3'), nothing)
const pss = sequence(oid('1.2.840.113549.1.1.10'), sequence(
  tagged(0xa0, sha512), tagged(0xa1, sequence(oid('1.2.840.113549.1.1.8'), sha512)), tagged(0xa2, integer(Uint8Array.of(64)))))

// named is whose key it is: as an organisation and as a common name.
const named = (subject) => sequence(...['2.5.4.10', '2.5.4.3'].map((type) => set(sequence(oid(type), text(subject)))))

// usages are bits of KeyUsage: the first is digitalSignature, the third keyEncipherment.
const usages = { sig: bits([0x80], 7), enc: bits([0x20], 5) }

const extensions = (use) => sequence(
  sequence(oid('2.5.29.19'), yes, octets(sequence())), // no authority
  sequence(oid('2.5.29.15'), yes, octets(usages[use])))

async function signed (key, content) {
  const signature = await crypto.subtle.sign({ name: 'RSA-PSS', saltLength: 64 }, key, content)
  return sequence(content, pss, bits(new Uint8Array(signature)))
}

// certificate makes one that the key signs itself. spki is the public key, from and until are dates.
export function certificate ({ key, spki, use, subject, from, until }) {
  const serial = crypto.getRandomValues(new Uint8Array(16))
  serial[0] = (serial[0] & 0x7f) | 0x40
  return signed(key, sequence(
    tagged(0xa0, integer(Uint8Array.of(2))), integer(serial), pss, named(subject), sequence(time(from), time(until)), named(subject), spki,
    tagged(0xa3, extensions(use))))
}

// request makes a request for a certificate.
export function request ({ key, spki, use, subject }) {
  const wanted = sequence(oid('1.2.840.113549.1.9.14'), set(extensions(use)))
  return signed(key, sequence(integer(Uint8Array.of(0)), named(subject), spki, tagged(0xa0, wanted)))
}
