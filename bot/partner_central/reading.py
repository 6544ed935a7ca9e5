"""One read of the account as one person: with its timeout, repeated where that may help, AWS's errors as ours."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential_jitter,
)

from bot.aws import code, passing
from bot.errors import Unavailable
from bot.partner_central.access import Access
from bot.partner_central.failures import after_read
from bot.partner_central.shared import Shared

_SHOWS_WITHIN = 3.0  # seconds that we wait for what was created just now


class Reading:
    """The account as one person, asked call by call."""

    def __init__(self, shared: Shared, access: Access) -> None:
        self._shared, self._access = shared, access
        self._insists = False  # from then on when the reply to a write of ours was lost

    def _pages(self, method: str, at_most: int = 20, **arguments: Any) -> Iterator[dict[str, Any]]:
        for _ in range(at_most):
            page = self._read(method, **arguments)
            yield page
            if not page.get("NextToken"):
                return
            arguments["NextToken"] = page["NextToken"]

    def _read(self, method: str, fresh: str | None = None, **arguments: Any) -> dict[str, Any]:
        ask = getattr(self._access.reading(), method)
        new = self._shared.fresh(fresh)
        tries = Retrying(
            retry=retry_if_exception(
                lambda error: passing(error) or (new and code(error) == "ResourceNotFoundException")
            ),
            stop=stop_after_delay(_SHOWS_WITHIN) if new else stop_after_attempt(4) | stop_after_delay(12),
            wait=wait_exponential_jitter(multiplier=0.1, max=1.0, jitter=0.1),
            reraise=True,
        )

        def read() -> dict[str, Any]:
            return self._shared.way.request(
                method,
                lambda _: ask(Catalog=self._shared.catalog, **arguments),
                before=self._shared.wait_to_read,
                insists=self._insists,
            )

        try:
            answer = tries(read)
        except (ClientError, BotoCoreError) as error:
            if new and code(error) == "ResourceNotFoundException":
                raise Unavailable(f"AWS does not show {fresh} yet.", after=_SHOWS_WITHIN) from error
            raise after_read(error, self._access.name, self._shared.catalog) from error
        return answer
