"""What AWS answers: its errors as exceptions, and bodies in the JSON 1.0 protocol."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

NAMESPACE = "com.amazon.partnercentral.selling"


@dataclass(frozen=True)
class Finding:
    """One entry of a ValidationException's ErrorList."""

    field: str  # lower-camel path: project.expectedCustomerSpend.1.member.amount
    message: str
    code: str  # of ValidationExceptionErrorCode


class AwsError(Exception):
    """An error as AWS names it; ``body`` is what goes over the wire."""

    def __init__(
        self,
        name: str,
        message: str = "",
        *,
        status: int = 400,
        reason: str | None = None,
        findings: list[Finding] | None = None,
    ) -> None:
        super().__init__(f"{name}: {message}")
        self.name, self.status = name, status
        self.body: dict[str, Any] = {"__type": f"{NAMESPACE}#{name}", "Message": message}
        if reason is not None:
            self.body["Reason"] = reason
        if findings is not None:
            self.body["ErrorList"] = [
                {"FieldName": f.field, "Message": f.message, "Code": f.code} for f in findings
            ]


def malformed(findings: list[Finding]) -> AwsError:
    """The body does not fit the service model. AWS leaves the message empty; the detail is in the list."""
    return AwsError("ValidationException", reason="REQUEST_VALIDATION_FAILED", findings=findings)


def not_allowed(findings: list[Finding]) -> AwsError:
    """The body fits the model and breaks business rules; all of them are listed."""
    return AwsError("ValidationException", reason="BUSINESS_VALIDATION_FAILED", findings=findings)


def missing(identifier: str) -> AwsError:
    """There is nothing with that identifier, for this account and catalog."""
    return AwsError(
        "ResourceNotFoundException",
        f"Resource with Identifier {identifier} does not exist or is not accessible",
    )


def conflict(message: str) -> AwsError:
    """A stale lock, a token used for another body, or a state that has moved on."""
    return AwsError("ConflictException", message)


_STATUS_NAMES = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    409: "ConflictException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}
_MESSAGES = {
    "ThrottlingException": "Rate exceeded",
    "InternalServerException": "Internal server error",
    "AccessDeniedException": "User is not authorized to perform this action",
    "ConflictException": "Conflicting error, last modified date is not the latest",
    "ServiceUnavailableException": "Service is unavailable",
}


def injected(status: int, code: str | None) -> AwsError:
    """The error for an arranged fault. All but server errors are HTTP 400 in this service, whatever was asked."""
    name = code or _STATUS_NAMES.get(status, "InternalServerException")
    server_side = name in {"InternalServerException", "ServiceUnavailableException"} or (
        code is None and status >= 500
    )
    reason = "REQUEST_VALIDATION_FAILED" if name == "ValidationException" else None
    return AwsError(
        name,
        _MESSAGES.get(name, ""),
        status=(status if status >= 500 else 500) if server_side else 400,
        reason=reason,
        findings=[] if reason else None,
    )


def request_id() -> str:
    """An ``x-amzn-RequestId`` like AWS's."""
    raw = secrets.token_hex(16)
    return "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))


def wire(result: dict[str, Any] | AwsError | None) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body. ``None`` is the answer of a void operation: no body at all."""
    headers = {"x-amzn-requestid": request_id(), "content-type": "application/x-amz-json-1.0"}
    if isinstance(result, AwsError):
        headers["x-amzn-errortype"] = f"{result.name}:http://internal.amazon.com/coral/{NAMESPACE}/"
        return result.status, headers, json.dumps(result.body).encode()
    if result is None:
        return 200, headers, b""
    return 200, headers, json.dumps(result).encode()
