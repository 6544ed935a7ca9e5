"""What ``cosell setup`` asks, which answers it takes, and what the files hold afterwards."""

import os
import stat
import tomllib
from pathlib import Path

import pytest
import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import config
from bot.setting_up import EnvFile, Interview, Introducing, write_whole
from bot.setting_up.env_file import quoted
from bot.setting_up.people import unloadable
from bot.setting_up.questions import every
from bot.setting_up.shapes import private_key, service_account
from bot.settings import Settings

TOKEN, SECRET = "xoxb-1234567890-abc", "0123456789abcdef0123456789abcdef"
OURS = (
    "AWS_",
    "SLACK_",
    "SALESFORCE_",
    "GOOGLE_",
    "ACE_",
    "SIGN_IN_",
    "COSELL_",
    "REDIS_",
    "DROPS_",
    "PARTNER_",
)


class Scripted:
    """A person who answers what is asked by name, in order; whoever has no answer left goes on with Enter."""

    def __init__(self, answers: dict[str, list[str]], yes: tuple[str, ...] = ()) -> None:
        self.answers = {name: list(given) for name, given in answers.items()}
        self.yes, self.said, self.asked, self.hidden = yes, list[str](), list[str](), set[str]()

    def say(self, words: str) -> None:
        self.said.append(words)

    head = say

    def about(self, what: str, where: str) -> None:
        self.said += [what, where]

    def ask(self, name: str, default: str = "", secret: bool = False) -> str:
        self.asked.append(name)
        if secret:
            self.hidden.add(name)
        left = self.answers.get(name, [])
        answer = left.pop(0) if left else ""
        if answer == "^C":
            raise typer.Abort
        return answer or default

    def confirm(self, words: str, default: bool) -> bool:
        self.said.append(words)
        return any(part in words for part in self.yes)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key in PEM, one with a passphrase, one that is not RSA, and a service account's."""
    folder = tmp_path_factory.mktemp("keys")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for name, one, lock in (
        ("key.pem", key, serialization.NoEncryption()),
        ("locked.pem", key, serialization.BestAvailableEncryption(b"secret")),
        ("other.pem", ec.generate_private_key(ec.SECP256R1()), serialization.NoEncryption()),
    ):
        pem = one.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
        (folder / name).write_bytes(pem)
    account = (
        '{"type": "service_account", "client_email": "a@b.example", "private_key": "x", "token_uri": "y"}'
    )
    (folder / "google.json").write_text(account)
    return folder


@pytest.fixture
def answers(keys: Path) -> dict[str, list[str]]:
    """What somebody answers who has everything at hand."""
    return {
        "SLACK_BOT_TOKEN": [TOKEN],
        "SLACK_SIGNING_SECRET": [SECRET],
        "SALESFORCE_CLIENT_ID": ["3MVG9"],
        "SALESFORCE_PRIVATE_KEY_FILE": [str(keys / "key.pem")],
        "SALESFORCE_USERNAME": ["bot@brightlane.example"],
        "GOOGLE_APPLICATION_CREDENTIALS": [str(keys / "google.json")],
    }


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting in the environment, and none in the working directory."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


# -- the settings file -----------------------------------------------------------------------------------------
@given(
    st.text(
        st.one_of(
            st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
            st.sampled_from("'\"#$\\{} \n\r\t="),
        ),
        min_size=1,
    )
)
@example("a ${HOME} b")
@example("${:-x}")
@example("$${A}{")
@settings(max_examples=300, deadline=None)
def test_every_value_reads_back_as_it_was(value: str) -> None:
    """Spaces, quotes, #, $, braces, newlines: what was answered is what the bot is started with."""
    path = Path("values.env")
    EnvFile(path).write({"SALESFORCE_CLIENT_ID": value}, {})
    try:
        loaded = Settings.model_validate(_loaded(path))
        assert loaded.salesforce_client_id == value
        assert EnvFile(path).values["SALESFORCE_CLIENT_ID"] == value
    finally:
        path.unlink()


def _loaded(path: Path) -> dict[str, object]:
    """What pydantic-settings reads from the file, beside what else is needed for the settings to be whole."""
    from pydantic_settings import DotEnvSettingsSource

    (Path.cwd() / "empty").touch()
    rest = {
        "slack_bot_token": TOKEN,
        "slack_signing_secret": SECRET,
        "salesforce_private_key_file": "empty",
        "salesforce_username": "x",
        "google_application_credentials": "empty",
    }
    return {**rest, **DotEnvSettingsSource(Settings, env_file=path)()}


def test_what_no_file_can_hold_is_said() -> None:
    """A NUL ends a value for everybody who reads it."""
    with pytest.raises(ValueError, match="NUL"):
        quoted("a\0b")


BEFORE = """# ours
export SLACK_BOT_TOKEN = 'xoxb-old' # from Mei
NOT A LINE AT ALL

OTHER='several
lines' # kept
redis_url=redis://old # twice
redis_url=redis://older
LAST=1"""


def test_comments_and_unknown_lines_stay(tmp_path: Path) -> None:
    """Only what was asked for changes, where it stands, with its ``export`` and its comment; new lines come last."""
    path = tmp_path / ".env"
    path.write_text(BEFORE)
    changes = {"SLACK_BOT_TOKEN": TOKEN, "REDIS_URL": "redis://new it is", "SALESFORCE_CLIENT_ID": "3MVG9"}
    EnvFile(path).write(changes, {"SALESFORCE_CLIENT_ID": "Consumer key."})
    after = path.read_text()
    assert after == (
        BEFORE.replace(
            "SLACK_BOT_TOKEN = 'xoxb-old' # from Mei", f"SLACK_BOT_TOKEN={TOKEN}  # from Mei"
        ).replace("redis_url=redis://older", "redis_url='redis://new it is'")
        + "\n\n# Consumer key.\nSALESFORCE_CLIENT_ID=3MVG9\n"
    )
    values = EnvFile(path).values
    assert values["OTHER"] == "several\nlines" and {name: values[name] for name in changes} == changes


@given(
    st.lists(
        st.sampled_from([*BEFORE.splitlines(), "", "# x", "A=1", "A='x' #y", 'B="z', "\ufeff", "C=1\r"]),
        max_size=8,
    )
)
@settings(max_examples=200, deadline=None)
def test_no_file_loses_anything(lines: list[str]) -> None:
    """Whatever stands in a file, changing one setting leaves the value of every other, and every comment."""
    path = Path("any.env")
    path.write_bytes("\n".join(lines).encode())
    try:
        before = EnvFile(path)
        EnvFile(path).write({"NEW_ONE": "here"}, {})
        after = EnvFile(path)
        assert {**after.values} == {**before.values, "NEW_ONE": "here"}
        assert after.changed({}, {}).startswith("\n".join(lines).removeprefix("\ufeff"))
    finally:
        path.unlink()


def test_nobody_else_can_read_the_file_and_a_link_stays_one(tmp_path: Path) -> None:
    """Mode 0600 from the first byte on, of a file that was open to all too; a link goes on pointing to its file."""
    real, link = tmp_path / "real.env", tmp_path / ".env"
    real.write_text("A=1\n")
    real.chmod(0o644)
    link.symlink_to(real)
    EnvFile(link).write({"B": "2"}, {})
    assert link.is_symlink() and stat.S_IMODE(real.stat().st_mode) == 0o600
    assert real.read_text() == "A=1\nB=2\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "real.env"]
    write_whole(real, "A=1\n", 0o640)
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """And nothing beside it."""
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "B=\udc80", 0o600)
    assert path.read_text() == "A=1\n" and [one.name for one in tmp_path.iterdir()] == [".env"]


# -- the questions ---------------------------------------------------------------------------------------------
def test_every_setting_that_is_needed_is_asked_for() -> None:
    """A setting without a default that nobody asks for would stop the first start."""
    needed = {name.upper() for name, field in Settings.model_fields.items() if field.is_required()}
    asked = [one.name for one in every()]
    assert needed <= set(asked) and len(asked) == len(set(asked))
    assert {name.lower() for name in asked} <= Settings.model_fields.keys()
    assert all(one.about and one.where for one in every())


def test_whoever_answers_everything_can_start(answers: dict[str, list[str]], tmp_path: Path) -> None:
    """Defaults are taken by Enter, optional settings left out; the settings load, and secrets were typed unseen."""
    person = Scripted(answers)
    changes = Interview(person, {}, {}).changes()
    EnvFile(tmp_path / ".env").write(changes, {})
    loaded = Settings()
    assert loaded.slack_bot_token.get_secret_value() == TOKEN and loaded.ace_catalog == "Sandbox"
    assert loaded.slack_app_token is None and loaded.sign_in_issuer is None
    assert {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "REDIS_URL"} <= person.hidden
    assert "SALESFORCE_USERNAME" not in person.hidden
    said = "\n".join(person.said)
    assert TOKEN not in said and SECRET not in said and "•••••••• (19 characters)" in said


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-1234567890", "a bot's token begins with xoxb-"),
        ("SLACK_BOT_TOKEN", "xoxb-\udc80abcdef", "cannot be shown"),
        ("SLACK_SIGNING_SECRET", "xoxb-1234567890-abc", "no token"),
        ("SLACK_SIGNING_SECRET", "short", "16 characters"),
        ("SLACK_APP_TOKEN", "xoxb-1234567890", "begins with xapp-"),
        ("SALESFORCE_PRIVATE_KEY_FILE", "/no/such/key.pem", "there is no file /no/such/key.pem"),
        ("SALESFORCE_USERNAME", "ana", "looks like an e-mail address"),
        ("SALESFORCE_LOGIN_URL", "login.salesforce.com", "valid URL"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/no/such.json", "there is no file"),
        ("ACE_CATALOG", "Production", "'Sandbox' or 'AWS'"),
        ("ACE_ROLE_ARN", "cosell", "arn:aws:iam::111122223333:role/cosell"),
        ("PARTNER_EVENTS_QUEUE_URL", "my-queue", "it looks like https://sqs."),
        ("DROPS_BUCKET", "My_Bucket", "3 to 63"),
        ("REDIS_URL", "localhost:6379", "redis://127.0.0.1:6379/0"),
        ("SIGN_IN_ISSUER", "our provider", "URL"),
    ],
)
def test_a_wrong_answer_is_told_at_once_and_asked_again(
    answers: dict[str, list[str]], name: str, wrong: str, words: str
) -> None:
    """In words that say what would be right; the next answer is taken."""
    first = {**answers, "SIGN_IN_CLIENT_ID": ["cosell"], "SIGN_IN_URL": ["https://cosell.example"]}
    person = Scripted({**first, name: [wrong, *first.get(name, [])]})
    changes = Interview(person, {}, {}).changes()
    (told,) = [said for said in person.said if said.startswith("That cannot be taken")]
    assert words in told
    assert changes.get(name) != wrong and person.asked.count(name) == 2


def test_files_of_keys_are_opened(keys: Path) -> None:
    """A passphrase, another kind of key, JSON that is something else: each is told before anything is started."""
    assert private_key(str(keys / "key.pem")) is None and service_account(str(keys / "google.json")) is None
    assert "without a passphrase" in str(private_key(str(keys / "locked.pem")))
    assert "not an RSA key" in str(private_key(str(keys / "other.pem")))
    assert "no private key" in str(private_key(str(keys / "google.json")))
    assert "is not JSON" in str(service_account(str(keys / "key.pem")))
    (keys / "list.json").write_text("[]")
    assert "service account" in str(service_account(str(keys / "list.json")))


def test_paths_are_whole(answers: dict[str, list[str]], keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``~`` and paths from here are kept as the whole path, which is right from everywhere."""
    monkeypatch.setenv("HOME", str(keys))
    monkeypatch.chdir(keys)
    person = Scripted(
        {
            **answers,
            "SALESFORCE_PRIVATE_KEY_FILE": ["~/key.pem"],
            "GOOGLE_APPLICATION_CREDENTIALS": ["google.json"],
        }
    )
    changes = Interview(person, {}, {}).changes()
    assert changes["SALESFORCE_PRIVATE_KEY_FILE"] == str(keys / "key.pem")
    assert changes["GOOGLE_APPLICATION_CREDENTIALS"] == str(keys / "google.json")


def test_what_is_set_is_neither_asked_for_nor_changed(answers: dict[str, list[str]]) -> None:
    """Neither by the file nor by the environment; what is set wrong is asked for, and Enter keeps it."""
    known = {name: given[0] for name, given in answers.items()}
    person = Scripted({})
    changes = Interview(
        person,
        {**known, "ACE_CATALOG": "Elsewhere", "REDIS_URL": "redis://h/0"},
        {"salesforce_login_url": "https://x.example"},
    ).changes()
    assert changes == {} and not known.keys() & set(person.asked)
    assert {"REDIS_URL", "SALESFORCE_LOGIN_URL"}.isdisjoint(person.asked)
    assert "ACE_CATALOG" in person.asked
    assert any("It is set to Elsewhere, which cannot be used" in said for said in person.said)


def test_whoever_wants_to_goes_through_all_again(answers: dict[str, list[str]]) -> None:
    """With Enter everything stays, and a secret is shown as dots."""
    known = {name: given[0] for name, given in answers.items()}
    person = Scripted({"SALESFORCE_CLIENT_ID": ["another"]}, yes=("Change any",))
    changes = Interview(person, {**known, "ACE_CATALOG": "AWS", "REDIS_URL": "redis://h/0"}, {}).changes()
    assert changes.pop("SALESFORCE_LOGIN_URL") == "https://login.salesforce.com/"
    assert changes == {"SALESFORCE_CLIENT_ID": "another"}
    assert "It is set to ••••••••. Enter keeps it." in person.said and TOKEN not in "".join(person.said)


def test_a_sign_in_is_asked_for_whole(answers: dict[str, list[str]]) -> None:
    """Whoever names a provider needs its client and an address as well; whoever names none is asked nothing more."""
    sign_in = {
        "SIGN_IN_ISSUER": ["https://id.example"],
        "SIGN_IN_CLIENT_ID": ["", "cosell"],
        "SIGN_IN_URL": ["https://x.example"],
    }
    person = Scripted({**answers, **sign_in})
    changes = Interview(person, {}, {}).changes()
    assert changes["SIGN_IN_CLIENT_ID"] == "cosell" and "Nothing goes without it." in person.said
    without = Scripted(answers)
    Interview(without, {}, {}).changes()
    assert "SIGN_IN_CLIENT_ID" not in without.asked


# -- the people ------------------------------------------------------------------------------------------------
def test_the_configuration_that_is_begun_can_be_loaded(tmp_path: Path) -> None:
    """The workspace, the audit channel, ours and the partner's people; whoever is there twice is asked for again."""
    person = Scripted(
        {
            "Workspace id": ["brightlane", "T0BRIGHT"],
            "Audit channel id": ["C0AUDIT"],
            "Name": ['Ana "Ace" Costa', "Ben", "Ben", "Pat"],
            "E-mail address": [
                "ana",
                "ana@brightlane.example",
                "ana@brightlane.example",
                "ben@brightlane.example",
                "pat@aws.example",
            ],
            "Role (seller, partner manager, sales manager, partner)": [
                "",
                "boss",
                "sales manager",
                "",
                "partner",
            ],
            "Slack id (profile → ⋮ → Copy member ID)": ["@ana", "U0ANA", "U0BEN", "U0BEN"],
        }
    )
    text = Introducing(person).text()
    path = tmp_path / "cosell.toml"
    path.write_text(text)
    loaded = config.load(path)
    assert (loaded.slack_team, loaded.channels.audit) == ("T0BRIGHT", "C0AUDIT")
    assert [(one.name, one.slack, one.role.value) for one in loaded.people] == [
        ('Ana "Ace" Costa', "U0ANA", "seller"),
        ("Ben", "U0BEN", "seller"),
        ("Pat", None, "partner"),
    ]
    ana, _, pat = loaded.people
    assert ana.salesforce == ana.calendar == "ana@brightlane.example"
    assert (pat.company, pat.salesforce) == ("AWS", None)
    told = [said for said in person.said if said.startswith("That cannot be taken")]
    assert len(told) == 5 and any("have the same" in said for said in told)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp"]), min_size=1))
@settings(max_examples=100, deadline=None)
def test_any_name_can_be_kept(name: str) -> None:
    """Quotes, backslashes, every script: the file holds the name as it was typed."""
    answers = {"Workspace id": ["T0BRIGHT"], "Name": [name], "E-mail address": ["a@b.example"]}
    text = Introducing(Scripted(answers)).text()
    people = tomllib.loads(text).get("people", [])
    assert [person["name"] for person in people] == (
        [name.strip()] if name.strip() and name.strip().isprintable() else []
    )
    assert unloadable(text) == []
