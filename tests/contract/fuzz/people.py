"""Who sends: a tenant with its key and people on devices that prove their keys (RFC 9449), signed up over HTTP."""

import base64
import hashlib
import json
import os
import secrets
import threading
import time

import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ORIGIN = os.environ["ATTUNE_URL"]
OPERATOR = os.environ["ATTUNE_OPERATOR_KEY"]


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def as_json(value):
    return json.dumps(value, separators=(",", ":")).encode()


def operator(path, body):
    headers = {"authorization": f"Bearer {OPERATOR}", "idempotency-key": secrets.token_hex(16)}
    answer = requests.post(ORIGIN + path, json={"schema_version": 1, **body}, headers=headers, timeout=20)
    answer.raise_for_status()
    return answer.json()


class Device:
    """A P-256 key, and the latest nonce of the server."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        point = self.key.public_key().public_numbers()
        x, y = (b64(n.to_bytes(32, "big")) for n in (point.x, point.y))
        self.header = b64(as_json({"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}}))
        self.nonce = None

    def proof(self, method, url, token=None):
        claims = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url.split("?")[0].split("#")[0], "iat": int(time.time())}
        if token:
            claims["ath"] = b64(hashlib.sha256(token.encode()).digest())
        if self.nonce:
            claims["nonce"] = self.nonce
        signed = f"{self.header}.{b64(as_json(claims))}"
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


class Proven(requests.auth.AuthBase):
    """A device's proof on whatever is sent, and the access token if there is one; once more with the server's nonce."""

    def __init__(self, device, token=None):
        self.device, self.token = device, token

    def __call__(self, request):
        self.sign(request)
        request.register_hook("response", self.answered)
        return request

    def sign(self, request):
        request.headers["DPoP"] = self.device.proof(request.method, request.url, self.token)
        if self.token:
            request.headers["Authorization"] = f"DPoP {self.token}"

    def answered(self, response, **kwargs):
        nonce = response.headers.get("dpop-nonce")
        if not nonce or nonce == self.device.nonce:
            return response
        self.device.nonce = nonce
        if response.status_code != 401:
            return response
        response.content  # read to its end, so that the connection can be used again
        response.close()
        request = response.request.copy()
        self.sign(request)
        again = response.connection.send(request, **kwargs)
        again.request = request
        return again


class Person:
    """Somebody who accepted an invitation."""

    def __init__(self, tenant, role):
        self.device = Device()
        email = f"{secrets.token_hex(8)}@example.com"
        token = operator(f"/v1/admin/tenants/{tenant}/invitations", {"email": email, "role": role})["token"]
        body = {"schema_version": 1, "token": token, "name": "A person"}
        url = f"{ORIGIN}/v1/invitations/accept"
        answer = requests.post(url, json=body, auth=Proven(self.device), timeout=20)
        answer.raise_for_status()
        tokens = answer.json()
        self.access, self.user_id, self.device_id = tokens["access_token"], tokens["user_id"], tokens["device_id"]

    def auth(self):
        return Proven(self.device, self.access)


class Bearer(requests.auth.AuthBase):
    """A key."""

    def __init__(self, key):
        self.key = key

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self.key}"
        return request


class Tenant:
    """One tenant. What a request has ended (a session, a key) is made anew by the next."""

    def __init__(self):
        self.lock = threading.Lock()
        self.id = operator("/v1/admin/tenants", {"name": "fuzz", "plan": "enterprise"})["tenant_id"]
        self.scopes = None
        self.owner = Person(self.id, "owner")
        answer = requests.get(f"{ORIGIN}/v1/permissions", auth=self.owner.auth(), timeout=20)
        answer.raise_for_status()
        self.scopes = answer.json()["permissions"]
        self.new_key()

    def new_key(self):
        body = {"name": secrets.token_hex(4), "scopes": self.scopes}
        self.key = operator(f"/v1/admin/tenants/{self.id}/keys", body)["key"]

    def lost(self, authorization):
        """Makes anew what was sent as `authorization` and no longer works, once."""
        with self.lock:
            if authorization == f"Bearer {self.key}":
                self.new_key()
            elif authorization == f"DPoP {self.owner.access}":
                self.owner = Person(self.id, "owner")

    def made(self):
        """Ids of things of this tenant that a request may change or end, by the name of the parameter."""
        other = Person(self.id, "member")
        post = lambda path, body: requests.post(  # noqa: E731
            ORIGIN + path,
            json={"schema_version": 1, **body},
            auth=self.owner.auth(),
            headers={"idempotency-key": secrets.token_hex(16)},
            timeout=20,
        ).json()
        project = {"schema_version": 1, "api_key": "APIfuzz", "api_secret": secrets.token_hex(24), "url": "ws://127.0.0.1:9"}
        requests.put(f"{ORIGIN}/v1/voice/projects", json=project, auth=self.owner.auth(), timeout=20).raise_for_status()
        email = f"{secrets.token_hex(8)}@example.com"
        return {
            "tenant": self.id,
            "tenant_id": self.id,
            "user": other.user_id,
            "user_id": other.user_id,
            "device": other.device_id,
            "key_id": post("/v1/keys", {"name": secrets.token_hex(4), "kind": "secret", "scopes": ["runs:read"]}).get("key_id"),
            "role": post("/v1/roles", {"name": secrets.token_hex(4), "permissions": ["rooms:read"]}).get("role_id"),
            "invitation": post("/v1/invitations", {"email": email, "role": "member"}).get("invitation_id"),
            "room": (room := post("/v1/rooms", {}).get("room_id")),
            "room_id": room,
        }
