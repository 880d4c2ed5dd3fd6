"""Marks, averages and ranks; exact, with ties and the line of the quota."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.ranking import PointsError, average, parse_points, points_text, ranked, two_decimals

marks = st.integers(min_value=0, max_value=200).map(lambda half: Fraction(half, 2))


class TestMarks:
    @pytest.mark.parametrize(
        ("typed", "points"),
        [("0", 0), ("30", 30), ("27.5", Fraction(55, 2)), (" ２７．５ ", Fraction(55, 2)), ("7.0", 7), ("007", 7)],
    )
    def test_what_people_type_is_read(self, typed, points):
        assert parse_points(typed, 30) == points

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ("", "请填写 0 到 30 之间的分数"),
            ("-1", "请填写 0 到 30 之间的分数"),
            ("十分", "请填写 0 到 30 之间的分数"),
            ("1e1", "请填写 0 到 30 之间的分数"),
            ("30.5", "满分 30 分"),
            ("27.25", "0.5 分为一档"),
            ("27.3", "0.5 分为一档"),
        ],
    )
    def test_what_is_no_mark_is_refused_with_a_sentence(self, typed, sentence):
        with pytest.raises(PointsError, match=sentence):
            parse_points(typed, 30)

    @given(marks)
    def test_a_stored_mark_reads_as_itself(self, points):
        assert parse_points(points_text(points), 100) == points


class TestAverages:
    def test_nobody_submitted_is_no_average(self):
        assert average([]) is None

    def test_the_mean_is_exact_and_shown_rounded(self):
        mean = average([Fraction(80), Fraction(85), Fraction(87)])
        assert mean == Fraction(252, 3)
        assert two_decimals(average([Fraction(80), Fraction(81), Fraction(81)])) == "80.67"

    @pytest.mark.parametrize(
        ("score", "shown"), [(Fraction(1, 200), "0.01"), (Fraction(80), "80.00"), (Fraction(9999, 100), "99.99")]
    )
    def test_half_of_the_last_place_goes_up(self, score, shown):
        assert two_decimals(score) == shown


class TestRanks:
    def test_ties_share_a_rank_and_leave_out_the_next(self):
        places = ranked({1: Fraction(70), 2: Fraction(80), 3: Fraction(80), 4: Fraction(60), 5: None})
        assert list(places) == [2, 3, 1, 4, 5]
        assert [place.rank for place in places.values()] == [1, 1, 3, 4, None]

    def test_averages_that_only_look_alike_are_told_apart(self):
        places = ranked({1: Fraction(241, 3), 2: Fraction(8033, 100)})
        assert [two_decimals(place.score) for place in places.values()] == ["80.33", "80.33"]
        assert [(key, place.rank) for key, place in places.items()] == [(1, 1), (2, 2)]

    def test_the_line_runs_behind_the_places_left(self):
        places = ranked({1: Fraction(90), 2: Fraction(80), 3: Fraction(80), 4: Fraction(70)}, places=2)
        assert {key: place.beyond for key, place in places.items()} == {1: False, 2: False, 3: False, 4: True}
        assert not any(place.beyond for place in ranked({1: Fraction(1), 2: None}).values())

    @given(st.dictionaries(st.integers(1, 99), st.none() | marks, max_size=12), st.integers(0, 12))
    def test_a_better_average_never_ranks_behind(self, averages, places):
        found = ranked(averages, places=places)
        assert set(found) == set(averages)
        for one in found.values():
            for other in found.values():
                if one.score is not None and other.score is not None:
                    assert (one.score > other.score) == (one.rank < other.rank)
                if one.beyond and not other.beyond and other.rank is not None:
                    assert other.rank < one.rank
