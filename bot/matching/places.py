"""Countries and states, by their codes and by the names that lists write."""

from functools import lru_cache

from bot.matching.letters import cleaned, folded

_COUNTRIES = """
ad and andorra|ae are united arab emirates,uae,emirates,vereinigte arabische emirate|af afg afghanistan|
ag atg antigua and barbuda|ai aia anguilla|al alb albania|am arm armenia|ao ago angola|aq ata antarctica|
ar arg argentina,argentinien,argentine|as asm american samoa|
at aut austria,osterreich,oesterreich,autriche,oostenrijk|au aus australia,australien,australie|
aw abw aruba|ax ala aland islands|az aze azerbaijan|
ba bih bosnia and herzegovina,bosnia,bosna i hercegovina|bb brb barbados|bd bgd bangladesh|
be bel belgium,belgien,belgique,belgie,belgica,belgio|bf bfa burkina faso|bg bgr bulgaria,bulgarien|
bh bhr bahrain|bi bdi burundi|bj ben benin|bl blm saint barthelemy|bm bmu bermuda|
bn brn brunei,brunei darussalam|bo bol bolivia,plurinational state of bolivia|bq bes bonaire|
br bra brazil,brasil,brasilien,bresil|bs bhs bahamas,the bahamas|bt btn bhutan|bv bvt bouvet island|
bw bwa botswana|by blr belarus|bz blz belize|ca can canada,kanada|cc cck cocos islands|
cd cod democratic republic of the congo,dr congo|cf caf central african republic|cg cog congo|
ch che switzerland,schweiz,suisse,svizzera,suiza,zwitserland,die schweiz|ci civ cote d ivoire,ivory coast|
ck cok cook islands|cl chl chile|cm cmr cameroon|
cn chn china,peoples republic of china,pr china,prc,zhong guo,kitaj|co col colombia,kolumbien|
cr cri costa rica|cu cub cuba|cv cpv cabo verde,cape verde|cw cuw curacao|cx cxr christmas island|
cy cyp cyprus,zypern|cz cze czechia,czech republic,tschechien,ceska republika,cesko,tschechische republik|
de deu germany,deutschland,allemagne,alemania,germania,duitsland,tyskland,niemcy,alemanha,federal republic
    of germany,bundesrepublik deutschland,ger,brd|dj dji djibouti|
dk dnk denmark,danmark,danemark,dinamarca,daenemark|dm dma dominica|do dom dominican republic|
dz dza algeria|ec ecu ecuador|ee est estonia,eesti|eg egy egypt|eh esh western sahara|er eri eritrea|
es esp spain,espana,spanien,espagne,spagna,spanje,espanha,hiszpania|et eth ethiopia|
fi fin finland,suomi,finnland,finlande|fj fji fiji|fk flk falkland islands|fm fsm micronesia|
fo fro faroe islands|fr fra france,frankreich,francia,frankrijk,franca,francja,frankrike|ga gab gabon|
gb gbr united kingdom,uk,great britain,britain,england,scotland,wales,northern
ireland,grossbritannien,vereinigtes konigreich,vereinigtes koenigreich,royaume uni,reino unido,regno
    unito,verenigd koninkrijk,united kingdom of great britain and northern ireland,gb uk|gd grd grenada|
ge geo georgia|gf guf french guiana|gg ggy guernsey|gh gha ghana|gi gib gibraltar|gl grl greenland|
gm gmb gambia|gn gin guinea|gp glp guadeloupe|gq gnq equatorial guinea|
gr grc greece,griechenland,hellas,grece|gs sgs south georgia|gt gtm guatemala|gu gum guam|
gw gnb guinea bissau|gy guy guyana|hk hkg hong kong,hongkong,hong kong sar|hm hmd heard island|
hn hnd honduras|hr hrv croatia,hrvatska,kroatien|ht hti haiti|hu hun hungary,magyarorszag,ungarn,hongrie|
id idn indonesia|ie irl ireland,eire,irland,irlande,republic of ireland|il isr israel|im imn isle of man|
in ind india,bharat,indien|io iot british indian ocean territory|iq irq iraq|
ir irn iran,islamic republic of iran|is isl iceland,island|it ita italy,italia,italien,italie,wlochy|
je jey jersey|jm jam jamaica|jo jor jordan|jp jpn japan,nippon,nihon,japon,giappone,ri ben|ke ken kenya|
kg kgz kyrgyzstan|kh khm cambodia|ki kir kiribati|km com comoros|kn kna saint kitts and nevis|
kp prk north korea|
kr kor south korea,korea,republic of korea,sudkorea,suedkorea,korea republic of,korea south|kw kwt kuwait|
ky cym cayman islands|kz kaz kazakhstan|la lao laos|lb lbn lebanon|lc lca saint lucia|li lie liechtenstein|
lk lka sri lanka|lr lbr liberia|ls lso lesotho|lt ltu lithuania,lietuva,litauen|lu lux luxembourg,luxemburg|
lv lva latvia,latvija|ly lby libya|ma mar morocco,maroc|mc mco monaco|md mda moldova|me mne montenegro|
mf maf saint martin|mg mdg madagascar|mh mhl marshall islands|mk mkd north macedonia,macedonia|ml mli mali|
mm mmr myanmar,burma|mn mng mongolia|mo mac macao,macau|mp mnp northern mariana islands|mq mtq martinique|
mr mrt mauritania|ms msr montserrat|mt mlt malta|mu mus mauritius|mv mdv maldives|mw mwi malawi|
mx mex mexico,mexique,messico,mexiko|my mys malaysia|mz moz mozambique|na nam namibia|nc ncl new caledonia|
ne ner niger|nf nfk norfolk island|ng nga nigeria|ni nic nicaragua|
nl nld netherlands,the netherlands,nederland,holland,niederlande,pays bas,paises bajos,paesi bassi|
no nor norway,norge,norwegen,norvege|np npl nepal|nr nru nauru|nu niu niue|
nz nzl new zealand,neuseeland,aotearoa|om omn oman|pa pan panama|pe per peru|pf pyf french polynesia|
pg png papua new guinea|ph phl philippines|pk pak pakistan|pl pol poland,polska,polen,pologne,polonia|
pm spm saint pierre and miquelon|pn pcn pitcairn|pr pri puerto rico|ps pse palestine|pt prt portugal|
pw plw palau|py pry paraguay|qa qat qatar|re reu reunion|ro rou romania,rumanien,rumaenien|
rs srb serbia,srbija|ru rus russia,russian federation,rossija,rossiya,russland,rossiia|rw rwa rwanda|
sa sau saudi arabia,ksa,kingdom of saudi arabia|sb slb solomon islands|sc syc seychelles|sd sdn sudan|
se swe sweden,sverige,schweden,suede,suecia,szwecja|sg sgp singapore,singapur|sh shn saint helena|
si svn slovenia,slovenija|sj sjm svalbard|sk svk slovakia,slovensko,slowakei|sl sle sierra leone|
sm smr san marino|sn sen senegal|so som somalia|sr sur suriname|ss ssd south sudan|
st stp sao tome and principe|sv slv el salvador|sx sxm sint maarten|sy syr syria|sz swz eswatini|
tc tca turks and caicos islands|td tcd chad|tf atf french southern territories|tg tgo togo|th tha thailand|
tj tjk tajikistan|tk tkl tokelau|tl tls timor leste|tm tkm turkmenistan|tn tun tunisia|to ton tonga|
tr tur turkey,turkiye,turkei,tuerkei,turquie|tt tto trinidad and tobago|tv tuv tuvalu|
tw twn taiwan,taiwan roc|tz tza tanzania|ua ukr ukraine,ukraina|ug uga uganda|
um umi united states minor outlying islands|
us usa united states,united states of america,america,u s a,u s,vereinigte staaten,etats unis,estados
    unidos,stati uniti,verenigde staten,eeuu,the united states|uy ury uruguay|uz uzb uzbekistan|
va vat vatican city|vc vct saint vincent and the grenadines|ve ven venezuela|vg vgb british virgin islands|
vi vir us virgin islands|vn vnm vietnam,viet nam|vu vut vanuatu|wf wlf wallis and futuna|ws wsm samoa|
xk xkx kosovo|ye yem yemen|yt myt mayotte|za zaf south africa,sudafrika,suedafrika|zm zmb zambia|
zw zwe zimbabwe
"""

_STATES = {
    "US": "al alabama|ak alaska|az arizona|ar arkansas|ca california|co colorado|ct connecticut|de delaware|"
    "dc district of columbia|fl florida|ga georgia|hi hawaii|id idaho|il illinois|in indiana|ia iowa|ks kansas|"
    "ky kentucky|la louisiana|me maine|md maryland|ma massachusetts|mi michigan|mn minnesota|ms mississippi|"
    "mo missouri|mt montana|ne nebraska|nv nevada|nh new hampshire|nj new jersey|nm new mexico|ny new york|"
    "nc north carolina|nd north dakota|oh ohio|ok oklahoma|or oregon|pa pennsylvania|ri rhode island|"
    "sc south carolina|sd south dakota|tn tennessee|tx texas|ut utah|vt vermont|va virginia|wa washington|"
    "wv west virginia|wi wisconsin|wy wyoming",
    "CA": "ab alberta|bc british columbia|mb manitoba|nb new brunswick|nl newfoundland and labrador|ns nova scotia|"
    "on ontario|pe prince edward island|qc quebec|sk saskatchewan",
    "AU": "nsw new south wales|vic victoria|qld queensland|wa western australia|sa south australia|tas tasmania|"
    "act australian capital territory|nt northern territory",
    "BR": "ac acre|al alagoas|am amazonas|ba bahia|ce ceara|df distrito federal|es espirito santo|go goias|ma maranhao|"
    "mg minas gerais|ms mato grosso do sul|mt mato grosso|pa para|pb paraiba|pe pernambuco|pr parana|"
    "rj rio de janeiro|rs rio grande do sul|sc santa catarina|sp sao paulo",
    "IN": "ap andhra pradesh|dl delhi|gj gujarat|hr haryana|ka karnataka|kl kerala|mh maharashtra|mp madhya pradesh|"
    "pb punjab|rj rajasthan|tg telangana|tn tamil nadu|up uttar pradesh|wb west bengal",
    "DE": "bw baden wurttemberg|by bayern|be berlin|bb brandenburg|hb bremen|hh hamburg|he hessen|ni niedersachsen|"
    "mv mecklenburg vorpommern|nw nordrhein westfalen|rp rheinland pfalz|sl saarland|sn sachsen|st sachsen anhalt|"
    "sh schleswig holstein|th thuringen",
}


def _entries() -> dict[str, str]:
    known: dict[str, str] = {}
    for entry in " ".join(_COUNTRIES.split()).split("|"):
        two, three, names = entry.strip().split(" ", 2)
        known |= dict.fromkeys((two, three, *(name.strip() for name in names.split(","))), two.upper())
    return known


_CODES = _entries()
_BY_STATE = {
    (land, spelling): f"{land}-{entry.split(' ', 1)[0].upper()}"
    for land, states in _STATES.items()
    for entry in states.split("|")
    for spelling in entry.split(" ", 1)
}

_NATIVE = (
    "JP 日本|CN 中国|CN 中國|TW 台湾|TW 台灣|HK 香港|KR 대한민국|KR 한국|RU россия|RU российская федерация|"
    "UA україна|UA украина|BY беларусь|KZ казахстан|BG българия|RS србија|GR ελλάδα|CY κύπρος|EG مصر|SA السعودية|"
    "SA المملكة العربية السعودية|AE الإمارات|AE الإمارات العربية المتحدة|QA قطر|MA المغرب|IL ישראל|"
    "TH ประเทศไทย|TH ไทย|IN भारत"
)
_IN_SCRIPT = {entry[3:]: entry[:2] for entry in _NATIVE.split("|")}

PLACE_WORDS = {word: code for word, code in _CODES.items() if len(word) > 3 or word in ("usa", "uae")}
"""Names of countries as they may stand in a company's name, folded, by alpha-2 code."""


@lru_cache(maxsize=4096)
def country(text: str) -> str:
    """The alpha-2 code of a country by its name or code in several languages; empty where it is not known."""
    native = _IN_SCRIPT.get(cleaned(text).lower())
    if native:
        return native
    plain = " ".join(folded(text).split())
    return _CODES.get(plain) or _CODES.get(plain.replace(" ", "")) or ""


@lru_cache(maxsize=4096)
def state(text: str, land: str) -> str:
    """A state as ``US-TX`` where it is known, else its folded name; ``land`` is an alpha-2 code or empty."""
    plain = " ".join(folded(text).split())
    if land and plain.startswith(f"{land.lower()} "):
        plain = plain[3:]  # as ISO 3166-2 has it: US-TX
    for code in (land,) if land else _STATES:
        known = _BY_STATE.get((code, plain))
        if known:
            return known
    return plain
