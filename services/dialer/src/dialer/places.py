"""Which time zones the parts of the countries lie in: pure.

By ISO 3166-2, as tzdata has them; of zones that keep the same time one is named. Where a part is
cut by a border, all of its zones are here, for some county or township keeps each of them. A part
without zones is in no place. Of a country whose parts all keep one time, none is named.
"""

from collections.abc import Mapping, Sequence

Zones = tuple[str, ...]


def _all_in(zones: Sequence[str], parts: str) -> dict[str, Zones]:
    return dict.fromkeys(parts.split(), tuple(zones))


_EASTERN, _CENTRAL = "America/New_York", "America/Chicago"
_MOUNTAIN, _PACIFIC = "America/Denver", "America/Los_Angeles"

_US = {
    **_all_in([_EASTERN], "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV"),
    **_all_in([_EASTERN, _CENTRAL], "AL FL IN KY MI TN"),
    **_all_in([_CENTRAL], "AR IA IL LA MN MO MS OK WI"),
    **_all_in([_CENTRAL, _MOUNTAIN], "KS ND NE SD TX"),
    **_all_in([_MOUNTAIN], "CO MT NM UT WY"),
    **_all_in([_MOUNTAIN, "America/Phoenix"], "AZ"),
    **_all_in([_MOUNTAIN, _PACIFIC], "ID NV OR"),
    **_all_in([_PACIFIC], "CA WA"),
    **_all_in(["America/Anchorage", "America/Adak"], "AK"),
    **_all_in(["Pacific/Honolulu"], "HI"),
    **_all_in(["America/Puerto_Rico"], "PR VI"),
    **_all_in(["Pacific/Guam"], "GU MP"),
    **_all_in(["Pacific/Pago_Pago"], "AS"),
    **_all_in([], "AA AE AP UM"),  # soldiers abroad, and islands from Wake to Navassa
}

_CA = {
    **_all_in(["America/Edmonton"], "AB NT"),
    **_all_in(["America/Vancouver", "America/Edmonton", "America/Whitehorse"], "BC"),
    **_all_in(["America/Winnipeg"], "MB"),
    **_all_in(["America/Halifax"], "NB NS PE"),
    **_all_in(["America/St_Johns", "America/Halifax"], "NL"),
    **_all_in(["America/Toronto", "America/Winnipeg", "America/Atikokan"], "ON"),
    **_all_in(["America/Toronto", "America/Halifax", "America/Blanc-Sablon"], "QC"),
    **_all_in(["America/Regina", "America/Edmonton", "America/Winnipeg"], "SK"),
    **_all_in(["America/Whitehorse"], "YT"),
    **{"NU": ("America/Toronto", "America/Winnipeg", "America/Atikokan", "America/Edmonton")},
}

_BR = {
    **_all_in(["America/Rio_Branco"], "AC"),
    **_all_in(["America/Manaus", "America/Eirunepe"], "AM"),
    **_all_in(["America/Cuiaba"], "MT"),
    **_all_in(["America/Campo_Grande"], "MS"),
    **_all_in(["America/Porto_Velho"], "RO"),
    **_all_in(["America/Boa_Vista"], "RR"),
    **_all_in(["America/Recife", "America/Noronha"], "PE"),
    **_all_in(["America/Belem"], "AP PA"),
    **_all_in(["America/Fortaleza"], "CE MA PB PI RN"),
    **_all_in(["America/Maceio"], "AL SE"),
    **_all_in(["America/Bahia"], "BA"),
    **_all_in(["America/Araguaina"], "TO"),
    **_all_in(["America/Sao_Paulo"], "DF ES GO MG PR RJ RS SC SP"),
}

_MX = {
    **_all_in(["America/Mexico_City"], "AGU CHP CMX COL DIF GRO GUA HID JAL MEX MIC MOR OAX"),
    **_all_in(["America/Mexico_City"], "PUE QUE SLP TAB TLA VER ZAC"),
    **_all_in(["America/Merida"], "CAM YUC"),
    **_all_in(["America/Cancun"], "ROO"),
    **_all_in(["America/Monterrey"], "DUR"),
    **_all_in(["America/Monterrey", "America/Matamoros"], "COA NLE TAM"),
    **_all_in(["America/Chihuahua", "America/Ciudad_Juarez", "America/Ojinaga"], "CHH"),
    **_all_in(["America/Hermosillo"], "SON"),
    **_all_in(["America/Mazatlan"], "BCS SIN"),
    **_all_in(["America/Mazatlan", "America/Bahia_Banderas"], "NAY"),
    **_all_in(["America/Tijuana"], "BCN"),
}

_ES = {
    **_all_in(["Atlantic/Canary"], "CN GC TF"),
    **_all_in(
        ["Europe/Madrid"], "AN AR AS CB CE CL CM CT EX GA IB MC MD ML NC PV RI VC"
    ),  # regions
    **_all_in(["Europe/Madrid"], "A AB AL AV B BA BI BU C CA CC CO CR CS CU GI GR GU H HU J L LE"),
    **_all_in(["Europe/Madrid"], "LO LU M MA MU NA O OR P PM PO S SA SE SG SO SS T TE TO V VA VI"),
    **_all_in(["Europe/Madrid"], "Z ZA"),
}

PARTS: Mapping[str, Mapping[str, Zones]] = dict(US=_US, CA=_CA, BR=_BR, MX=_MX, ES=_ES)
"""By country, and then by its states, provinces or regions."""
