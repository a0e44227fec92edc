"""Requests as they go over the wire, to make those that no SDK would make: unsigned, old, tampered with, malformed."""

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .desk import same
from .endpoint import REGION


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict
    text: str

    @property
    def code(self):
        """The error's code, by whichever of the protocols' ways it is told."""
        if query := self.headers.get("x-amzn-query-error"):
            return query.split(";")[0]
        if xml := re.search(r"<Code>(.*?)</Code>", self.text):
            return xml[1]
        if self.text.startswith("{"):
            return json.loads(self.text).get("__type", "").rsplit("#", 1)[-1]
        return self.text[:80]


class Aged(SigV4Auth):
    """Signs as of another time."""

    def __init__(self, key, service, region, age):
        super().__init__(Credentials(key.id, key.secret), service, region)
        self.when = datetime.now(timezone.utc) - age

    def add_auth(self, request):
        request.context["timestamp"] = self.when.strftime("%Y%m%dT%H%M%SZ")
        self._modify_request_before_signing(request)
        text = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(text, request))


def ask(desk, operation, body=None, signed=True, age=timedelta(), scope=None, tampered=None):
    """Sends one request. `tampered` is the body that arrives in place of the one that was signed."""
    model = desk.client.meta.service_model
    json_version = model.metadata.get("jsonVersion")
    if json_version:
        body = "{}" if body is None else body
        target = f"{model.metadata['targetPrefix']}.{operation}"
        headers = {"Content-Type": f"application/x-amz-json-{json_version}", "X-Amz-Target": target}
    else:
        body = f"Action={operation}&Version={model.api_version}" if body is None else body
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = AWSRequest("POST", desk.account.url + "/", headers, body.encode())
    if signed:
        Aged(desk.account.key, model.signing_name, scope or REGION, age).add_auth(request)
    desk.account.pace.wait()
    data = (body if tampered is None else tampered).encode()
    return _sent(urllib.request.Request(request.url, data, dict(request.headers), method="POST"))


def _sent(request):
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return _read(answer)
    except urllib.error.HTTPError as error:
        with error:
            return _read(error)


def _read(answer):
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status, headers, answer.read().decode())


def is_refused(answer, code, status=400):
    same((answer.status, answer.code), (status, code))
