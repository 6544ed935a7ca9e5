"""The settings, from the environment or a ``.env`` file; every problem told at once, in a sentence."""

from pathlib import Path
from typing import Literal, Self

from pydantic import (
    Field,
    HttpUrl,
    RedisDsn,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What differs from one deployment to the next. boto3 reads its own ``AWS_*`` variables."""

    model_config = SettingsConfigDict(env_file=".env", frozen=True, extra="ignore", env_ignore_empty=True)

    slack_bot_token: SecretStr = Field(
        description="The bot's token, xoxb-…, from the Slack app's Install page."
    )
    slack_signing_secret: SecretStr = Field(description="Signs what Slack sends us; Basic Information page.")
    slack_app_token: SecretStr | None = Field(
        None, description="App-level token, xapp-…, for `cosell socket`."
    )
    slack_api_url: str = Field("https://slack.com/api/", description="Where Slack's Web API answers.")
    salesforce_client_id: str = Field(description="Consumer key of the External Client App.")
    salesforce_private_key_file: Path = Field(description="PEM file of the key that signs our JWT.")
    salesforce_username: str = Field(description="The bot's own Salesforce user, for reading.")
    salesforce_login_url: HttpUrl = Field(
        HttpUrl("https://login.salesforce.com"), description="Where the token is asked for."
    )
    salesforce_api_url: HttpUrl | None = Field(
        None, description="Overrides the instance host that the token reply names."
    )
    google_application_credentials: Path = Field(
        description="JSON file of the service account with domain-wide delegation."
    )
    google_calendar_url: HttpUrl = Field(
        HttpUrl("https://www.googleapis.com/calendar/v3/"), description="Where the Calendar API answers."
    )
    ace_catalog: Literal["Sandbox", "AWS"] = Field("Sandbox", description="AWS's catalog: Sandbox or AWS.")
    ace_role_arn: str | None = Field(
        None, description="Role to assume for Partner Central; the approver becomes its source identity."
    )
    partner_events_queue_url: str | None = Field(
        None, description="SQS queue that EventBridge delivers Partner Central's events to."
    )
    drops_bucket: str | None = Field(
        None, description="S3 bucket in which score files and partner lists are dropped."
    )
    drops_prefix: str | None = Field(None, description="Folder of that bucket; all of it otherwise.")
    redis_url: SecretStr = Field(
        SecretStr("redis://127.0.0.1:6379/0"), description="Redis or Valkey with appendfsync always."
    )
    cosell_config: Path | None = Field(
        None, description="The mapping and people file, laid over the defaults."
    )
    cosell_policy: Path | None = Field(
        None, description="Folder with the Cedar policies that you want; the bot's own otherwise."
    )
    sign_in_issuer: str | None = Field(
        None, description="Your OpenID Connect provider, for approvals that take a fresh sign-in."
    )
    sign_in_client_id: str | None = Field(None, description="The bot's client id there.")
    sign_in_client_secret: SecretStr | None = Field(None, description="Its secret, where the client has one.")
    sign_in_url: str | None = Field(
        None, description="Where people's browsers reach `cosell serve`; sign-ins come back below it."
    )
    sign_in_acr: str | None = Field(None, description="The strength (acr) that a sign-in must have.")
    port: int = Field(3000, description="Where `cosell serve` listens.")
    host: str = Field("127.0.0.1", description="Address that `cosell serve` binds.")
    ops_port: int = Field(
        3001,
        description="Where `cosell serve` and `cosell socket` answer /healthz, /readyz and /metrics; keep it inside.",
    )
    web_workers: int = Field(4, gt=0, description="Processes of `cosell serve`.")
    web_threads: int = Field(8, gt=0, description="Threads of each web process.")
    worker_threads: int = Field(8, gt=0, description="Threads of `cosell worker`.")

    @model_validator(mode="after")
    def _sign_in_whole(self) -> Self:
        given = {
            "SIGN_IN_ISSUER": self.sign_in_issuer,
            "SIGN_IN_CLIENT_ID": self.sign_in_client_id,
            "SIGN_IN_URL": self.sign_in_url,
        }
        missing = [name for name, value in given.items() if value is None]
        if missing and len(missing) < len(given):
            raise ValueError(f"a sign-in needs {' and '.join(missing)} as well")
        return self

    @model_validator(mode="after")
    def _ports_apart(self) -> Self:
        if self.port and self.port == self.ops_port:
            raise ValueError(
                f"PORT and OPS_PORT are both {self.port}; Slack and your operators need one each"
            )
        return self

    @field_validator("sign_in_issuer", "sign_in_url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        """Kept as it is written: an identity provider goes by its exact name."""
        if value is not None:
            HttpUrl(value)
        return value

    @field_validator("cosell_policy")
    @classmethod
    def _is_folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError(f"there is no folder {value}")
        return value

    @field_validator("salesforce_private_key_file", "google_application_credentials", "cosell_config")
    @classmethod
    def _exists(cls, value: Path | None) -> Path | None:
        if value is not None and not _there(value):
            name = str(value)
            pasted = len(name) > 255 or any(mark in name for mark in ("\n", "{", "-----"))
            shown = " that it names; put the key into a file, and name that" if pasted else f" {name}"
            raise ValueError(f"there is no file{shown}")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: SecretStr) -> SecretStr:
        """An address of a store; it may hold a password, so it is not shown."""
        try:
            TypeAdapter(RedisDsn).validate_python(value.get_secret_value())
        except ValidationError:
            raise ValueError("it is not an address such as redis://127.0.0.1:6379/0") from None
        return value


def _there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # no name that a file can have
        return False


def secrets_in(settings: Settings) -> tuple[str, ...]:
    """The values of every secret setting, for the log to keep out."""
    values = (getattr(settings, name) for name in Settings.model_fields)
    return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))


class SettingsError(ValueError):
    """The settings cannot be used; ``problems`` has a sentence for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load() -> Settings:
    """The settings of this process; ``SettingsError`` lists every problem at once."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError([_sentence(e) for e in error.errors()]) from error


def _sentence(error: ErrorDetails) -> str:
    name = ".".join(map(str, error["loc"])).upper()
    if not name:
        words = error["msg"].removeprefix("Value error, ")
        return f"{words[:1].upper()}{words[1:]}."
    if error["type"] == "missing":
        field = Settings.model_fields[name.lower()]
        return f"{name} is not set. {field.description}"
    return f"{name} cannot be used: {error['msg'].removeprefix('Value error, ')}."
