from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from candidates import mapping
from candidates.mapping import FIELDS, email_key, linkedin_key, phone_key, propose
from candidates.mapping.keys import AMERICAN_PHONE, PLAIN_EMAIL, _parsed_phone


def mapped(header: str, *rows: str, mark: str = ",") -> dict[str, str | None]:
    """{header: field} as proposed for a small table."""
    headers = header.split(mark)
    proposal = propose(headers, [row.split(mark) for row in rows])
    return {column.header: column.field for column in proposal.columns}


@settings(max_examples=200, deadline=None)
@given(
    headers=st.lists(
        st.text(max_size=15) | st.sampled_from(["Name", "e-mail", "Phone", "Gender", "Notes"]), max_size=12
    ),
    rows=st.lists(st.lists(st.text(max_size=15), max_size=12), max_size=4),
)
def test_any_table_gets_a_proposal_in_which_a_field_is_filled_once(headers: list[str], rows: list[list[str]]) -> None:
    proposal = propose(headers, rows)
    assert list(proposal.mapping()) == [str(position) for position in range(len(headers))]
    single = [column.field for column in proposal.columns if column.field and not FIELDS[column.field].takes_many]
    assert len(single) == len(set(single))
    assert not [column for column in proposal.columns if mapping.is_protected(column.header) and column.field]


@pytest.mark.parametrize(
    "header",
    [
        *("Gender", "Date of Birth", "DOB", "birth_date", "Marital Status", "Photo", "profileImageUrl", "Age", "Race"),
        *("Nationality", "candidate_gender", "Profile Picture URL", "Sex", "Religion"),
    ],
)
def test_what_a_decision_must_not_rest_on_is_never_mapped(header: str) -> None:
    column = propose([header, "Name"], [["x", "Ada Love"]]).columns[0]
    assert (column.field, column.confidence, column.suggestion) == (None, "protected", None)


@pytest.mark.parametrize("header", ["Languages", "Page", "Message", "Embraced", "Essex", "Average"])
def test_words_that_only_look_protected_are_not(header: str) -> None:
    assert not mapping.is_protected(header)


def test_a_misspelt_header_is_mapped_only_if_its_values_fit() -> None:
    assert mapped("E-mail adress", "ada@example.com") == {"E-mail adress": "email"}
    column = propose(["E-mail adress", "Name"], [["yes", "Ada Love"]]).columns[0]
    assert (column.field, column.confidence, column.suggestion) == (None, "unsure", "email")


@pytest.mark.parametrize(
    "header",
    [
        *("Recruiter Email", "Company Phone", "Hiring Manager Name", "Referrer Email", "Emergency Contact Phone"),
        *("Owner Email", "Company LinkedIn", "UserNote-0", "Last Email Date", "Job Owner Name"),
    ],
)
def test_columns_about_others_are_not_mapped(header: str) -> None:
    rows = [["otto@example.com", "Ada Love"], ["+1 202-555-0100", "Bob Ray"]]
    assert propose([header, "Name"], rows).columns[0].field is None


def test_a_sure_name_with_other_values_stays_open() -> None:
    column = propose(["Name", "Email"], [["Ada Love", "yes"], ["Bob Ray", "no"]]).columns[1]
    assert (column.field, column.confidence) == (None, "unsure")


def test_the_first_filled_column_in_order_of_preference_wins() -> None:
    assert mapped("Name,Mobile,Phone", "Ada Love,+1 202-555-0100,+1 202-555-0101")["Phone"] == "phone"
    assert mapped("Name,Mobile,Phone", "Ada Love,+1 202-555-0100,") == {
        "Name": "name",
        "Mobile": "phone",
        "Phone": None,
    }


def test_repeated_headers_keep_the_first() -> None:
    columns = propose(["Email", "Name", "E-Mail"], [["a@example.com", "A B", "b@example.com"]]).columns
    assert [column.field for column in columns] == ["email", "name", None]
    assert columns[2].confidence == "repeated"


def test_unmistakable_values_are_mapped_without_a_known_name() -> None:
    rows = ["ada@example.com,https://www.linkedin.com/in/ada", "bob@example.com,linkedin.com/in/bob"]
    assert mapped("Kontakt,Netz", *rows) == {"Kontakt": "email", "Netz": "linkedin_url"}


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.linkedin.com/in/Ada-Love/", "in/ada-love"),
        ("linkedin.com/in/ada-love?trk=abc#x", "in/ada-love"),
        ("http://uk.linkedin.com/in/ada-love/en", "in/ada-love"),
        ("https://www.linkedin.com/in/j%C3%BCrgen", "in/jürgen"),
        ("/in/ada-love", "in/ada-love"),
        ("https://www.linkedin.com/pub/ada/1/2b/3c", "pub/ada/1/2b/3c"),
        ("https://www.linkedin.com/sales/lead/ACwAAB,NAME_SEARCH", "sales/lead/ACwAAB"),
        ("https://www.linkedin.com/company/acme", None),
        ("https://www.example.com/in/ada", None),
        ("https://evil.example.com/?linkedin.com/in/ada", None),
        ("", None),
        (None, None),
        ("https://www.linkedin.com/in/ada%00-example", "in/ada-example"),
    ],
)
def test_linkedin_key_folds_the_spellings_of_one_profile(url: str | None, key: str | None) -> None:
    assert linkedin_key(url) == key


@pytest.mark.parametrize(
    ("phone", "key"),
    [
        ("+1 202-555-0100", "+12025550100"),
        ("(202) 555-0100", "+12025550100"),
        ("202.555.0100", "+12025550100"),
        ("'+1 202 555 0100", "+12025550100"),
        ("1-202-555-0100 ext. 77", "+12025550100x77"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("+44 7700 900123", "+447700900123"),
        ("+49 30 23125 000", "+493023125000"),
        ("12345", None),
        ("call me", None),
        ("", None),
    ],
)
def test_phone_key_folds_the_spellings_of_one_number(phone: str, key: str | None) -> None:
    assert phone_key(phone) == key


@settings(max_examples=200, deadline=None)
@given(
    st.from_regex(
        r"(\+?1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}( ?(x|ext\.? ?)[0-9]{1,4})?", fullmatch=True
    )
)
def test_the_short_cut_for_american_numbers_agrees_with_phonenumbers(phone: str) -> None:
    if AMERICAN_PHONE(phone):
        assert phone_key(phone) == _parsed_phone(phone, "US")


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"[a-z0-9._+-]{1,12}@[a-z0-9.-]{1,12}\.(com|org|de)", fullmatch=True))
def test_the_short_cut_for_plain_addresses_agrees_with_email_validator(address: str) -> None:
    if PLAIN_EMAIL(address):
        try:
            assert validate_email(address, check_deliverability=False).normalized.lower() == email_key(address)
        except EmailNotValidError as error:
            raise AssertionError(f"{address}: {error}") from None


def test_email_key_is_lower_case_or_none() -> None:
    assert email_key(" Ada.Love@Example.COM ") == "ada.love@example.com"
    assert email_key("ada@@example.com") is None
    assert email_key("ada") is None
    assert email_key(None) is None
