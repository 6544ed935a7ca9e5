"""The settings that are asked for, in the order in which one comes by them. The others have good defaults."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.setting_up.shapes import Shape, anything, matching, private_key, service_account
from bot.settings import Settings

_APP = "api.slack.com/apps → your app"
_SALESFORCE = "Setup → External Client App Manager → your app"


@dataclass(frozen=True)
class Question:
    """One setting."""

    name: str
    where: str  # where one finds it
    shape: Shape = anything
    needs: str | None = None  # asked only where this other setting has a value
    path: bool = False
    """Its answer is a file, of which the whole path is kept."""

    @property
    def field(self) -> FieldInfo:
        """The setting itself."""
        return Settings.model_fields[self.name.lower()]

    @property
    def about(self) -> str:
        """What it is, in a sentence."""
        return self.field.description or ""

    @property
    def secret(self) -> bool:
        """Whether nobody may read it over a shoulder."""
        return "SecretStr" in str(self.field.annotation)

    @property
    def required(self) -> bool:
        """Whether nothing goes without it."""
        return self.field.is_required() or (self.needs is not None and self.name in _WITH)

    @property
    def default(self) -> str:
        """What an empty answer means; empty: nothing."""
        value = None if self.field.is_required() else self.field.default
        if isinstance(value, SecretStr):
            return value.get_secret_value()
        return "" if value is None else str(value)


_WITH = frozenset({"SIGN_IN_CLIENT_ID", "SIGN_IN_URL"})
"""Those without which what they belong to does not work."""

GROUPS: tuple[tuple[str, tuple[Question, ...]], ...] = (
    (
        "Slack",
        (
            Question(
                "SLACK_BOT_TOKEN",
                f"{_APP} → Install App → Bot User OAuth Token. No app yet? Create it from manifest.yml.",
                matching(r"xoxb-[\w-]{5,}", "a bot's token begins with xoxb-"),
            ),
            Question(
                "SLACK_SIGNING_SECRET",
                f"{_APP} → Basic Information → App Credentials → Signing Secret.",
                matching(r"(?!xox|xapp)\S{16,}", "it is one word of 16 characters or more, and no token"),
            ),
            Question(
                "SLACK_APP_TOKEN",
                f"{_APP} → Basic Information → App-Level Tokens. Only `cosell socket` needs one.",
                matching(r"xapp-[\w-]{5,}", "an app-level token begins with xapp-"),
            ),
        ),
    ),
    (
        "Salesforce",
        (
            Question("SALESFORCE_CLIENT_ID", f"{_SALESFORCE} → Settings → OAuth Settings → Consumer Key."),
            Question(
                "SALESFORCE_PRIVATE_KEY_FILE",
                "openssl req -x509 -newkey rsa:2048 -nodes -keyout salesforce.pem -out salesforce.crt makes one; "
                "the app gets salesforce.crt.",
                private_key,
                path=True,
            ),
            Question(
                "SALESFORCE_USERNAME",
                "Setup → Users → Username.",
                matching(r"[^\s@]+@[^\s@]+", "a username looks like an e-mail address"),
            ),
            Question("SALESFORCE_LOGIN_URL", "https://test.salesforce.com for a sandbox org."),
        ),
    ),
    (
        "Google Calendar",
        (
            Question(
                "GOOGLE_APPLICATION_CREDENTIALS",
                "console.cloud.google.com → IAM & Admin → Service Accounts → Keys → Add key → JSON.",
                service_account,
                path=True,
            ),
        ),
    ),
    (
        "AWS",
        (
            Question("ACE_CATALOG", "Begin with Sandbox; AWS is the real thing."),
            Question(
                "ACE_ROLE_ARN",
                "IAM → Roles → the role for Partner Central → ARN; docs/security.md has its policy.",
                matching(
                    r"arn:aws[\w-]*:iam::\d{12}:role/\S+",
                    "it looks like arn:aws:iam::111122223333:role/cosell",
                ),
            ),
            Question(
                "PARTNER_EVENTS_QUEUE_URL",
                "SQS → your queue → URL.",
                matching(
                    r"https?://\S+/\d{12}/\S+",
                    "it looks like https://sqs.us-east-1.amazonaws.com/111122223333/name",
                ),
            ),
            Question(
                "DROPS_BUCKET",
                "S3 → Buckets → name.",
                matching(
                    r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
                    "a bucket's name has 3 to 63 small letters, digits, dots, dashes",
                ),
            ),
            Question("DROPS_PREFIX", "Such as scores/.", needs="DROPS_BUCKET"),
        ),
    ),
    (
        "Redis",
        (Question("REDIS_URL", "rediss://user:password@host:6379/0 for one with TLS and a password."),),
    ),
    (
        "Sign-in",
        (
            Question("SIGN_IN_ISSUER", "As your provider calls itself; `cosell doctor` compares it."),
            Question("SIGN_IN_CLIENT_ID", "From the provider's page of the client.", needs="SIGN_IN_ISSUER"),
            Question("SIGN_IN_CLIENT_SECRET", "From the same page.", needs="SIGN_IN_ISSUER"),
            Question("SIGN_IN_URL", "Such as https://cosell.example.com", needs="SIGN_IN_ISSUER"),
            Question("SIGN_IN_ACR", "What your provider calls it.", needs="SIGN_IN_ISSUER"),
        ),
    ),
)


def every() -> Iterator[Question]:
    """All of them."""
    for _, questions in GROUPS:
        yield from questions
