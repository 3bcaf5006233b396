"""jwcrypto (Debian python3-jwcrypto) for the interoperability tests; doc.go has the contract of the commands."""

import base64
import functools
import sys

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives import hashes
from jwcrypto import jwa, jwe, jwk, jws
from jwcrypto.common import base64url_encode, json_decode, json_encode

# jwcrypto inflates 256 KiB unless told otherwise.
jwe.default_max_compressed_size = 4 << 20

ENC = {"alg": "RSA-OAEP-256", "enc": "A256GCM"}


@functools.cache  # cryptography checks a private key for half a second
def load(path):
    return jwk.JWK.from_json(read(path).decode())


def read(path):
    with open(path, "rb") as file:
        return file.read()


def seal(key, cty, plain, **extra):
    recipient = load(key)
    header = {**ENC, "kid": recipient.get("kid"), **extra}
    if cty != "-":
        header["cty"] = cty
    message = jwe.JWE(read(plain), protected=json_encode(header))
    message.add_recipient(recipient)
    return message.serialize(compact=True).encode()


def deflate(key, cty, plain):
    return seal(key, cty, plain, zip="DEF")


def open_(key, _, compact):
    message = jwe.JWE(algs=list(ENC.values()))
    message.deserialize(read(compact).decode(), load(key))
    return message.payload


def sign(key, typ, payload):
    signer = load(key)
    message = jws.JWS(read(payload))
    message.allowed_algs = ["PS512"]
    message.add_signature(signer, protected=json_encode({"alg": "PS512", "kid": signer.get("kid"), "typ": typ}))
    return message.serialize(compact=True).encode()


def verify(key, _, compact):
    message = jws.JWS()
    message.allowed_algs = ["PS512"]
    message.deserialize(read(compact).decode(), load(key), alg="PS512")
    return message.payload


def salt(key, typ, payload):
    """jwcrypto always takes a salt of 64 bytes, so this signs one layer below, with the library that it uses."""
    signer = load(key)
    header = json_encode({"alg": "PS512", "kid": signer.get("kid"), "typ": typ})
    signed = base64url_encode(header) + "." + base64url_encode(read(payload))
    pss = padding.PSS(padding.MGF1(hashes.SHA512()), 32)
    signature = signer.get_op_key("sign").sign(signed.encode(), pss, hashes.SHA512())
    return (signed + "." + base64url_encode(signature)).encode()


def thumbprint(key, *_):
    return load(key).thumbprint().encode()


def certified(key, *_):
    leaf = x509.load_der_x509_certificate(base64.b64decode(load(key).get("x5c")[0]))
    return jwk.JWK.from_pyca(leaf.public_key()).thumbprint().encode()


def generate(_, alg, __):
    operation = {"PS512": "sign", "RSA-OAEP-256": "unwrapKey"}[alg]
    key = jwk.JWK.generate(kty="RSA", size=4096, alg=alg, key_ops=[operation])
    return json_encode({**json_decode(key.export_private()), "kid": key.thumbprint()}).encode()


COMMANDS = {
    "seal": seal, "deflate": deflate, "open": open_, "inflate": open_, "sign": sign, "verify": verify, "salt": salt,
    "thumbprint": thumbprint, "certified": certified, "generate": generate,
}


def answer(line):
    command, key, parameter, source, target = line.split()
    try:
        result = COMMANDS[command](key, parameter, source)
    except Exception as error:  # whatever the library raises is its refusal
        return "refused " + repr(error).replace("\n", " ")
    with open(target, "wb") as file:
        file.write(result)
    return "done"


for job in sys.stdin:
    print(answer(job), flush=True)
