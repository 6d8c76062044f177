"""Pages of the candidate list: every row once, in order, from either end, whatever the ties and the filters."""

from __future__ import annotations

import uuid

import pytest
from django.db.models import Q
from hypothesis import given
from hypothesis import strategies as st

from candidates import keyset, ranking
from candidates.keyset import Order, Place
from candidates.models import Candidate

pytestmark = pytest.mark.django_db

# Many ties, unscored candidates, and both ends of the scale.
SCORES = [None, 0, 0, 35, 35, 35, 35, 64, 65, 80, 80, 80, 99, 100, 100, None, None, 50, 50, 50, 50, 50, 50, 12, 77]


@pytest.fixture
def people() -> list[Candidate]:
    for number, score in enumerate(SCORES):
        Candidate.objects.create(
            name=f"Robin Sample {number}", combined_score=score, skills=["welding"] if number % 3 == 0 else ["baking"]
        )
    return list(Candidate.objects.all())


def expected(people: list[Candidate], order: Order) -> list[uuid.UUID]:
    """The list by Python's own sorting: the reference that the pages are held against."""
    rows = sorted(people, key=lambda one: tuple(getattr(one, column) for column in order.columns))
    return [one.pk for one in (reversed(rows) if order.descending else rows)]


def walked(order: Order, size: int, *, search: str = "", backward: bool = False, **filters: object) -> list[uuid.UUID]:
    """All ids, page by page, from the first page on or (`backward`) from the last page back."""
    rows = Candidate.objects.live().filter(**filters)
    found: list[uuid.UUID] = []
    place = Place(last=True) if backward else Place()
    for _ in range(len(SCORES) + 2):
        page = keyset.page(rows, order=order, place=place, size=size, search=search)
        found = [*page.ids, *found] if backward else [*found, *page.ids]
        if not (page.has_previous if backward else page.has_next):
            return found
        place = Place(before=page.first_cursor) if backward else Place(after=page.last_cursor)
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 24, 25, 26])
def test_pages_hold_every_row_once_in_order_from_either_end(people: list[Candidate], order: Order, size: int) -> None:
    assert walked(order, size) == expected(people, order)
    assert walked(order, size, backward=True) == expected(people, order)


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("near", [1, 4, 1_000])
def test_searched_pages_hold_every_match_once_whether_near_or_by_the_text_index(
    people: list[Candidate], order: Order, near: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "NEAR", near)
    wanted = expected([one for one in people if one.skills == ["welding"]], order)
    assert walked(order, 4, search="weld") == wanted
    assert walked(order, 4, search="weld", backward=True) == wanted


def test_filtered_pages_hold_what_the_filter_lets_through(people: list[Candidate]) -> None:
    wanted = expected([one for one in people if one.combined_score == 50], Order.BEST)
    assert walked(Order.BEST, 2, combined_score=50) == wanted
    assert walked(Order.BEST, 2, combined_score=50, search="robin", backward=True) == wanted


def test_page_says_what_lies_before_and_after(people: list[Candidate]) -> None:
    rows = Candidate.objects.live()
    first = keyset.page(rows, order=Order.BEST, place=Place(), size=10)
    assert (first.has_previous, first.has_next) == (False, True)
    second = keyset.page(rows, order=Order.BEST, place=Place(after=first.last_cursor), size=10)
    assert (second.has_previous, second.has_next) == (True, True)
    back = keyset.page(rows, order=Order.BEST, place=Place(before=second.first_cursor), size=10)
    assert back.ids == first.ids
    assert (back.has_previous, back.has_next) == (False, True)
    last = keyset.page(rows, order=Order.BEST, place=Place(last=True), size=10)
    assert (last.has_previous, last.has_next) == (True, False)


def test_neighbours_are_those_of_the_list_even_of_one_who_left_it(people: list[Candidate]) -> None:
    order = expected(people, Order.BEST)
    rows = Candidate.objects.live()
    middle = Candidate.objects.get(pk=order[5])
    assert keyset.neighbours(rows, order=Order.BEST, of=middle) == (order[4], order[6])
    assert keyset.neighbours(rows.exclude(pk=middle.pk), order=Order.BEST, of=middle) == (order[4], order[6])
    assert keyset.neighbours(rows, order=Order.BEST, of=Candidate.objects.get(pk=order[0])) == (None, order[1])


def test_count_stops_at_the_cap(people: list[Candidate]) -> None:
    rows = Candidate.objects.live()
    assert keyset.count_up_to_cap(rows) == (25, False)
    assert keyset.count_up_to_cap(rows, search="welding") == (9, False)
    assert keyset.count_up_to_cap(rows, cap=24) == (24, True)
    assert keyset.count_up_to_cap(rows, cap=25) == (25, False)


def test_search_in_a_long_list_is_counted_in_a_sample_or_by_the_text_index(
    people: list[Candidate], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = Candidate.objects.live()
    monkeypatch.setattr(keyset, "SAMPLE", 20)
    monkeypatch.setattr(keyset, "DENSE", 15)
    assert keyset.count_up_to_cap(rows, search="robin") == (20, True)
    assert keyset.count_up_to_cap(rows, search="welding") == (9, False)
    monkeypatch.setattr(keyset, "SEARCH_COUNT_CAP", 3)
    assert keyset.count_up_to_cap(rows, search="welding") == (3, True)


@pytest.mark.parametrize("near", [2, 5, 1000])
def test_searched_page_knows_how_many_matches_it_met(
    people: list[Candidate], near: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "NEAR", near)
    rows = Candidate.objects.live()
    matching = len([one for one in people if one.skills == ["welding"]])
    whole = keyset.page(rows, order=Order.BEST, place=Place(), size=50, search="welding")
    assert whole.matches == (matching, False)
    part = keyset.page(rows, order=Order.BEST, place=Place(), size=4, search="welding")
    assert part.matches is not None
    assert part.matches[1]
    assert 4 < part.matches[0] <= matching
    after = Place(after=part.last_cursor)
    assert keyset.page(rows, order=Order.BEST, place=after, size=4, search="welding").matches is None


@given(text=st.text(max_size=60))
def test_cursor_that_cannot_be_read_is_none(text: str) -> None:
    for order in Order:
        values = keyset.values_of(text, order)
        assert values is None or isinstance(values[-1], uuid.UUID)


@given(rank=st.integers(-1, 100), bits=st.integers(0, 2**128 - 1))
def test_cursor_reads_back(rank: int, bits: int) -> None:
    row_id = uuid.UUID(int=bits)
    assert keyset.values_of(keyset.cursor_of(rank, row_id, Order.BEST), Order.BEST) == (rank, row_id)
    assert keyset.values_of(keyset.cursor_of(rank, row_id, Order.NEWEST), Order.NEWEST) == (row_id,)
    assert keyset.values_of(keyset.cursor_of(rank, row_id, Order.NEWEST), Order.BEST) is None


def test_stale_cursor_gives_the_first_page(people: list[Candidate]) -> None:
    rows = Candidate.objects.filter(Q(deleted_at=None))
    page = keyset.page(rows, order=Order.BEST, place=Place(before="nonsense"), size=3)
    assert page.ids == expected(people, Order.BEST)[:3]
