// Key pairs as destinations have them, and the file in which their private halves leave the browser: a JWK Set under a passphrase as RFC 7517 7 and
// RFC 7518 4.8 have it. Package crypto/keys of the broker opens it; any library that knows JOSE can.
import { certificate, request } from './der.js'

const iterations = 600_000

const utf8 = (s) => new TextEncoder().encode(s)

const base64 = (content) => {
  let s = ''
  for (const b of new Uint8Array(content)) s += String.fromCharCode(b)
  return btoa(s)
}

const base64url = (content) => base64(content).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

const uses = {
  enc: { alg: 'RSA-OAEP-256', open: 'wrapKey', secret: 'unwrapKey' },
  sig: { alg: 'PS512', open: 'verify', secret: 'sign' }
}

// make makes a pair for a use, enc or sig: its private JWK, its public one, and what an authority is asked for a certificate with. An RSA key is
// one whatever it is for, and this one signs its certificate or its request.
export async function make (use, subject, selfSigned, lifetimeDays = 365) {
  const pair = await crypto.subtle.generateKey({ name: 'RSA-PSS', modulusLength: 4096, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-512' }, true, ['sign', 'verify'])
  const { n, e, d, p, q, dp, dq, qi } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey))
  const kid = base64url(await crypto.subtle.digest('SHA-256', utf8(JSON.stringify({ e, kty: 'RSA', n }))))
  const both = { kty: 'RSA', kid, alg: uses[use].alg, n, e }
  const about = { key: pair.privateKey, spki, use, subject }
  if (!selfSigned) {
    return { use, kid, secret: { ...both, key_ops: [uses[use].secret], d, p, q, dp, dq, qi }, request: pem('CERTIFICATE REQUEST', await request(about)) }
  }
  const from = new Date()
  const x5c = [base64(await certificate({ ...about, from, until: new Date(from.getTime() + lifetimeDays * 86_400_000) }))]
  return {
    use, kid, secret: { ...both, key_ops: [uses[use].secret], x5c, d, p, q, dp, dq, qi }, open: { ...both, key_ops: [uses[use].open], x5c }
  }
}

export const pem = (kind, der) => `-----BEGIN ${kind}-----\n${base64(der).match(/.{1,64}/g).join('\n')}\n-----END ${kind}-----\n`

// lock writes private JWKs as a file that opens with the passphrase alone.
export async function lock (secrets, passphrase) {
  const alg = 'PBES2-HS512+A256KW'
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const header = base64url(utf8(JSON.stringify({ alg, enc: 'A256GCM', cty: 'jwk-set+json', p2s: base64url(salt), p2c: iterations })))
  const typed = await crypto.subtle.importKey('raw', utf8(passphrase.normalize('NFC')), 'PBKDF2', false, ['deriveKey'])
  const wrapping = await crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-512', salt: Uint8Array.of(...utf8(alg), 0, ...salt), iterations }, typed, { name: 'AES-KW', length: 256 }, false, ['wrapKey'])
  const content = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt'])
  const wrapped = await crypto.subtle.wrapKey('raw', content, wrapping, 'AES-KW')
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8(header), tagLength: 128 }, content, utf8(JSON.stringify({ keys: secrets }))))
  return [header, base64url(wrapped), base64url(iv), base64url(sealed.slice(0, -16)), base64url(sealed.slice(-16))].join('.')
}
