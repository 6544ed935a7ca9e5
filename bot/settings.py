"""The settings, from the environment or a ``.env`` file; every problem told at once, in a sentence."""

from pathlib import Path
from typing import Literal

from pydantic import Field, HttpUrl, RedisDsn, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What differs from one deployment to the next. boto3 reads its own ``AWS_*`` variables."""

    model_config = SettingsConfigDict(env_file=".env", frozen=True, extra="ignore", env_ignore_empty=True)

    slack_bot_token: SecretStr = Field(
        description="The bot's token, xoxb-…, from the Slack app's Install page."
    )
    slack_signing_secret: SecretStr = Field(description="Signs what Slack sends us; Basic Information page.")
    slack_app_token: SecretStr | None = Field(None, description="App-level token, xapp-…; only Socket Mode.")
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
    redis_url: RedisDsn = Field(
        RedisDsn("redis://127.0.0.1:6379/0"), description="Redis or Valkey with appendfsync always."
    )
    cosell_config: Path | None = Field(
        None, description="The mapping and people file, laid over the defaults."
    )
    port: int = Field(3000, description="Where `cosell serve` listens.")
    host: str = Field("127.0.0.1", description="Address that `cosell serve` binds.")
    web_workers: int = Field(4, gt=0, description="Processes of `cosell serve`.")
    web_threads: int = Field(8, gt=0, description="Threads of each web process.")
    worker_threads: int = Field(8, gt=0, description="Threads of `cosell worker`.")

    @field_validator("salesforce_private_key_file", "google_application_credentials", "cosell_config")
    @classmethod
    def _exists(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}")
        return value


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
    if error["type"] == "missing":
        field = Settings.model_fields[name.lower()]
        return f"{name} is not set. {field.description}"
    return f"{name} cannot be used: {error['msg'].removeprefix('Value error, ')}."
