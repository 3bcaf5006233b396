// jose (npm, WebCrypto) for the interoperability tests; ../doc.go has the contract of the commands.
import { constants, createPrivateKey, sign as signBytes, webcrypto, X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";

import * as jose from "jose";

// Node 18, which Debian 12 has, keeps WebCrypto in its module only.
globalThis.crypto ??= webcrypto;

const ENC = { alg: "RSA-OAEP-256", enc: "A256GCM" };

async function readKey(path) {
  return JSON.parse(await readFile(path, "utf8"));
}

// WebCrypto imports a key for what its key_ops name, and jose seals with the operation encrypt, never wrapKey (it opens with
// decrypt, never unwrapKey). The contract makes destinations publish wrapKey (FIT-Connect contract 6.1), so a client on
// WebCrypto has to strip these members before it can use the key; what they say it has to check itself.
function stripped({ use, key_ops, ext, ...jwk }) {
  return jwk;
}

async function load(path) {
  const jwk = await readKey(path);
  return { kid: jwk.kid, key: await jose.importJWK(stripped(jwk)) };
}

async function seal(path, cty, source, extra = {}) {
  const { kid, key } = await load(path);
  const header = { ...ENC, kid, ...(cty === "-" ? {} : { cty }), ...extra };
  return new jose.CompactEncrypt(await readFile(source)).setProtectedHeader(header).encrypt(key);
}

async function deflate(path, cty, source) {
  return seal(path, cty, source, { zip: "DEF" });
}

async function unstripped(path) {
  const key = await jose.importJWK(await readKey(path));
  return new jose.CompactEncrypt(Buffer.from("text")).setProtectedHeader(ENC).encrypt(key);
}

async function open(path, _, source) {
  const { key } = await load(path);
  const options = { keyManagementAlgorithms: [ENC.alg], contentEncryptionAlgorithms: [ENC.enc], maxDecompressedLength: 4 << 20 };
  return (await jose.compactDecrypt(await readFile(source), key, options)).plaintext;
}

async function sign(path, typ, source) {
  const { kid, key } = await load(path);
  return new jose.CompactSign(await readFile(source)).setProtectedHeader({ alg: "PS512", kid, typ }).sign(key);
}

async function verify(path, _, source) {
  const { key } = await load(path);
  return (await jose.compactVerify(await readFile(source), key, { algorithms: ["PS512"] })).payload;
}

// jose always takes a salt of 64 bytes, so this signs one layer below, with Node's own crypto.
async function salt(path, typ, source) {
  const jwk = await readKey(path);
  const header = JSON.stringify({ alg: "PS512", kid: jwk.kid, typ });
  const signed = [Buffer.from(header), await readFile(source)].map((part) => part.toString("base64url")).join(".");
  const key = { key: createPrivateKey({ key: jwk, format: "jwk" }), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return `${signed}.${signBytes("sha512", Buffer.from(signed), key).toString("base64url")}`;
}

async function thumbprint(path) {
  return jose.calculateJwkThumbprint(await readKey(path));
}

async function certified(path) {
  const leaf = new X509Certificate(Buffer.from((await readKey(path)).x5c[0], "base64"));
  return jose.calculateJwkThumbprint(leaf.publicKey.export({ format: "jwk" }));
}

const COMMANDS = { seal, deflate, unstripped, open, inflate: open, sign, verify, salt, thumbprint, certified };

// jose deflates with what the platform has.
try {
  new CompressionStream("deflate-raw");
} catch {
  delete COMMANDS.deflate;
  delete COMMANDS.inflate;
}

async function answer([command, key, parameter, source, target]) {
  if (!(command in COMMANDS)) return `lacks ${command}`;
  try {
    await writeFile(target, await COMMANDS[command](key, parameter, source));
    return "done";
  } catch (error) {
    return `refused ${String(error).replaceAll("\n", " ")}`;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(await answer(line.split(" ")));
}
