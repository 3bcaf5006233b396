"""Sends one application to the responsible authority. Needs jwcrypto (pip install jwcrypto, or Debian's python3-jwcrypto).

The secret is read from the environment:  read -rs VIERKANT_CLIENT_SECRET && export VIERKANT_CLIENT_SECRET
"""
import hashlib
import json
import os
import urllib.parse
import urllib.request

from jwcrypto import jwe, jwk

URL = "{{.URL}}"
CLIENT_ID = "{{.ClientID}}"
SERVICE = "{{.Service}}"
ARS = "{{.ARS}}"
API = URL + "/submission-api/v2"


def call(method, url, body=None, **headers):
    request = urllib.request.Request(url, body, {name.replace("_", "-"): value for name, value in headers.items()}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or "null")


def seal(key, content):
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": key.get("kid"), "cty": "application/json"}
    return jwe.JWE(content, json.dumps(header), recipient=key).serialize(compact=True)


# 1. A token.
form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": os.environ["VIERKANT_CLIENT_SECRET"]}
token = call("POST", URL + "/token", urllib.parse.urlencode(form).encode())["access_token"]
auth = {"Authorization": "Bearer " + token, "Content_Type": "application/json"}

# 2. Who is responsible, and with which key to seal for them.
# Before real data are sent, verify the signature of the route and the certificate of the key, as "vierkant send" does.
query = urllib.parse.urlencode({"leikaKey": SERVICE.rpartition(":")[2], "ars": ARS})
destination_id = call("GET", URL + "/routing-api/v2/routes?" + query)["routes"][0]["destinationId"]
destination = call("GET", f"{API}/destinations/{destination_id}")
key = jwk.JWK(**call("GET", f"{API}/destinations/{destination_id}/keys/{destination['encryptionKid']}"))
schema = next(schema for offered in destination["publicServices"] if offered["identifier"] == SERVICE
              for schema in offered["submissionSchemas"] if schema["mimeType"] == "application/json")

# 3. The data, and metadata that describe them; both are sealed here, and the broker reads neither.
data = json.dumps({"hello": "world"}).encode()
metadata = json.dumps({
    "$schema": "https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json",
    "contentStructure": {"attachments": [], "data": {
        "hash": {"type": "sha512", "content": hashlib.sha512(data).hexdigest()}, "submissionSchema": schema}},
}).encode()

# 4. Announce, and submit.
announced = call("POST", API + "/submissions", json.dumps({
    "destinationId": destination_id, "announcedAttachments": [], "publicService": {"name": "Test", "identifier": SERVICE},
}).encode(), **auth)
call("PUT", API + "/submissions/" + announced["submissionId"], json.dumps({
    "encryptedMetadata": seal(key, metadata), "encryptedData": seal(key, data),
}).encode(), **auth)
print("submitted", announced["submissionId"], "in case", announced["caseId"])
