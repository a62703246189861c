#!/usr/bin/env python3
"""Submits a CSV file of returns to Entente and waits for the result of every line.

    ENTENTE_URL=https://entente.example ENTENTE_KEY=entk_... python3 submit_returns.py returns.csv [EVENT_TYPE]

Rejected lines are written to returns.rejected.csv, ready to be corrected and submitted again.
Exit code: 0 every line is done, 1 some lines were rejected, 2 the file was not accepted.
Needs Python 3.9 and nothing else.
"""

import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

URL = os.environ.get("ENTENTE_URL", "http://127.0.0.1:8080")
KEY = os.environ["ENTENTE_KEY"]
TRIES = 6


def call(method, path, headers=None, body=None):
    """Sends a request, again and again while the server or the network is busy."""
    headers = {"Authorization": f"Bearer {KEY}", **(headers or {})}
    for attempt in range(1, TRIES + 1):
        wait = min(2**attempt, 60)
        request = urllib.request.Request(URL + path, data=body, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            if error.code not in (429, 502, 503, 504) or attempt == TRIES:
                raise
            wait = int(error.headers.get("Retry-After") or wait)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if attempt == TRIES:
                raise
        time.sleep(wait)


def submit(file, event_type):
    """Submits the file; sent twice under the same key, it is still one batch."""
    body = file.read_bytes()
    options = {"file_name": file.name}
    if event_type:
        options["event_type_id"] = event_type
    headers = {
        "Content-Type": "text/csv",
        "Idempotency-Key": hashlib.sha256(str(options).encode() + body).hexdigest(),
        "Prefer": "wait=20",
    }
    return json.loads(call("POST", "/v1/reversals?" + urllib.parse.urlencode(options), headers, body))


def finished(batch):
    """Waits until every line has its result."""
    while batch["status"] in ("received", "processing"):
        time.sleep(2)
        batch = json.loads(call("GET", f"/v1/reversals/{batch['id']}"))
    return batch


def main():
    file = Path(sys.argv[1])
    event_type = sys.argv[2] if len(sys.argv) > 2 else None
    try:
        batch = finished(submit(file, event_type))
    except urllib.error.HTTPError as error:
        problem = json.loads(error.read())
        print(f"{problem['code']}: {problem['detail']}", file=sys.stderr)
        for fault in problem.get("errors", []):
            print(f"  line {fault.get('line', '-')}: {fault['message']}", file=sys.stderr)
        return 2
    counts = batch["counts"]
    print(f"{batch['id']} {batch['status']}: {json.dumps(counts)}")
    if batch["status"] != "completed":
        print(f"{batch['code']}: {batch['detail']}", file=sys.stderr)
        return 2
    if counts["rejected"] == 0:
        return 0
    rejected = file.with_suffix(".rejected.csv")
    rejected.write_bytes(call("GET", f"/v1/reversals/{batch['id']}/rejected.csv"))
    print(f"rejected lines are in {rejected}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
