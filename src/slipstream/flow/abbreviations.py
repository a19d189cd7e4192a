"""Words whose full stop seldom ends a sentence, by what must follow for it to end one. Data; lower case, last stop off.

English first; what German, French, Spanish and Italian answers use most stands with it, where it is no English word.
"""

from __future__ import annotations

from typing import Final


def _words(rows: str) -> frozenset[str]:
    return frozenset(rows.split())


NEVER: Final = _words("""
    dr drs mr mrs ms mx prof st sts messrs mme mmes mlle gen sen rep gov capt cpt lt cmdr cdr col sgt cpl pvt maj adm
    brig rev fr hon pres supt insp amb hr sra srta dra dott sig ing dipl mag mt mts ft pt dist
    vs e.g i.e cf viz approx ca incl excl esp resp aka a.k.a w.r.t
    z.b d.h u.a o.ä bzw sog ggf evtl vgl inkl zzgl bspw i.d.r p.ex p.ej ej env т.е т.д напр
""")
"""Never an end: a name or the rest of the thought follows."""

NUMBERED: Final = _words("""
    no nos nr nos núm n p pp pg vol vols fig figs eq eqs eqn sec secs ch chap art arts ref refs tab tbl thm ex op ver v
    para par ext tel app ln abb abs s kap bd str jan feb mar apr jun jul aug sep sept oct nov dec mär okt dez
""")
"""No end when a number follows."""

BEFORE_LOWER: Final = _words("""
    etc al a.m p.m am pm est min max avg misc ed eds trans repr dept univ assn bros usw ssp spp var
""")
"""An end unless a small letter or a digit follows: they stand at the end of a sentence as often as within."""

BEFORE_STARTER: Final = _words("""
    inc ltd co corp llc plc gmbh jr sr esq ave blvd rd hwy sq bldg apt
""")
"""An end only before a word of `STARTERS`: they are parts of names (Acme Inc. Foods), as is any `A.B.` (U.S. Army)."""

STARTERS: Final = _words("""
    the this that these those he she it they we i you his her its their our my your in on at but and or so if when
    while as for from to with there here however what who why how where which a an then after before since although
    because now yes no not do does did is are was were has have had can could will would should may might let please
    many most some all each every both one two another also next first second third finally instead moreover meanwhile
    today yesterday tomorrow by during under until once such only even just still thus therefore otherwise nevertheless
    nonetheless according despite unlike like others several few note see
""")
"""Words that a sentence begins with and a name does not."""

MONTHS: Final = _words("""
    januar jänner februar feber märz april mai juni juli august september oktober november dezember
    feb mär apr aug sep sept okt nov dez
""")
"""German names of months; short ones but for those that are names of people as well, or English words."""

GERMAN_STARTERS: Final = _words("""
    der die das den dem des ein eine einen einem einer er sie es ich du wir ihr man wer was wie wo wann warum dies diese
    dieser dieses diesen jene jeder jede jedes alle viele manche kein keine mein dein sein unser und oder aber denn doch
    sondern dann danach da dort hier heute morgen gestern jetzt nun noch nur auch schon so also deshalb daher trotzdem
    jedoch außerdem zudem später zuerst zuletzt schließlich wenn als weil dass ob falls während bevor nachdem obwohl bis
    seit in im an am auf aus bei beim mit nach von vom vor zu zum zur für gegen ohne um durch über unter zwischen nicht
    ja nein bitte vielleicht leider ist sind war waren hat haben wird werden kann können siehe beispiel beispiele
""")
"""Words that a German sentence begins with; what an ordinal counts is none of them."""

BEFORE_CARDINAL: Final = _words("""
    nr nummer seite s kapitel kap abschnitt band bd teil punkt schritt stufe phase artikel art absatz abs paragraph
    abbildung abb tabelle tab zeile version platz zimmer raum gleis linie level
    ist sind war waren wird werden wurden hat haben hatte hatten gibt gab kostet kosten beträgt ergibt macht gleich nur
    etwa circa ca ungefähr rund genau insgesamt höchstens mindestens mal plus minus
""")
"""German words before a number that counts or names, and orders nothing: `Seite 12.`, `Es waren 12.`"""
