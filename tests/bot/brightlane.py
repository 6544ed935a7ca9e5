"""An adapter for the stand-in of Salesforce, with its key, for tests of many records."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.config import load
from bot.errors import NotAllowed
from bot.salesforce import Salesforce
from sandbox.salesforce import Salesforce as Org

ANA, BEN, DANA = (f"{name}@brightlane.example" for name in ("ana.costa", "ben.okafor", "dana.cole"))
BOT = "cosell.bot@brightlane.example"
NORTHWIND, HELIOS, AURORA = "006000000000001AAA", "006000000000002AAA", "006000000000006AAA"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_PRIVATE = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
_PUBLIC = _KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def adapter(org: Org, **other: object) -> Salesforce:
    """The adapter with the default mapping; the org knows its certificate."""
    org.public_key_pem = _PUBLIC.decode()
    known: dict[str, object] = {
        "client_id": org.client_id,
        "private_key": _PRIVATE,
        "username": BOT,
        "login_url": org.url,
        "api_url": None,
        "facts": load(None).facts,
    }
    return Salesforce(**{**known, **other})  # type: ignore[arg-type]  # the tests name what differs


class Asked:
    """A warrant that counts how often it was asked, and refuses from a certain time on."""

    def __init__(self, allowed: int = 1_000) -> None:
        self.allowed, self.times = allowed, 0

    def __call__(self) -> None:
        """Count, then allow or refuse."""
        self.times += 1
        if self.times > self.allowed:
            raise NotAllowed("The approval no longer stands.")
