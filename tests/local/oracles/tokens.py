"""Reads our tokens with livekit-api, and makes its own of the same grants.

python tokens.py <lines in> <lines out>
"""

import datetime
import json
import sys
import time

from google.protobuf.json_format import MessageToDict, ParseDict
from livekit import api
from livekit.api.access_token import AgentGrants, InferenceGrants, ObservabilityGrants, camel_to_snake
from livekit.protocol.room import RoomConfiguration

THREE_STATES = ["can_publish", "can_subscribe", "can_publish_data"]


def snake(names):
    return {camel_to_snake(name): value for name, value in names.items()}


def same(found, wanted, what):
    if found != wanted:
        raise SystemExit(f"{what}: {found!r} instead of {wanted!r}")


def read(line):
    claims = api.TokenVerifier(line["key"], line["secret"]).verify(line["token"])
    grants = line["grants"]
    same(claims.identity, grants["sub"], "identity")
    for name in ("name", "metadata", "kind"):
        same(getattr(claims, name), grants.get(name, ""), name)
    same(claims.attributes, grants.get("attributes", {}), "attributes")
    video = snake(grants.get("video", {}))
    for name, field in api.VideoGrants.__dataclass_fields__.items():
        same(getattr(claims.video, name), video.get(name, field.default), name)
    for group in ("sip", "inference", "observability"):
        own = getattr(claims, group)
        for name in own.__dataclass_fields__:
            same(getattr(own, name), grants.get(group, {}).get(name, False), f"{group}.{name}")
    if "agent" in grants:
        same(claims.agent.admin, grants["agent"]["admin"], "agent.admin")
    same(claims.room_preset or "", grants.get("roomPreset", ""), "roomPreset")
    if "roomConfig" in grants:
        same(MessageToDict(claims.room_config), grants["roomConfig"], "roomConfig")


def make(line):
    grants = line["grants"]
    token = api.AccessToken(line["key"], line["secret"])
    token.with_identity(grants["sub"]).with_ttl(datetime.timedelta(seconds=60))
    video = {**dict.fromkeys(THREE_STATES), **snake(grants.get("video", {}))}
    token.with_grants(api.VideoGrants(**video))
    for name, take in (
        ("name", token.with_name),
        ("metadata", token.with_metadata),
        ("attributes", token.with_attributes),
        ("kind", token.with_kind),
        ("roomPreset", token.with_room_preset),
    ):
        if name in grants:
            take(grants[name])
    if "roomConfig" in grants:
        token.with_room_config(ParseDict(grants["roomConfig"], RoomConfiguration()))
    for name, take, kind in (
        ("sip", token.with_sip_grants, api.SIPGrants),
        ("inference", token.with_inference_grants, InferenceGrants),
        ("observability", token.with_observability_grants, ObservabilityGrants),
        ("agent", token.with_agent_grants, AgentGrants),
    ):
        if name in grants:
            take(kind(**grants[name]))
    # read at the time at which it was made: on a busy machine that is minutes after `now`
    return {"token": token.to_jwt(), "secret": line["secret"], "key": line["key"], "now": int(time.time()), "want": grants}


with open(sys.argv[1], encoding="utf-8") as lines, open(sys.argv[2], "w", encoding="utf-8") as out:
    for text in lines:
        line = json.loads(text)
        read(line)
        out.write(json.dumps(make(line)) + "\n")
