"""What each code of a row means, in a sentence for whoever wrote the list; pure."""

from collections.abc import Mapping

from dialer.rows import RowCode

MESSAGES: Mapping[RowCode, str] = {
    RowCode.MISSING_NUMBER: "There is no number.",
    RowCode.NOT_A_NUMBER: "This is not a telephone number.",
    RowCode.SCIENTIFIC_NOTATION: "A spreadsheet has rounded the number: export it as text.",
    RowCode.INVALID_LENGTH: "The number has too many or too few digits.",
    RowCode.INVALID_NUMBER: "There is no such number; one without a country needs a region.",
    RowCode.NOT_DIALABLE_REGION: "There are no rules for this country: nobody there is called.",
    RowCode.PREMIUM_RATE: "Premium-rate and shared-cost numbers are not called.",
    RowCode.EMERGENCY_OR_SHORT_CODE: "Emergency numbers and short codes are not called.",
    RowCode.DUPLICATE_IN_FILE: "The number is in this list already.",
    RowCode.DUPLICATE_IN_CAMPAIGN: "The campaign has this number, or this external_id, already.",
    RowCode.SUPPRESSED: "The number may not be called.",
    RowCode.RECENTLY_CALLED: "The number was called lately.",
    RowCode.MISSING_VARIABLE: "The agent needs this variable.",
    RowCode.VARIABLE_TOO_LONG: "The variables take more than 2 KiB, or a line more than 64 KiB.",
    RowCode.UNKNOWN_TIMEZONE: "This is no time zone of the IANA list, such as America/New_York.",
    RowCode.CONSENT_MISSING: "Marketing needs written consent, with its time and source.",
    RowCode.BAD_ENCODING: "This is not text in the list's encoding.",
    RowCode.TOO_MANY_COLUMNS: "The row has more cells than the list has columns.",
    RowCode.MALFORMED_ROW: "This cannot be read as a row: an open quote, or no contact in JSON.",
    RowCode.INVALID_VALUE: "The value is not one that this column can have.",
    RowCode.UNKNOWN_VARIABLE: "The agent has no variable of this name.",
}
