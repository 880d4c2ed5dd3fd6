"""What the fields of every form say of things that nobody means: years of the Romans, hidden characters, old pages."""

import pytest
from django import forms

from accounts.forms.base import DayField, SpokenForm


class Form(SpokenForm):
    day = DayField(label="日期")
    words = forms.CharField(label="说明", max_length=5)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


def errors(**given):
    return Form({"day": "2025-07-01", "words": "好", "seen": "1", **given}).errors


@pytest.mark.parametrize("day", ["0205-07-01", "1899-12-31", "2200-01-01", "9999-12-31"])
def test_a_year_that_nobody_means_is_no_day(day):
    assert errors(day=day) == {"day": ["年份不正确，请填写 1900 至 2199 年之间的日期。"]}


def test_a_day_that_is_not_in_the_calendar_is_no_day():
    assert errors(day="2025-02-30") == {"day": ["请填写正确的日期，例如 2015-06-30。"]}


@pytest.mark.parametrize("day", ["1900-01-01", "2199-12-31", "2025年7月1日"])
def test_a_day_is_read(day):
    assert errors(day=day) == {}


def test_sentences_are_good_chinese():
    assert errors(words="a\0") == {"words": ["内容含有不可见字符，请重新输入。"]}
    assert errors(words="长" * 6) == {"words": ["最多 5 个字，现有 6 个，请缩短。"]}
    assert errors(seen="") == errors(seen="x") == {"seen": ["内容不完整或已过时，请刷新后再试。"]}
