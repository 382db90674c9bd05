"""Requests as botocore signs them, for the signer's tests: a JSON array of cases on stdout.

usage: signatures.py [COUNT]      the same cases every time
"""
import datetime
import json
import random
import sys
from urllib.parse import quote, unquote, urlsplit

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ALPHABET = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" * 2
    + "-._~!#$%&'()*+,/:;=?@[]\\^`{|}<>\" \t\n\r\x01\x7f"
    + "äöüßéñÅ漢字かな한글🐳🚀\u00a0\u0301\u200b\ufeff"
)
HEADER_ALPHABET = "abcXYZ0189 -._~!#$%&'()*+,/:;=?@[]\\^`{|}<>\"\täé漢🐳"
REGIONS = ["us-east-1", "eu-central-1", "cn-north-1", "auto", "garage", ""]
rng = random.Random(20130524)


def freeze(now):
    """Versions of botocore ask for the time in two ways."""

    class Frozen(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return now

    if hasattr(botocore.auth, "get_current_datetime"):
        botocore.auth.get_current_datetime = lambda *_, **__: now
    else:
        botocore.auth.datetime = type("module", (), {"datetime": Frozen})


def text(alphabet, longest):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(0, longest)))


def key():
    if rng.random() < 0.2:
        return rng.choice(
            ["a//b", "a/../b", "a/./b", "./a", "../../a", "a/", "%41", "%2F", "a%20b", "a+b c", "~", "?x=1&y=2"]
            + ["#", "*", "a b", "é", "e\u0301"]
        )
    return text(ALPHABET, 40) or "k"


def query():
    items = []
    for _ in range(rng.choice([0, 0, 1, 2, 5])):
        name = text(ALPHABET, 8) or "n"
        items.append([name, rng.choice([None, "", text(ALPHABET, 12)])])
    for name in ["uploads", "uploadId", "partNumber", "prefix", "list-type", "Prefix"]:
        if rng.random() < 0.1:
            items.append([name, rng.choice([None, "2", text(ALPHABET, 20)])])
    return items


def headers():
    items = []
    names = ["Content-Type", "content-md5", "X-Amz-Storage-Class", "Range", "x-amz-meta-a", "X-Amz-Meta-A"]
    names += ["x-amz-meta-b", "User-Agent", "Expect", "A", "Zz"]
    for _ in range(rng.randint(0, 6)):
        items.append([rng.choice(names), text(HEADER_ALPHABET, 24)])
    return items


def make_case():
    presigned = rng.random() < 0.3
    scheme = rng.choice(["http", "https"])
    host = rng.choice(["127.0.0.1", "localhost", "[::1]", "s3.eu-central-1.amazonaws.com", "Minio.example.COM"])
    port = rng.choice([None, 80, 443, 9000])
    path_style = host[0] in "1l[" or rng.random() < 0.5
    bucket = rng.choice(["examplebucket", "a-b-c", "123"])
    name = rng.choice([None, key(), key(), key()])
    items = query()
    if presigned:  # botocore keeps only the first of repeated names there, and drops repeated spellings of empty ones
        items = list({n: [n, v or ""] for n, v in items}.values())
    now = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=rng.randint(0, 4_000_000_000))
    token = rng.choice([None, None, text("".join(c for c in ALPHABET if "!" <= c <= "~"), 60) or "t"])
    credentials = Credentials("AKID" + text("ABC123", 16), text(ALPHABET[:124] + "/+=", 40) or "s", token)
    region = rng.choice(REGIONS)
    method = rng.choice(["GET", "PUT", "POST", "HEAD", "DELETE"])
    head = headers()

    at = host + (f":{port}" if port else "")
    path = "/" + quote(name or "", safe="/-_.~")
    if path_style:
        base = f"{scheme}://{at}/{bucket}" + (path if name is not None else "")
    else:
        base = f"{scheme}://{bucket}.{at}{path}"
    encoded = "&".join(quote(n, safe="-_.~") + "=" + quote(v or "", safe="-_.~") for n, v in items)
    request = AWSRequest(method=method, url=base + ("?" + encoded if encoded else ""))
    for n, v in head:
        request.headers[n] = v
    body = None
    freeze(now)
    expires = None
    if presigned:
        expires = rng.randint(1, 604800)
        botocore.auth.S3SigV4QueryAuth(credentials, "s3", region, expires=expires).add_auth(request)
    else:
        body = rng.choice([None, b"", text(ALPHABET, 50).encode()])
        unsigned = rng.random() < 0.3
        request.data = body or b""
        # What a client's configuration says of payloads, as the signer looks it up.
        s3 = {"payload_signing_enabled": not unsigned}
        request.context["client_config"] = type("Config", (), {"s3": s3})()
        botocore.auth.S3SigV4Auth(credentials, "s3", region).add_auth(request)
    case = {
        "method": method, "endpoint": f"{scheme}://{at}", "bucket": bucket, "pathStyle": path_style, "name": name,
        "query": [{"name": n, "value": v} for n, v in items], "headers": [{"name": n, "value": v} for n, v in head],
        "accessKeyID": credentials.access_key, "secret": credentials.secret_key, "token": credentials.token,
        "region": region, "seconds": int((now - datetime.datetime(1970, 1, 1)).total_seconds()),
    }
    if presigned:
        parts = urlsplit(request.url)
        pairs = [pair.partition("=") for pair in parts.query.split("&")]
        case["expires"] = expires
        case["location"] = base.replace(at, normal(scheme, host, port))
        case["parameters"] = sorted(f"{unquote(n)}={unquote(v)}" for n, _, v in pairs)
    else:
        case["payload"] = request.headers["X-Amz-Content-SHA256"]
        case["body"] = list(body or b"")
        case["location"] = base.replace(at, normal(scheme, host, port))
        case["authorization"] = request.headers["Authorization"]
    return case


def normal(scheme, host, port):
    default = {"http": 80, "https": 443}[scheme]
    return host.lower() + (f":{port}" if port and port != default else "")


count = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
json.dump([make_case() for _ in range(count)], sys.stdout)
