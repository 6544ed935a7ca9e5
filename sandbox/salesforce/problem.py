"""What Salesforce says when it will not: one error of its REST API, as an exception."""

import json
from typing import Any


class Problem(Exception):
    """An error answer: HTTP status and the body's message, errorCode and fields."""

    def __init__(self, status: int, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, fields

    def body(self) -> list[dict[str, Any]]:
        """The array that REST answers with."""
        entry: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields:
            entry["fields"] = list(self.fields)
        return [entry]

    def row(self) -> dict[str, Any]:
        """The entry of a collection's result."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}


MESSAGES = {
    "INVALID_SESSION_ID": (401, "Session expired or invalid"),
    "REQUEST_LIMIT_EXCEEDED": (403, "TotalRequests Limit exceeded."),
    "API_DISABLED_FOR_ORG": (403, "The REST API is not enabled for this Organization."),
    "UNABLE_TO_LOCK_ROW": (400, "unable to obtain exclusive access to this record"),
    "INSUFFICIENT_ACCESS_OR_READONLY": (403, "insufficient access rights on object id"),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": (400, "A rule of this organization forbids it."),
    "NOT_FOUND": (404, "The requested resource does not exist"),
    "ENTITY_IS_DELETED": (404, "entity is deleted"),
    "UNKNOWN_EXCEPTION": (500, "An unexpected error occurred. Please include this ErrorId: 1234-5678"),
    "SERVER_UNAVAILABLE": (503, "Server temporarily unavailable"),
    "TOO_MANY_REQUESTS": (429, "Too many requests"),
    "PRECONDITION_FAILED": (412, "Condition specified in the request header is not met"),
}
"""Status and words that usually come with a code."""

_BY_STATUS = {status: code for code, (status, _) in reversed(MESSAGES.items()) if status not in (400,)}
_UNAVAILABLE = b"""<!DOCTYPE html>
<html><head><title>Service Unavailable</title></head>
<body><h1>503 Service Unavailable</h1><p>We are down for maintenance.</p></body></html>
"""


def answer(status: int, code: str | None) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an error that nobody's work led to.

    Lower-case codes (``invalid_grant``) are those of the token endpoint; a 503 without a code is a web page;
    a 3xx leads to the limits.
    """
    if 300 <= status < 400:
        return status, {"location": "/services/data/v66.0/limits"}, b""
    json_type = {"content-type": "application/json;charset=UTF-8"}
    if code is not None and code.islower():
        body: Any = {"error": code, "error_description": code.replace("_", " ")}
        return status, json_type, json.dumps(body).encode()
    if code is None and status == 503:
        return status, {"content-type": "text/html;charset=utf-8"}, _UNAVAILABLE
    code = code or _BY_STATUS.get(status, "UNKNOWN_EXCEPTION")
    message = MESSAGES.get(code, (status, code.replace("_", " ").capitalize()))[1]
    return status, json_type, json.dumps(Problem(status, code, message).body()).encode()
