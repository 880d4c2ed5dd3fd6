"""Domain errors and the answers made from them."""

import pytest
from django.test import Client

from common.errors import Conflict, DomainError, Gone, Invalid, LateError, NotAllowed, NotFound, TooLarge


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (DomainError, 422), (Invalid, 422), (NotAllowed, 403), (NotFound, 404), (Conflict, 409), (LateError, 409),
        (Gone, 410), (TooLarge, 413),
    ],
)  # fmt: skip
def test_every_kind_has_its_status(kind: type[DomainError], status: int) -> None:
    error = kind("不行。", field="amount")
    assert (error.status, str(error), error.errors) == (status, "不行。", {"amount": ["不行。"]})


def test_all_faults_travel_together() -> None:
    error = Invalid("有两处错误。", errors={"a": ["缺少。"], "b": ["太大。", "不是整数。"]})
    assert error.as_json()["errors"] == [
        {"path": "a", "message": "缺少。"},
        {"path": "b", "message": "太大。"},
        {"path": "b", "message": "不是整数。"},
    ]


@pytest.fixture
def client(settings) -> Client:  # type: ignore[no-untyped-def]
    settings.ROOT_URLCONF = "tests.common.urls_middleware"
    settings.MIDDLEWARE = ["common.middleware.DomainErrorMiddleware"]
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {"errors/domain.html": "{{ status }}|{{ title }}|{{ message }}|{{ changed_by }}|{{ what }}"},
                    )
                ]
            },
        }
    ]
    return Client()


def test_people_get_a_page_with_the_status(client: Client) -> None:
    response = client.get("/conflict/")
    assert response.status_code == 409
    text = response.content.decode()
    assert text == "409|内容已被更新|该申请已被处理。|演示审核员|状态改为&lt;b&gt;已受理&lt;/b&gt;"
    assert "no-store" in response["Cache-Control"]


def test_the_api_gets_json(client: Client) -> None:
    response = client.get("/api/v1/conflict/")
    assert response.status_code == 409
    assert response.json()["changed_by"] == "演示审核员"
    assert response.json()["errors"] == [{"path": "", "message": "该申请已被处理。"}]


def test_not_found_has_a_sentence_of_its_own(client: Client) -> None:
    response = client.get("/missing/")
    assert response.status_code == 404
    assert "没有找到您要查看的内容。" in response.content.decode()


def test_other_errors_stay_errors(client: Client) -> None:
    with pytest.raises(ValueError, match="programming"):
        client.get("/broken/")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/accounts/login/", "/no/such/page/"])
def test_a_form_in_another_encoding_is_refused_with_a_page(address: str) -> None:
    response = Client(raise_request_exception=False).post(
        address, b"a=1", content_type="application/x-www-form-urlencoded; charset=utf-16"
    )
    assert response.status_code == 400
    assert "这个请求无法识别" in response.content.decode()
