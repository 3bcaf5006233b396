"""Fetches, checks, opens and accepts all that waits. Needs jwcrypto (pip install jwcrypto, or Debian's python3-jwcrypto).

The secret is read from the environment:  read -rs VIERKANT_CLIENT_SECRET && export VIERKANT_CLIENT_SECRET
The folder keys has the private keys of the destination: decryption.jwk.json and signing.jwk.json.
"""
import hashlib
import json
import os
import time
import urllib.parse
import urllib.request
import uuid

from jwcrypto import jwe, jwk, jws

URL = "{{.URL}}"
CLIENT_ID = "{{.ClientID}}"
DESTINATION = "{{.Destination}}"
API = URL + "/submission-api/v2"
EVENTS = "https://schema.fitko.de/fit-connect/events/"


def call(method, url, body=None, **headers):
    request = urllib.request.Request(url, body, {name.replace("_", "-"): value for name, value in headers.items()}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or "null")


def load(name):
    with open("keys/" + name, encoding="utf-8") as file:
        return jwk.JWK.from_json(file.read())


def unseal(sealed):
    message = jwe.JWE(algs=["RSA-OAEP-256", "A256GCM"])
    message.deserialize(sealed, decryption)
    return message.payload


def submitted(log, subject):
    """The event by which the broker took the submission; its signature is verified with the broker's key."""
    for token in log:
        event = jws.JWS()
        event.allowed_algs = ["PS512"]
        event.deserialize(token)
        claims = json.loads(event.objects["payload"])
        if claims["sub"] == subject and EVENTS + "submit-submission" in claims["events"]:
            event.verify(service_keys.get_key(event.jose_header["kid"]))
            return claims
    raise ValueError("the log does not say that it was submitted")


# 1. A token, and the keys.
form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": os.environ["VIERKANT_CLIENT_SECRET"]}
token = call("POST", URL + "/token", urllib.parse.urlencode(form).encode())["access_token"]
auth = {"Authorization": "Bearer " + token}
decryption, signing = load("decryption.jwk.json"), load("signing.jwk.json")
service_keys = jwk.JWKSet.from_json(json.dumps(call("GET", URL + "/submission-api/.well-known/jwks.json")))

# 2. What waits.
for waiting in call("GET", f"{API}/submissions?destinationId={DESTINATION}&limit=100", **auth)["submissions"]:
    subject, case = "submission:" + waiting["submissionId"], waiting["caseId"]
    sealed = call("GET", API + "/submissions/" + waiting["submissionId"], **auth)

    # 3. It is what was submitted, byte for byte: the tags of the sealed parts are in the signed log.
    event = submitted(call("GET", f"{API}/cases/{case}/events?limit=500", **auth)["eventLog"], subject)
    tags = event["events"][EVENTS + "submit-submission"]["authenticationTags"]
    for part, name in (("encryptedMetadata", "metadata"), ("encryptedData", "data")):
        if sealed[part].rpartition(".")[2] != tags[name]:
            raise ValueError(f"the {name} are not those that were submitted")

    # 4. Opened, and the data are what the metadata describe.
    metadata, data = json.loads(unseal(sealed["encryptedMetadata"])), unseal(sealed["encryptedData"])
    if hashlib.sha512(data).hexdigest() != metadata["contentStructure"]["data"]["hash"]["content"]:
        raise ValueError("the data have another hash than the metadata say")
    print(data.decode())  # keep it before you accept: the broker gives it away no more afterwards

    # 5. Accepted, by a signature of the destination.
    accept = jws.JWS(json.dumps({
        "$schema": event["$schema"], "jti": str(uuid.uuid4()), "iss": DESTINATION, "iat": int(time.time()),
        "sub": subject, "txn": "case:" + case, "events": {EVENTS + "accept-submission": {"authenticationTags": tags}},
    }))
    accept.allowed_algs = ["PS512"]
    accept.add_signature(signing, protected=json.dumps({"typ": "secevent+jwt", "alg": "PS512", "kid": signing.get("kid")}))
    call("POST", f"{API}/cases/{case}/events", accept.serialize(compact=True).encode(), Content_Type="application/jose", **auth)
    print("accepted", waiting["submissionId"])
