"""Redis or Valkey: whether what it acknowledges survives, and whether the record in it is whole."""

from collections.abc import Iterator, Mapping

from bot.doctor.examiners import Newest, StoreExaminer
from bot.doctor.values import Check, Finds, fail, ok, warn
from bot.errors import Refused, Unavailable
from bot.ledger.chain import GENESIS, flaw_of

LOOKED_AT = 1_000
"""How many of the ledger's newest entries are held against each other."""
SKEW, WRONG = 2.0, 60.0
"""Seconds by which two clocks may differ; by which one of them is simply wrong."""
CONSOLE = "Look in your provider's console: append-only file on, fsync always, and no eviction (noeviction)."


def store(examiner: StoreExaminer) -> Finds:
    """How the store is set up, and the end of the ledger."""
    try:
        product, version = examiner.server()
    except Unavailable as error:
        yield fail("redis.reach", str(error), "Start it, or set REDIS_URL to where it answers.")
        return
    except Refused as error:
        yield fail("redis.reach", str(error), "Put the right user and password into REDIS_URL.")
        return
    yield _version(product, version)
    try:
        examiner.try_out()
        yield ok("redis.write", "The bot can write to it.")
    except Refused as error:
        yield fail(
            "redis.write",
            f"The bot cannot write to it: {error}",
            "Let REDIS_URL name a primary, and its user have the rights in docs/security.md (“Data”).",
        )
    yield from _durable(examiner)
    yield _clock(examiner.ahead())
    yield chained(examiner.newest(LOOKED_AT + 1), LOOKED_AT + 1)


def _version(product: str, version: str) -> Check:
    major = version.partition(".")[0]
    if major.isdigit() and int(major) >= 7:
        return ok("redis.version", f"{product.capitalize()} {version} answers.")
    return fail(
        "redis.version",
        f"{product.capitalize()} {version} answers, which is too old.",
        "Upgrade to Redis 7 or newer, or to Valkey.",
    )


def _durable(examiner: StoreExaminer) -> Iterator[Check]:
    try:
        told: Mapping[str, str] = examiner.persistence()
    except Refused:
        told = {}
    try:
        configured = examiner.configured()
    except Refused as error:
        yield warn("redis.config", f"It does not tell how it is set up. {error}", CONSOLE)
        if told and told.get("aof_enabled") == "0":
            yield _no_append_only()
    else:
        yield from _set_up(configured)
    if not told:
        yield warn(
            "redis.persistence",
            "The bot may not ask whether its last writes reached the disk.",
            "Let somebody with the rights run `redis-cli INFO persistence`: both aof_last_… must say ok.",
        )
        return
    bad = [
        f"{name} is {told[name]}"
        for name in ("aof_last_write_status", "aof_last_bgrewrite_status")
        if told.get(name, "ok") != "ok"
    ]
    if bad:
        yield fail(
            "redis.persistence",
            f"It could not write to its disk: {' and '.join(bad)}.",
            "Look into the store's log, and at whether its disk is full.",
        )
    else:
        yield ok("redis.persistence", "Its last writes to its disk went well.")


def _set_up(configured: Mapping[str, str]) -> Iterator[Check]:
    if configured.get("appendonly") != "yes":
        yield _no_append_only()
    elif configured.get("appendfsync") != "always":
        yield fail(
            "redis.appendfsync",
            f"appendfsync is {configured.get('appendfsync', 'not set')}, so an approval may be lost with its machine.",
            "redis-cli CONFIG SET appendfsync always, and the same in its configuration file.",
        )
    else:
        yield ok("redis.appendfsync", "appendonly yes, appendfsync always: what it acknowledges is on disk.")
    policy, most = configured.get("maxmemory-policy", ""), configured.get("maxmemory", "0")
    if most == "0":
        yield ok("redis.eviction", "No maxmemory is set, so it throws nothing away.")
    elif policy == "noeviction":
        yield ok("redis.eviction", "maxmemory-policy noeviction: it throws nothing away.")
    else:
        yield fail(
            "redis.eviction",
            f"maxmemory-policy is {policy}, so that it throws parts of the record away when memory runs short.",
            "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in its configuration file.",
        )


def _no_append_only() -> Check:
    return fail(
        "redis.appendonly",
        "appendonly is not yes, so everything since the last snapshot is lost when it stops.",
        "redis-cli CONFIG SET appendonly yes, and the same in its configuration file.",
    )


def _clock(ahead: float) -> Check:
    size = abs(ahead)
    if size <= SKEW:
        return ok("redis.clock", "Its clock and this machine's agree.")
    which = "ahead of" if ahead > 0 else "behind"
    said = f"Its clock is {size:,.0f} seconds {which} this machine's."
    do = "Let both machines keep time by NTP: `timedatectl set-ntp true`."
    return fail("redis.clock", said, do) if size > WRONG else warn("redis.clock", said, do)


def chained(newest: Newest, asked: int) -> Check:
    """Whether each of the newest entries follows from the one before it, and the head is the last one's link.

    ``asked`` is how many entries were asked for: where fewer came, the first of them is the first of all.
    """
    lines = newest.lines
    if not lines and not newest.seq:
        return ok("redis.ledger", "The ledger is empty: nothing was ever proposed.")
    if not lines:
        return _broken(f"{newest.seq:,} entries were written, and none is there")
    # The first entry of all follows from nothing; of a part, the first line is only what the next follows from.
    whole = lines[0].seq == 1
    if not whole and len(lines) < asked:
        return _broken(f"entry {lines[0].seq - 1:,} is missing")
    before, seq = (GENESIS, 0) if whole else (bytes.fromhex(lines[0].link), lines[0].seq)
    looked = lines if whole else lines[1:]
    for line in looked:
        flaw = flaw_of(line, seq + 1, before)
        if flaw is not None:
            return _broken(f"entry {seq + 1:,}: {flaw}")
        before, seq = bytes.fromhex(line.link), line.seq
    if (newest.head, newest.seq) != (before.hex(), seq):
        return _broken(f"it ends at entry {seq:,}, but {newest.seq:,} were written")
    return ok(
        "redis.ledger",
        f"The newest {len(looked):,} of {seq:,} entries of the ledger are as they were written.",
    )


def _broken(what: str) -> Check:
    return fail(
        "redis.ledger",
        f"The ledger is not as it was written: {what}.",
        "Stop the bot by `/cosell stop all`, and run `cosell audit verify`, which walks the whole ledger.",
    )
