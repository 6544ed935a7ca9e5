"""A company's name taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching import Name, named


@pytest.mark.parametrize(
    "name",
    [
        "Velora",
        "VELORA",
        "Velora, Inc.",
        "Velora Inc",
        "Velora Incorporated",
        "Velora L.L.C.",
        "The Velora Company",
        "Velora Co., Ltd.",
        "Velora Pty. Ltd.",
        "Velora (Pty) Ltd",
        "Velora Pvt Ltd",
        "Velora GmbH",
        "Velora GmbH & Co. KG",
        "Velora Gesellschaft mbH",
        "Velora UG (haftungsbeschränkt)",
        "Velora KGaA",
        "Velora e.K.",
        "Velora S.A.",
        "Velora S.A.S.",
        "Velora S.à r.l.",
        "Velora SARL",
        "Velora S.p.A.",
        "Velora S.r.l.",
        "Velora S.L.U.",
        "Velora S.A. de C.V.",
        "Velora S. de R.L. de C.V.",
        "Velora Ltda.",
        "Velora Lda",
        "Velora B.V.",
        "Velora NV",
        "Velora AB (publ)",
        "AB Velora",
        "Velora Oyj",
        "Oy Velora Ab",
        "Velora A/S",
        "Velora ApS",
        "Velora ASA",
        "Velora Kft.",
        "Velora d.o.o.",
        "Velora s.r.o.",
        "Velora, spol. s r.o.",
        "Velora Sp. z o.o.",
        "VELORA SPÓŁKA Z OGRANICZONĄ ODPOWIEDZIALNOŚCIĄ",
        "Velora OÜ",
        "UAB Velora",
        "PT Velora Tbk",
        "Velora Sdn. Bhd.",
        "Velora K.K.",
        "株式会社Velora",
        "Velora有限公司",
        "ООО Velora",
        "Velora A.Ş.",
        "Ｖｅｌｏｒａ　Ｉｎｃ",
        "Vel\u200bora™",
        "Velora (Germany)",
        "Velora Deutschland GmbH",
        "Velora - France",
        "Velora, USA",
        "Velora GmbH, DE",
        "Velora | GB",
    ],
)
def test_one_name_however_it_is_written(name: str) -> None:
    """Legal forms, articles, marks, widths and the country at the end are no part of the name."""
    assert named(name).words == ("velora",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Smith & Sons", "Smith and Sons"),
        ("Weber & Partner", "Weber und Partner"),
        ("Bell &amp; Howe", "Bell & Howe"),
        ("Łódź Stal", "Lodz Stal"),
        ("Straßenbau Nord", "Strassenbau Nord"),
        ("Intl Paper Mfg", "International Paper Manufacturing"),
        ("Orbis Technologies", "Orbis Technology"),
        ("I.B.M. Research", "IBM Research"),
        ("H & M", "H&M"),
        ("L'Oranger", "LOranger"),
        ("Ромашка", "Romashka"),
        ("Studio Two", "Studio 2"),
    ],
)
def test_two_spellings_of_a_name(one: str, other: str) -> None:
    """What means the same gives the same words."""
    assert named(one).squashed == named(other).squashed


@pytest.mark.parametrize(
    ("name", "words", "others"),
    [
        ("Quill LLC dba Inkwell", ("quill",), (("inkwell",),)),
        ("Quill (formerly Inkwell Ltd)", ("quill",), (("inkwell",),)),
        ("Quill t/a Inkwell", ("quill",), (("inkwell",),)),
        ("Quill f/k/a Inkwell", ("quill",), (("inkwell",),)),
        ("Quill (Inkwell)", ("quill",), (("inkwell",),)),
    ],
)
def test_other_names(name: str, words: tuple[str, ...], others: tuple[tuple[str, ...], ...]) -> None:
    """A name that a company also goes by, or went by, is kept beside its name."""
    assert named(name).words == words
    assert named(name).others == others


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Bank of China", ("bank", "of", "china")),
        ("Holding AG", ("holding",)),
        ("Inc.", ("inc",)),
        ("Acme Capital", ("acme", "capital")),
        ("Acme (Holding)", ("acme", "holding")),
        ("Studio 54", ("studio", "54")),
    ],
)
def test_what_belongs_to_the_name(name: str, words: tuple[str, ...]) -> None:
    """Words that tell companies apart stay, and no name is taken apart until nothing is left."""
    assert named(name).words == words


@pytest.mark.parametrize("nothing", ["", "   ", "🎉🎉", "\x00\x07", "---", "()", "\ud800"])
def test_no_name(nothing: str) -> None:
    """A text without letters or figures has no words."""
    assert named(nothing) == Name(())


@given(st.text(max_size=400))
def test_normalising_twice_changes_nothing(text: str) -> None:
    """The words of a name, written out, are the words of that name, but for what reads as a legal form or a place."""
    words = named(text).words
    again = named(" ".join(words)).words
    assert named(" ".join(again)).words == again or len(again) < len(words)
    assert all(word.isascii() and word.isalnum() for word in words)


@given(st.text(max_size=60))
def test_capitals_do_not_matter(text: str) -> None:
    """A name in capitals is the same name, where the script has one small letter for each capital."""
    if text.lower() == text.upper().lower():
        assert named(text.upper()).words == named(text.lower()).words
