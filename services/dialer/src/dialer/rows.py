"""Why a row of a list is not taken: the codes that customers see. Pure."""

from enum import StrEnum


class RowCode(StrEnum):
    """One mistake in one row."""

    MISSING_NUMBER = "missing_number"
    NOT_A_NUMBER = "not_a_number"
    SCIENTIFIC_NOTATION = "scientific_notation"
    """A spreadsheet has rounded the number: its last digits are lost."""
    INVALID_LENGTH = "invalid_length"
    INVALID_NUMBER = "invalid_number"
    NOT_DIALABLE_REGION = "not_dialable_region"
    """There are no rules for the country, so nobody there is called."""
    PREMIUM_RATE = "premium_rate"
    EMERGENCY_OR_SHORT_CODE = "emergency_or_short_code"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    DUPLICATE_IN_CAMPAIGN = "duplicate_in_campaign"
    SUPPRESSED = "suppressed"
    RECENTLY_CALLED = "recently_called"
    MISSING_VARIABLE = "missing_variable"
    VARIABLE_TOO_LONG = "variable_too_long"
    UNKNOWN_TIMEZONE = "unknown_timezone"
    CONSENT_MISSING = "consent_missing"
    BAD_ENCODING = "bad_encoding"
    TOO_MANY_COLUMNS = "too_many_columns"
    MALFORMED_ROW = "malformed_row"
    """It cannot be read as a row at all."""
    INVALID_VALUE = "invalid_value"
    """A column of ours holds what its meaning does not allow."""
    UNKNOWN_VARIABLE = "unknown_variable"
    """The agent has no variable of this name."""
