"""The domain that a company registered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching import domain
from bot.matching.websites import label


@pytest.mark.parametrize(
    ("field", "registered"),
    [
        ("helios-energy.example", "helios-energy.example"),
        ("https://www.helios-energy.example/en/about?x=1#top", "helios-energy.example"),
        ("HTTP://SHOP.VELORA.CO.UK:8080/", "velora.co.uk"),
        ("//velora.de", "velora.de"),
        ("https//velora.de", "velora.de"),
        ("velora.de.", "velora.de"),
        ("info@velora.de", "velora.de"),
        ("mailto:info@mail.velora.de", "velora.de"),
        ("https://user:secret@velora.de/", "velora.de"),
        ("<https://velora.de>", "velora.de"),
        ("velora.de; velora.com", "velora.de"),
        ("Website: velora.de", "velora.de"),
        ("velora.github.io", "velora.github.io"),
        ("velora.wixsite.com/home", "velora.wixsite.com"),
        ("münchen-bau.de", "xn--mnchen-bau-9db.de"),
        ("xn--mnchen-bau-9db.de", "xn--mnchen-bau-9db.de"),
        ("straßenbau.de", "strassenbau.de"),
        ("ｖｅｌｏｒａ．ｄｅ", "velora.de"),
        ("velora.com.example", "velora.com.example"),
    ],
)
def test_whatever_is_written(field: str, registered: str) -> None:
    """Paths, ports, addresses, scripts and widths lead to the one domain that was registered."""
    assert domain(field) == registered


@pytest.mark.parametrize(
    "field",
    [
        "",
        "n/a",
        "none",
        "-",
        "co.uk",
        "localhost",
        "192.168.0.1",
        "http://[::1]/",
        "velora",
        "velora@gmail.com",
        "https://www.facebook.com/velora",
        "https://de.linkedin.com/company/velora",
        "wixsite.com/velora",
        "bit.ly/3abc",
        "https://sites.google.com/view/velora",
        "." * 300,
        "a." * 5000 + "com",
        "x" * 10_000 + ".com",
        "\ud800.com",
        "xn--.com",
        "xn--a.xn--b.xn--c",
    ],
)
def test_what_says_nothing(field: str) -> None:
    """Free mail, networks, hosts, shorteners, addresses and nonsense are no website of a company's own."""
    assert domain(field) == ""


def test_the_part_its_owner_chose() -> None:
    """The label is what stands before the ending, without dashes."""
    assert label("helios-energy.co.uk") == "heliosenergy"


@given(st.text(max_size=400))
def test_never_fails(text: str) -> None:
    """Any text gives a domain or nothing, and a domain gives itself."""
    registered = domain(text)
    assert not registered or domain(registered) == registered
