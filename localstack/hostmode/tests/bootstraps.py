"""Function programs for tests: the Runtime API client in a few lines, and what each does with an event."""

import sys
from pathlib import Path

CLIENT = """#!{python}
import json, os, sys, time, subprocess, urllib.request as request
API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/"
def post(path, body):
    try:
        return request.urlopen(request.Request(API + path, data=body, method="POST")).status
    except request.HTTPError as error:
        return error.code
def serve(handler):
    while True:
        answer = request.urlopen(API + "invocation/next")
        event = json.load(answer)
        event["_id"] = answer.headers["Lambda-Runtime-Aws-Request-Id"]
        event["_deadline"] = int(answer.headers["Lambda-Runtime-Deadline-Ms"])
        handler(event)
"""

ECHO = """
def handler(event):
    print("hello", event["n"], flush=True)
    post(f"invocation/{event['_id']}/response", json.dumps({"n": event["n"], "pid": os.getpid()}).encode())
serve(handler)
"""

CHATTY = """
def handler(event):
    post(f"invocation/{event['_id']}/response", b"{}")
    for line in range(500):
        print(event["n"], line, flush=True)
serve(handler)
"""

FAILING = """
def handler(event):
    error = {"errorType": "Boom", "errorMessage": "as asked"}
    post(f"invocation/{event['_id']}/error", json.dumps(error).encode())
serve(handler)
"""

CRASHING = """
def handler(event):
    if event.get("crash"):
        print("about to die", flush=True)
        os._exit(3)
    post(f"invocation/{event['_id']}/response", json.dumps({"pid": os.getpid()}).encode())
serve(handler)
"""

HANGING_WITH_CHILD = """
def handler(event):
    if event.get("hang"):
        child = subprocess.Popen(["sleep", "300"])
        print("child", child.pid, flush=True)
        time.sleep(300)
    post(f"invocation/{event['_id']}/response", json.dumps({"deadline": event["_deadline"]}).encode())
serve(handler)
"""

INIT_ERROR = """
post("init/error", json.dumps({"errorType": "Config", "errorMessage": "ATTUNE_CELL is not set"}).encode())
time.sleep(30)
"""

WRONG_ID = """
def handler(event):
    status = post("invocation/not-mine/response", b"{}")
    post(f"invocation/{event['_id']}/response", json.dumps({"status": status}).encode())
serve(handler)
"""

TOO_LARGE = """
def handler(event):
    post(f"invocation/{event['_id']}/response", b"x" * (7 * 1024 * 1024))
serve(handler)
"""


def write(folder: Path, body: str) -> Path:
    """Write ``bootstrap`` with the given handler into the folder."""
    (folder / "bootstrap").write_text(CLIENT.replace("{python}", sys.executable) + body)
    return folder
