"""Whoever confirms a default reads what it says, not how it is stored."""

import pytest

from policies.models import PolicySetting
from policies.queries import setting_words

pytestmark = pytest.mark.django_db


def test_every_default_of_the_policy_is_told_in_words(loaded):
    told = {row.key: setting_words(row.key, row.value) for row in PolicySetting.objects.all()}
    assert told
    assert not [words for words in told.values() if "{" in words or "[" in words or "_" in words]
    assert told["audit_sampling"] == "不抽查"
    assert told["opinion_points"] == "市税务局：年度数据；市财政局：金额；其他单位：全部事项"
    assert told["opinion_visibility"] == "会审单位提出本单位意见后可见其他单位的意见，金额可见"
    assert told["expert_panel"].startswith("专家不少于3人；技术先进性和创新性30分、")
    assert told["stage_days"].startswith("初审10、会审5、专家评审20、第三方审计20、牵头审核10、市级确认5、公示7")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("audit_sampling", {"per_mille": 5, "clauses": ["3.4.5", "3.1.2"]}, "每千件抽查5件，3.4.5、3.1.2"),
        ("audit_sampling", {"per_mille": 5}, "每千件抽查5件，全部条款"),
        ("opinion_visibility", {"opinions": "lead", "amounts": False}, "其他单位的意见仅牵头单位可见，金额不可见"),
        ("opinion_points", {}, "各单位：全部事项"),
        ("expert_panel", ["nonsense"], "['nonsense']"),
    ],
)
def test_other_values(key, value, words):
    assert setting_words(key, value) == words
