"""AWS's services as the bot itself, and what AWS's errors mean whichever service gives them."""

import threading
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Literal

import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
)
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential_jitter,
)

from bot.errors import BotError, Refused, Unavailable

REGION = "us-east-1"  # the only one of Partner Central, and of the events that it sends

NOT_SENT = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)
THROTTLED = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
    }
)
DENIED = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"})
STALE_KEYS = frozenset({"ExpiredTokenException", "ExpiredToken", "RequestExpired"})
NO_CREDENTIALS = (
    "The bot has no AWS credentials; whoever runs it must give it a role or keys in its environment."
)


def code(error: BaseException | None) -> str:
    """AWS's name of the error; empty when AWS did not answer with one."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def server_side(error: BaseException) -> bool:
    """Whether AWS itself failed, so that its answer says nothing about what it wrote."""
    if not isinstance(error, ClientError):
        return False
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or code(error) in {"InternalServerException", "InternalFailure", "InternalError"}


def passing(error: BaseException) -> bool:
    """Whether a read that met it may go well a moment later."""
    if isinstance(error, ClientError):
        return code(error) in THROTTLED or server_side(error)
    return isinstance(error, BotoCoreError) and not isinstance(
        error, ParamValidationError | NoCredentialsError
    )


def body_of(answer: Mapping[str, Any]) -> bytes:
    """The whole body of an answer of S3; ``Unavailable`` when it did not come whole."""
    try:
        # Entered itself, the body would hand out a stream that checks no length.
        with closing(answer["Body"]) as body:
            content: bytes = body.read()
    except (BotoCoreError, OSError) as error:
        raise Unavailable(f"The connection broke off: {error}") from error
    return content


class Service:
    """One service of AWS with the bot's own credentials, for calls that may be repeated.

    ``title`` is what people call it. boto3's own variables say where it answers and who the bot is.
    """

    def __init__(
        self, name: Literal["s3", "sqs"], title: str, *, region: str | None = None, read_timeout: float = 10.0
    ) -> None:
        self._name, self._title, self._region = name, title, region
        self._config = Config(
            connect_timeout=4,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": 1},
            tcp_keepalive=True,
        )
        self._client: Any = None
        self._building = threading.Lock()

    def ask(self, method: str, *, needs: str, **arguments: Any) -> dict[str, Any]:
        """AWS's answer to one call, asked again after a passing fault.

        ``needs`` is the permission, and on what, that an operator must grant when AWS denies it. ``Refused`` when AWS
        does not do it, ``Unavailable`` when it does not answer now.
        """
        tries = Retrying(
            retry=retry_if_exception(passing),
            stop=stop_after_attempt(4) | stop_after_delay(12),
            wait=wait_exponential_jitter(multiplier=0.1, max=1.0, jitter=0.1),
            reraise=True,
        )
        try:
            answer: dict[str, Any] = tries(getattr(self._ready(), method), **arguments)
        except (ClientError, BotoCoreError) as error:
            raise self._told(error, needs) from error
        return answer

    def _ready(self) -> Any:
        with self._building:
            if self._client is None:
                session = botocore.session.get_session()
                region = self._region or session.get_config_variable("region") or REGION
                self._client = session.create_client(self._name, region_name=region, config=self._config)
            return self._client

    def _told(self, error: ClientError | BotoCoreError, needs: str) -> BotError:
        if isinstance(error, NoCredentialsError):
            return Refused(NO_CREDENTIALS)
        if not isinstance(error, ClientError):
            if isinstance(error, ParamValidationError):
                return Refused(f"{self._title} could not take this: {'; '.join(str(error).splitlines()[1:])}")
            return Unavailable(f"{self._title} does not answer just now: {error}")
        said = error.response.get("Error", {}).get("Message") or code(error)
        if code(error) in DENIED:
            return Refused(
                f"AWS does not allow this. Whoever runs the bot must grant {needs} to the bot's AWS credentials. "
                f"AWS says: {said}"
            )
        if code(error) in THROTTLED:
            return Unavailable(f"{self._title} takes no more requests from us just now.", after=1)
        if code(error) in STALE_KEYS:
            return Unavailable("The bot's AWS credentials ran out.", after=1)
        if server_side(error):
            return Unavailable(f"{self._title} does not answer just now: {said}")
        return Refused(f"{self._title} refuses: {said}")
