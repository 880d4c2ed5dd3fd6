"""An approved amount that something entered since has made wrong is settled again before it is paid."""

from datetime import timedelta

import pytest

from awards.models import PaymentList
from common.errors import Invalid
from tests.awards.entries import external
from tests.awards.payments import payable, prepare
from tests.factories.reviews import LATER

pytestmark = pytest.mark.django_db


def test_another_award_of_the_same_type_keeps_an_unpaid_one_off_the_list(policies_loaded):
    award = payable("3.3.1")
    external(award.account, at=LATER + timedelta(hours=1))
    with pytest.raises(Invalid) as refused:
        prepare(award)
    told = "".join(refused.value.errors[""]) or refused.value.message
    assert "0.00 元" in told
    assert "重新核算" in told
    assert not PaymentList.objects.exists()
