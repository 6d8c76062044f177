"""Columns of a file → fields of the profile, and the keys that duplicates are found by. Nothing here needs a model."""

from candidates.mapping.aliases import fold, is_known, is_protected
from candidates.mapping.fields import FIELDS, FieldSpec
from candidates.mapping.keys import email_key, linkedin_key, phone_key
from candidates.mapping.proposing import Column, Proposal, propose
from candidates.mapping.vendors import MENDED_LINE, MENDED_REASON, VENDORS

__all__ = [
    "FIELDS",
    "MENDED_LINE",
    "MENDED_REASON",
    "VENDORS",
    "Column",
    "FieldSpec",
    "Proposal",
    "email_key",
    "fold",
    "is_known",
    "is_protected",
    "linkedin_key",
    "phone_key",
    "propose",
]
