"""`manage.py evaluate`: one document, streams, exit status, the shipped corpus without database or Django."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from policies.api.evaluations import published_source
from policies.errors import PolicyUnknown, PolicyYearError
from policies.management.commands import evaluate as command
from policies.queries import sources
from policies.rules.corpus import corpus_source
from policies.rules.document import EvaluationFault, evaluate_document, evaluate_text
from tests.policies.rules.support import NUMBER, claim, document, loan, policy

ROOT = Path(__file__).resolve().parents[3]
GOOD = document(claim("3.4.2"))
BAD = document(claim("3.4.2"), rd_staff="many")
#: An environment in which any attempt to reach a database or Redis fails.
NOWHERE = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0", "LC_ALL": "C"}


def run(*argv, given=b""):
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "evaluate", *argv],
        input=given,
        capture_output=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **NOWHERE},
        timeout=120,
        check=False,
    )


def test_file(tmp_path):
    path = tmp_path / "x.json"
    path.write_text(json.dumps(GOOD), encoding="utf-8")
    done = run(str(path), "--corpus")
    assert done.returncode == 0
    assert json.loads(done.stdout) == evaluate_document(policy(), GOOD)
    assert "研发费用" in done.stdout.decode()


def test_faulty_document_is_status_2_with_every_fault():
    done = run("-", "--corpus", given=json.dumps(BAD).encode())
    assert done.returncode == 2
    assert [fault["path"] for fault in json.loads(done.stdout)["errors"]] == ["applicant.rd_staff"]


def test_file_that_is_not_there_is_status_2(tmp_path):
    done = run(str(tmp_path / "nothing.json"), "--corpus")
    assert done.returncode == 2
    assert "文件不存在" in json.loads(done.stdout)["errors"][0]["message"]


def test_lines_are_answered_in_order_and_a_bad_one_in_its_place():
    lines = [json.dumps(GOOD), "{oops", json.dumps(BAD), "", '{"policy": "\\ud800"}', json.dumps(GOOD)]
    done = run("-", "--jsonl", "--corpus", given="\n".join(lines).encode())
    assert done.returncode == 0
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert ["errors" in answer for answer in answers] == [False, True, True, True, False]
    assert answers[0] == answers[4] == evaluate_document(policy(), GOOD)
    assert answers[1]["errors"][0]["path"] == ""


def test_endless_line_does_not_swallow_the_next():
    long = b'{"policy": "' + b"x" * 9_000_000 + b'"}'
    done = run("-", "--jsonl", "--corpus", given=long + b"\n" + json.dumps(GOOD).encode() + b"\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert ["errors" in answer for answer in answers] == [True, False]
    assert "过大" in answers[0]["errors"][0]["message"]


def test_corpus_loads_neither_django_nor_a_driver():
    code = (
        "import sys; from policies.rules import cli, receipt; "
        "print(sorted({'django', 'psycopg2', 'celery', 'accounts'} & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=True, text=True)
    assert done.stdout.strip() == "[]"


def test_corpus_through_django(capsys, tmp_path):
    path = tmp_path / "x.json"
    path.write_text(json.dumps(BAD), encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        call_command("evaluate", str(path), "--corpus")
    assert caught.value.returncode == 2
    assert json.loads(capsys.readouterr().out)["errors"]


def answer_with(monkeypatch, capsys, tmp_path, docs, source):
    """Run the command with a stand-in for the published versions."""
    monkeypatch.setattr(command, "published_policy", source)
    monkeypatch.setattr(command, "newest_published_policy", lambda number: policy())
    monkeypatch.setattr(command, "published_numbers", lambda: ["洪府发〔2023〕30号"])
    monkeypatch.setattr(sources, "published_numbers", lambda: ["洪府发〔2023〕30号"])
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(json.dumps(doc) for doc in docs), encoding="utf-8")
    call_command("evaluate", str(path), "--jsonl")
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_published_versions_are_asked_for_once(monkeypatch, capsys, tmp_path):
    asked = []

    def source(number, year):
        asked.append((number, year))
        return policy()

    docs = [GOOD, GOOD, {**GOOD, "policy_year": 2025}]
    answers = answer_with(monkeypatch, capsys, tmp_path, docs, source)
    assert answers == [evaluate_document(policy(), doc) for doc in docs]
    assert asked == [("洪府发〔2023〕30号", 2024), ("洪府发〔2023〕30号", 2025)]


@pytest.mark.django_db
def test_published_versions_answer_like_the_shipped_ones(capsys, tmp_path):
    """The database gives the engine the same definition as the files it was loaded from."""
    call_command("load_policies", verbosity=0)
    docs = [GOOD, document(claim("3.1.2", loans=[loan("50000000.00", "2024-03-01")]), claim("3.1.1", "5.00"))]
    docs += [{**GOOD, "policy_year": year} for year in (2022, 2023, 2025, 2026)]
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(json.dumps(doc) for doc in docs), encoding="utf-8")
    capsys.readouterr()
    call_command("evaluate", str(path), "--jsonl")
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    sound = [0, 1, 3, 4]
    assert [answers[k] for k in sound] == [evaluate_document(policy(), docs[k]) for k in sound]
    assert [[fault["path"] for fault in answers[k]["errors"]] for k in (2, 5)] == [["policy_year"]] * 2


@pytest.mark.parametrize(
    ("raised", "changes", "path"),
    [
        (PolicyYearError("没有版本。"), {"policy_year": 2022}, "policy_year"),
        (PolicyUnknown("没有文件。"), {"policy": "x"}, "policy"),
        (None, {"policy_year": "2024"}, "policy_year"),
    ],
)
def test_no_published_version_is_an_error_never_a_fallback(monkeypatch, capsys, tmp_path, raised, changes, path):
    def source(number, year):
        raise raised

    (answer,) = answer_with(monkeypatch, capsys, tmp_path, [{**GOOD, **changes}], source)
    assert [fault["path"] for fault in answer["errors"]] == [path]


WRONG = {
    "applicant": {"kind": "company", "newly_introduced": 1},
    "claims": [{"clause": "3.4.2"}, {"clause": 3.12}, {}],
    "external_awards": [{"group": "研发投入", "amount": 5}],
    "choices": [],
    "cap_override": {"lift": False},
    "zzz": 1,
}
EVERYWHERE = {
    "applicant.kind", "claims[1].clause", "claims[2].clause", "external_awards[0].amount", "choices",
    "cap_override.lift", "zzz",
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("year", ["2026", '"x"', "-0", "9" * 20, "NaN", "2024.0", "true", "1000000000000", "2022"])
@pytest.mark.parametrize("number", [NUMBER, "x", 5, ...])
def test_every_fault_is_told_alike_whatever_the_source(db, capsys, tmp_path, year, number):
    call_command("load_policies", verbosity=0)
    capsys.readouterr()
    doc = {**WRONG, "policy_year": "YEAR", **({} if number is ... else {"policy": number})}
    raw = json.dumps(doc, ensure_ascii=False).replace('"YEAR"', year).encode()
    found = []
    for source in (corpus_source, command.database_source(), published_source):
        with pytest.raises(EvaluationFault) as caught:
            evaluate_text(raw, source)
        found.append(caught.value.faults)
    assert found[0] == found[1] == found[2]
    told = {fault["path"]: fault["message"] for fault in found[0]}
    assert set(told) >= EVERYWHERE
    if number == NUMBER:
        assert {"policy_year", "applicant.rd_staff", "applicant.newly_introduced"} <= set(told)
        assert year.strip('"') in told["policy_year"]
    elif number == "x":
        assert told["policy"] == f"未知的政策文号，现有：{NUMBER}。"
    else:
        assert "policy" in told
    assert ("policy_year" in told) == (number == NUMBER or year not in ("2026", "2022"))


@pytest.mark.django_db
def test_an_empty_database_is_told_with_what_to_do(tmp_path):
    path = tmp_path / "x.json"
    path.write_text(json.dumps(GOOD), encoding="utf-8")
    with pytest.raises(CommandError, match=r"make run.*load_policies.*--corpus") as caught:
        call_command("evaluate", str(path))
    assert caught.value.returncode == 1


def test_a_database_that_is_not_there_is_told_with_what_to_do():
    done = run("-", given=json.dumps(GOOD).encode())
    assert done.returncode == 1
    assert "make run" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
