"""The domain that a company registered, from whatever stands in the field for its website. Never asks the network."""

import re
from functools import lru_cache

import idna
from tldextract import TLDExtract

from bot.matching.letters import cleaned

_EXTRACT = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
"""With the list of public suffixes that the library brings along."""

_HOST = re.compile(r"^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*$")

_MAIL = """
gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.co.jp yahoo.fr yahoo.de ymail.com hotmail.com
hotmail.co.uk hotmail.fr outlook.com live.com msn.com aol.com icloud.com me.com mac.com gmx.de gmx.net
gmx.com gmx.at web.de t-online.de freenet.de mail.com mail.ru yandex.ru yandex.com proton.me protonmail.com
zoho.com qq.com 163.com 126.com sina.com naver.com daum.net orange.fr wanadoo.fr free.fr laposte.net sfr.fr
libero.it virgilio.it tiscali.it alice.it comcast.net verizon.net att.net sbcglobal.net bellsouth.net
cox.net earthlink.net btinternet.com rediffmail.com uol.com.br terra.com.br bol.com.br seznam.cz wp.pl o2.pl
onet.pl interia.pl bluewin.ch
"""

_SOCIAL = """
facebook.com fb.com linkedin.com twitter.com x.com instagram.com youtube.com tiktok.com pinterest.com
xing.com vk.com weibo.com reddit.com medium.com github.com gitlab.com crunchbase.com bloomberg.com
wikipedia.org glassdoor.com indeed.com yelp.com tripadvisor.com yellowpages.com google.com goo.gl
maps.app.goo.gl g.page apple.com amazon.com ebay.com etsy.com alibaba.com salesforce.com kompass.com dnb.com
zoominfo.com whatsapp.com wa.me t.me telegram.me discord.gg
"""

_HOSTS = """
wordpress.com wixsite.com wix.com weebly.com squarespace.com blogspot.com blogger.com godaddysites.com
godaddy.com jimdo.com jimdosite.com jimdofree.com webnode.com site123.me strikingly.com webflow.io carrd.co
notion.site business.site ueniweb.com myshopify.com shopify.com bigcartel.com tumblr.com github.io
netlify.app vercel.app herokuapp.com azurewebsites.net amazonaws.com cloudfront.net firebaseapp.com web.app
pages.dev ionos.com strato.de 1und1.de ovh.net
"""

_ELSEWHERE = """
bit.ly tinyurl.com ow.ly t.co linktr.ee lnkd.in buff.ly rebrand.ly is.gd cutt.ly shorturl.at youtu.be
example.com example.org example.net test.com none.com na.com unknown.com domain.com website.com email.com
noemail.com
"""

NOBODYS = frozenset((_MAIL + _SOCIAL + _HOSTS + _ELSEWHERE).split())
"""Belong to none of those who write them into a list: they say nothing about who a company is."""


@lru_cache(maxsize=65536)
def domain(text: str) -> str:
    """The registrable domain in Unicode-free form, ``helios-energy.example``; empty where there is none that counts."""
    host = _host(text)
    if not host:
        return ""
    found = _EXTRACT.extract_str(host)
    if not found.domain:
        return ""  # a bare public suffix
    registered = f"{found.domain}.{found.suffix}" if found.suffix else _unknown_ending(host)
    whole = f"{found.subdomain}.{registered}" if found.subdomain else registered
    return "" if registered in NOBODYS or whole in NOBODYS else registered


def label(registered: str) -> str:
    """The part of a domain that its owner chose, without dashes and in letters."""
    name = registered.split(".", 1)[0]
    if name.startswith("xn--"):
        try:
            name = idna.decode(name)
        except (idna.IDNAError, UnicodeError):
            return ""
    return name.replace("-", "")


def _unknown_ending(host: str) -> str:
    """What is registered under an ending that the list does not know: below it, or below a ``com`` or ``se`` of its."""
    labels = host.split(".")
    return ".".join(labels[-3 if len(labels) > 2 and _EXTRACT.extract_str(labels[-2]).suffix else -2 :])


def _host(text: str) -> str:
    """The first host name in a field, in ASCII (punycode) and lower case."""
    words = re.split(r"[\s,;|]+", cleaned(text).lower().strip("<>\"'()[] "))
    word = next((word for word in words if "." in word or "。" in word), "")
    word = re.sub(r"^(?:mailto:|https?[:;]?/+|[a-z][a-z0-9+.-]*:/+|/+)", "", word)
    word = re.split(r"[/?#\\]", word, maxsplit=1)[0].rsplit("@", 1)[-1].split(":", 1)[0].strip(".")
    if not word.isascii() or "xn--" in word:
        try:
            # Registries of old wrote “ss” where a name has “ß”; its owner has both.
            readable = idna.decode(word, uts46=True) if "xn--" in word else word
            word = idna.encode(readable.replace("ß", "ss"), uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return ""
    return word if len(word) <= 253 and _HOST.match(word) else ""
