"""What words in a company's name are worth: other spellings, and words that tell nothing or everything."""


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


CONNECTING = _listed("and und et y e en och og i")
"""Say the same as “&”, and are left out unless they begin or end a name."""

ARTICLES = _listed("at da das de den der des det di die do du for in la le les of the van von")
"""May be missing without changing who is meant."""

_SPELLINGS = """
international: intl internat internationale internacional internazionale internationaux
national: natl nationale nacional nazionale
manufacturing: mfg manuf mfrs manufacture manufacturers manufacturer
technology: tech technologies techs technologie technologien tecnologia tecnologias teknologi
system: systems sys systeme systemes sistemi sistemas
service: services svc svcs srvc servicios servizi servicos
solution: solutions soln solns soluciones soluzioni loesungen
industry: industries ind inds industrie industrien industrial industrias
product: products prod prods produkte produits productos
group: grp groupe gruppe grupo gruppo groep gruppen konzern
holding: holdings hldg hldgs beteiligung beteiligungen beteiligungsgesellschaft
management: mgmt mgt
association: assn assoc asso
associate: associates assocs
brother: brothers bros
center: centre centers centres ctr
university: univ universitaet universitat universite universidad universita
engineering: engr engrg engineers
laboratory: laboratories lab labs laboratoire laboratoires
partner: partners ptnrs
enterprise: enterprises ent
communication: communications comm comms
development: dev devel
department: dept
government: govt
american: amer
north: northern nord norte norra
south: southern sud sur soedra
east: eastern ost est este
west: western ouest oeste
software: sw
consulting: consultants consultancy consultant
resource: resources
material: materials
equipment: equip eqpt
charles: chas
william: wm
thomas: thos
robert: robt
electric: elec electrical elektro
pharmaceutical: farma pharm pharmaceuticals pharma
transport: transportation transports
logistics: logistic logistik logistica logistique
insurance: ins versicherung versicherungen
financial: finance fin finanz finanzen
hospital: hosp
saint: st sankt sainte
mount: mt
fort: ft
network: networks networking
store: stores
foundation: stiftung fondation fundacion fondazione
trading: traders trade
food: foods
studio: studios
supply: supplies
property: properties
investment: investments invest
venture: ventures
bank: banque banco banca
"""

SPELLINGS = {
    spelling: word
    for word, spellings in (
        line.split(":") for line in _SPELLINGS.replace("\n    ", " ").strip().splitlines()
    )
    for spelling in spellings.split()
}
"""One word for its plural, its abbreviations and its like in other languages."""

_PLAIN = """
america co com company consulting corp corporate digital engineering enterprise europe global group
headquarters hq inc industry international ltd manufacturing net network online product service software
solution system technology usa web world worldwide
"""

PLAIN = _listed(_PLAIN) | ARTICLES | CONNECTING
"""Where only one of two names says one of these, and the website is the same, it is the same company."""

_TELLING = """
academy aerospace agency air asset automotive bank branch capital cargo central church club college council
credit defense dental department division east eight energy estate express federal film financial first five
food foundation four franchise freight fund gas government health holding hospital i ii iii inner institute
insurance investment iv ix junior leasing life logistics lower marine media medical mining ministry motor
music new nine north northeast northwest oil old one outer outlet payment pharmaceutical power property
public rail realty research retail school second security senior seven shipping six south southeast
southwest sport store subsidiary ten third three trust two union university upper v venture vi vii viii
water west wholesale x
"""

TELLING = _listed(_TELLING)
"""Tell one company from another of the same name, whatever else agrees."""

_COMMON = """
a able absolute access ace acme action active adams advance advanced advantage aero affiliated agri air alfa
all alliance allied alpha alpine amber american anchor apex apollo aqua arc arch architect architecture argo
aria ark arrow art asia aspen asset associate association associated assurance astra atlantic atlantis atlas
aurora austin auto automation automotive avalon aviation axis aztec azure balance baltic bank bay beacon
bear best beta better big bio biotech black blue board bold bond boston bridge bright brand broadway brother
build builders building business calm cable cafe california canyon capital capitol cardinal care cargo
carolina cascade castle cedar center central century champion channel charter chemical chemicals chicago
choice church circle citadel citizens city classic clean clear clearwater click clinic cloud club coast
coastal coffee college colonial color columbia comfort command commerce commercial common commonwealth
communication community company compass complete computer computing concept concepts concord concrete
connect connection construction constructors consolidated consulting contact continental contracting
contractors control controls cooperative copper coral core corner cornerstone corporate cosmos county craft
creative credit crescent crest crimson cross crown crystal custom cyber data dawn deal deep delta dental
design desert deutsche development diamond digital direct discovery distribution distributors diversified
diverse dragon dream drive dynamic dynamics eagle earth east echo eclipse eco edge education educational
elect electric electronic electronics element elite elm emerald empire energy engineering enterprise
entertainment environmental epic equipment equity essential estate eternal europe euro european evergreen
everest evolution excel excellence executive expert express extra fabrication falcon family farm farms
fashion federal fidelity field film financial fire first fitness flash fleet florida flow focus food force
forest fort fortune forward foundation founders fox franklin freedom fresh frontier fuel fund furniture
fusion future galaxy garden gas gate gateway gem general genesis georgia giant glass global globe gold
golden grand granite graphics gravity great greater green grid group grove growth guardian gulf harbor
harmony harvest haven hawk health healthcare heart heritage high highland hill hills holding home homes
horizon hospital hospitality hotel hotels house hub human ice icon idea ideal image imaging impact imperial
independent index industry infinite infinity information infrastructure innovation innovations innovative
insight inspire institute insurance integrated integrity intelligence intelligent inter interactive interior
interiors international internet invest investment iron island jet jewel jupiter key keystone king kings
kingdom knight laboratory labor lake lakeside land landmark landscape laser launch law lead leader leaders
leaf league learning legacy legal legend level liberty life light lighthouse lighting line link lion liquid
living local logic logistics london lotus lumen luna lunar machine machinery magic magnet magnolia main
majestic management maple marble marine maritime mark market marketing markets mars mass master masters
material matrix maverick max maxim mechanical media medical medicine mega mercury meridian metal metals
metro metropolitan micro mid midland midwest mile millennium mind mining mint mission mobile mobility model
modern momentum monarch moon mortgage motion motor motors mount mountain mutual national native natural
nature nautilus neo neptune network new next nexus night noble nordic north northeast northwest northstar
nova novo oak oasis ocean office oil old olive olympic olympus omega omni one online onyx open optic optical
optima optimal optimum optimus options orange orbit orchard orchid organic orient origin orion osprey
outdoor outlook pacific package packaging palm panorama paper paradigm paragon paramount park partner
partnership path patriot payment peak pearl pegasus people perfect performance petroleum pharmaceutical
pharmacy phoenix photo pilot pine pinnacle pioneer pipe planet plastic plastics platform platinum plus point
polar pole poly port portal power prairie precision premier premium prestige prime princeton print printing
priority prism private pro process product production productions professional professionals progress
progressive project prologue promotion property prosper provident pulse pure quality quantum quartz queen
quest quick rail rain rainbow ranch rapid raven reach real realty red reef regal regency regent regional
reliable reliance renaissance rental research resort resource response restaurant retail ridge rise river
riverside road robotics rock rocky rose royal ruby safe safety sage sales san sand santa sapphire saturn
savings school science sciences scientific sea seaside secure security select senior sentinel sequoia
service seven shield ship shipping shop shore sierra sigma signal signature silicon silver simple sky
skyline smart smoke snow social society software sol solar solid solution sonic sound source south southeast
southern southwest space spark special specialist specialists specialty spectrum speed spirit sport sports
spring springs square staffing standard star state station steel stellar sterling stone storage store storm
strategic strategies strategy stream street structure studio style success sugar summit sun sunrise sunset
sunshine superior supply support supreme sure surgical swift swiss synergy system talent target team
technical technology telecom telecommunications terra texas textile textiles theatre therapy tiger timber
time titan titanium tool tools top total touch tower town toy track trade trading traffic trail training
trans transit transport travel tree trend trek tri triangle trident trinity triple triton triumph tropical
truck trucking true trust turbo twin ultra union unique unit united unity universal university upper urban
us usa utility vacuum valley value vanguard vantage vector vega velocity venture venus veritas vertex victor
victoria victory view village vine vintage virtual vision vista vital vitality viva voice volt vortex
voyager warehouse water waterfront wave way wealth web well wellness west white wild wildlife wind window
wine winner wireless wise wolf women wonder wood woods work works world worldwide yellow york young youth
zen zenith zephyr zero zeta zion zone helios hermes artemis athena ares gaia hera iris kronos rhea selene
theta lambda kappa handel handels bau haus werk werke verlag vertrieb versand technik maschinen maschinenbau
elektronik anlagen anlagenbau automobile autohaus apotheke baeckerei immobilien beratung
unternehmensberatung steuerberatung medien praxis klinik hof berg stadt stadtwerke wald see metall metallbau
holz stahl glas kunststoff druck energie umwelt reisen spedition transporte gesellschaft nord sued ost
mittel societe compagnie maison atelier ateliers boulangerie batiment travaux conseil gestion immobilier
nouvelle centre construcciones distribuciones comercial industrial agricola inmobiliaria promociones nueva
nuevo mar casa costruzioni impresa edile servizi immobiliare nuova italia commercio bouw beheer advies
techniek bygg eiendom fastighet fastigheter konsult adviser advisers advisor advisors advisory analytics app
apps ventures catering cleaning coaching events exchange export import imports exports finance fine fish
fisheries flooring florist freight garage gallery grill grocery guide hair hardware heating hire hvac
installation instrument instruments kitchen kitchens laundry lending maintenance merchant moving music
nursery nutrition outsourcing paint painting parts pet pets pizza plumbing pool publishing pump pumps
recovery recruitment recycling refrigeration removal removals repair repairs roofing salon scaffolding sign
signs spa surveying surveyors systems tax taxi technics tile trailer translation veterinary video waste
welding wholesale
"""

_PEOPLE = """
smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson
anderson thomas taylor moore jackson martin lee perez thompson white harris sanchez clark ramirez lewis
robinson walker young allen king wright scott torres nguyen hill flores green adams nelson baker hall rivera
campbell mitchell carter roberts gomez phillips evans turner diaz parker cruz edwards collins reyes stewart
morris morales murphy cook rogers gutierrez ortiz morgan cooper peterson bailey reed kelly howard ramos kim
cox ward richardson watson brooks chavez wood james bennett gray mendoza ruiz hughes price alvarez castillo
sanders patel myers long ross foster jimenez powell jenkins perry russell sullivan bell coleman butler
henderson barnes fisher vasquez simmons graham murray ford hamilton wallace woods cole west jordan owens
reynolds ellis harrison gibson mcdonald marshall ortega wells webb simpson stevens tucker porter hunter
hicks crawford henry boyd mason kennedy warren dixon burns gordon shaw holmes rice robertson hunt black
daniels palmer mills grant knight ferguson stone hawkins dunn perkins hudson spencer gardner stephens payne
pierce berry matthews arnold wagner willis ray watkins olson carroll duncan snyder hart cunningham bradley
lane andrews harper fox riley armstrong carpenter weaver greene lawrence elliott chapman lynch fletcher
cohen levy singh kumar sharma gupta shah khan ahmed ali hussain muller mueller schmidt schneider fischer
weber meyer meier maier becker schulz hoffmann schafer schaefer koch bauer richter klein wolf schroder
schroeder neumann schwarz zimmermann braun kruger krueger hofmann hartmann lange schmitt werner schmitz
krause lehmann schmid schulze kohler koehler herrmann konig koenig walter mayer huber kaiser fuchs peters
lang scholz moller moeller weiss jung hahn schubert vogel friedrich keller gunther guenther frank berger
winkler roth beck lorenz baumann franke albrecht schuster simon ludwig bohm boehm winter kraus schumacher
kramer vogt stein jager jaeger otto sommer gross seidel heinrich brandt haas schreiber bernard dubois durand
leroy moreau laurent lefebvre michel david bertrand roux vincent fournier morel girard andre mercier dupont
lambert bonnet rossi russo ferrari esposito bianchi romano colombo ricci marino greco bruno gallo conti
costa giordano mancini rizzo lombardi moretti silva santos oliveira souza lima pereira ferreira almeida
carvalho gomes ribeiro fernandez fernandes rodrigues martins sousa jong jansen vries berg dijk bakker visser
smit boer mulder groot bos vos hendriks leeuwen dekker hansen johansen olsen larsen andersen pedersen nilsen
kristiansen jensen karlsen johnsen nielsen christensen rasmussen sorensen petersen andersson johansson
karlsson nilsson eriksson larsson olsson persson svensson gustafsson korhonen virtanen nieminen nowak
kowalski kowalska wisniewski wojcik kowalczyk kaminski lewandowski zielinski szymanski novak svoboda dvorak
horvath kovacs nagy szabo toth ivanov petrov sidorov smirnov kuznetsov popov tanaka sato suzuki takahashi
watanabe ito yamamoto nakamura kobayashi kato wang li zhang liu chen yang huang zhao wu zhou xu sun zhu lin
park choi john robert michael william richard joseph charles christopher daniel matthew anthony mark paul
steven andrew kenneth george joshua kevin brian edward ronald timothy jason jeffrey ryan jacob gary nicholas
eric jonathan stephen larry justin brandon benjamin samuel gregory raymond alexander patrick jack dennis
jerry peter carl arthur albert joe louis philip harry victor max hans karl mary patricia jennifer linda
elizabeth barbara susan jessica sarah karen lisa nancy sandra margaret ashley emily donna michelle carol
amanda anna maria laura julia eva emma sophie marie claire pierre jean francois jacques luc marc antoine
jose juan carlos luis miguel pedro giovanni giuseppe marco luca paolo andrea lars erik jan piet klaus jurgen
wolfgang stefan andreas bernd
"""

COMMON = frozenset(SPELLINGS.get(word, word) for word in (_COMMON + _PEOPLE).split()) | PLAIN | TELLING
"""Words and family names that many companies bear: a name of nothing else says little about who it is."""

_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve"

NUMBERS = {word: str(value) for value, word in enumerate(_NUMBERS.split())} | {
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
}
"""Numbers in words and in Roman figures, as figures."""
