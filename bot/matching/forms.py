"""The legal forms of companies in many countries, as they stand in names once dots and accents are gone."""

_ENDINGS = (
    "inc|incorporated|corp|corporation|co|company|companies|cie|compagnie|llc|lc|llp|lp|ltd|limited|plc|"
    "pllc|pc|pa|public limited company|limited liability company|limited company|private limited|pvt ltd|"
    "pvt limited|private ltd|pty ltd|pty|proprietary limited|pte ltd|pte|pvt|private|cic|unlimited|ulc|"
    "na|dac|clg|nl|gmbh|ggmbh|mbh|gesmbh|gesellschaft mit beschrankter haftung|gesellschaft mbh|ag|"
    "aktiengesellschaft|kg|kgaa|ohg|gbr|ug|ug haftungsbeschrankt|haftungsbeschrankt|ek|ev|eg|se|gmbh co|"
    "co kg|co kgaa|partg mbb|partg|stiftung co kg|sa|sas|sasu|sarl|sarlu|eurl|snc|sci|scop|scs|sca|"
    "societe anonyme|societe par actions simplifiee|societe a responsabilite limitee|selarl|srl|srls|spa|"
    "sapa|ss|snc di|societa per azioni|soc coop|scarl|scpa|sl|slu|sau|sociedad anonima|sociedad limitada|"
    "sll|scp|sa de cv|sab de cv|s de rl de cv|de cv|srl de cv|sapi de cv|ltda|limitada|eireli|me|epp|"
    "sas esp|lda|sgps|cia|cia ltda|spa chile|eirl|saa|saic|ca|bv|nv|vof|cv|bvba|cvba|sprl|scrl|"
    "besloten vennootschap|naamloze vennootschap|ab|aktiebolag|publ|hb|kb|oy|oyj|oy ab|ky|tmi|as|asa|ans|"
    "aps|ps|ks|is|amba|ehf|hf|ou|uab|sia|mb|aktieselskab|anpartsselskab|osakeyhtio|sp zoo|spzoo|sp z oo|"
    "spolka zoo|spolka z ograniczona odpowiedzialnoscia|spolka akcyjna|spj|spk|sp j|sp k|zoo|sro|"
    "spol sro|vos|kft|zrt|nyrt|bt|rt|kkt|doo|dd|ad|ood|eood|ead|dooel|jdoo|sc|srl d|pfa|ik|ooo|oao|zao|"
    "pao|ao|ip|tov|too|tdv|pat|prat|kk|gk|yk|kabushiki kaisha|kabushiki gaisha|godo kaisha|yugen kaisha|"
    "kabushikikaisha|bhd|sdn bhd|berhad|sendirian berhad|tbk|persero|jsc|pjsc|cjsc|ojsc|"
    "joint stock company|fze|fzco|fz llc|fzllc|dmcc|wll|saog|saoc|sal|sarl au|ae|epe|ike|oe|sti|ltd sti|"
    "anonim sirketi|limited sirketi|co ltd|company limited|co limited|public company limited|pcl|hk ltd|"
    "holdings ltd"
)

_BEGINNINGS = (
    "ooo|oao|zao|pao|ao|tov|too|pt|ab|as|oy|sarl|sas|sa|kk|firma|eurl|sci|cia|uab|sia|kabushiki kaisha|"
    "kabushiki gaisha"
)

ENDINGS = frozenset(tuple(form.split()) for form in _ENDINGS.split("|"))
"""Forms that end a name, as tuples of words."""

BEGINNINGS = frozenset(tuple(form.split()) for form in _BEGINNINGS.split("|"))
"""Forms that begin one."""

LONGEST = max(len(form) for form in ENDINGS)

NATIVE = {
    "株式会社": "kk",
    "有限会社": "yk",
    "合同会社": "gk",
    "股份有限公司": "co ltd",
    "有限责任公司": "co ltd",
    "有限責任公司": "co ltd",
    "有限公司": "co ltd",
    "公司": "co",
    "(株)": "kk",
    "(有)": "yk",
    "(주)": "kk",
    "주식회사": "kk",
    "유한회사": "co ltd",
    "общество с ограниченной ответственностью": "ooo",
    "публичное акционерное общество": "pao",
    "акционерное общество": "ao",
    "שם בעמ": "ltd",
    'בע"מ': "ltd",
    "ש.מ.מ": "llc",
    "บริษัท": "",
    "จำกัด": "ltd",
    "มหาชน": "",
}
"""Forms written in their own script, which stand next to the name without a space."""

_OWNERS = {
    "shares": (
        "inc incorporated corp corporation ltd limited plc co_ltd company_limited ag aktiengesellschaft se sa spa nv "
        "kk sau saa ab aktiebolag oyj asa as pjsc jsc ojsc cjsc pao oao zao ao tbk bhd berhad nyrt zrt societe_anonyme "
        "sociedad_anonima sa_de_cv sab_de_cv spolka_akcyjna kabushiki_kaisha sas sasu aktieselskab"
    ),
    "limited": (
        "llc lc ltd limited co_ltd gmbh mbh gesmbh ggmbh ug haftungsbeschrankt bv bvba sprl srl srls sarl sarlu eurl "
        "sl slu sociedad_limitada ltda limitada lda oy osakeyhtio ab aktiebolag as aps anpartsselskab sas sasu pty pte "
        "pvt private kft doo sro spol_sro sp_zoo sp_z_oo spolka_zoo zoo ooo too tov uab sia ou fze dmcc wll gk yk ehf "
        "pvt_ltd pty_ltd private_limited limited_company limited_liability_company co_limited sdn_bhd"
    ),
    "partners": "llp lp pllc pc kg ohg gbr partg gmbh_co co_kg snc vof cv kb hb ky sca scs spk spj",
    "members": "ev cic eg amba soc_coop scarl",
}

OWNERS: dict[str, frozenset[str]] = {}
"""By legal form: what kind of owners a company of it may have. Lists write one form of a kind for another."""
for _kind, _forms in _OWNERS.items():
    for _form in _forms.split():
        OWNERS[_form.replace("_", " ")] = OWNERS.get(_form.replace("_", " "), frozenset()) | {_kind}
