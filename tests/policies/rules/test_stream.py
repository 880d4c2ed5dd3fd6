"""`evaluate` as a part of a pipe: much input in little memory, odd line ends, slow and impatient readers."""

import json
import subprocess
import sys
from itertools import chain, repeat
from pathlib import Path
from threading import Thread

import pytest

from policies.rules.cli import main
from policies.rules.document import evaluate_document
from policies.rules.strict_json import MAX_BYTES
from tests.policies.rules.support import claim, document, policy

ROOT = Path(__file__).resolve().parents[3]
MB = 1_000_000
GOOD = document(claim("3.4.2"))
ANSWER = evaluate_document(policy(), GOOD)
TEXT = json.dumps(GOOD).encode()

#: The command, with a limit on its address space that would end it, and the most memory it held at the end (kB).
CHILD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (256_000_000, 256_000_000))
from policies.rules.cli import main
status = main(sys.argv[1:])
held = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
sys.stderr.write("\\n" + held.split()[1])
sys.exit(status)
"""


def start(*argv, child="import sys; from policies.rules.cli import main; sys.exit(main(sys.argv[1:]))"):
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", child, *argv], stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT)


def feed(process, parts):
    """Write in the background, as a pipe would; a reader that has seen enough is no fault."""

    def write():
        try:
            for part in parts:
                process.stdin.write(part)
            process.stdin.close()
        except BrokenPipeError:
            pass

    thread = Thread(target=write)
    thread.start()
    answer = process.stdout.read()
    told = process.stderr.read().decode()
    thread.join()
    return process.wait(), answer, told


def padded(size):
    """A sound line of a size: blanks between its tokens count for nothing."""
    return TEXT[:-1] + b" " * (size - len(TEXT) - 1) + TEXT[-1:] + b"\n"


TOO_LARGE = {"errors": [{"path": "", "message": "文档过大，最多 4 MB。"}]}
TOO_LARGE_LINE = {"errors": [{"path": "", "message": "第 1 行：文档过大，最多 4 MB。"}]}
FLOODS = {
    "100 MB of sound documents": (["--jsonl"], lambda: repeat(padded(MB), 100), 0, [ANSWER] * 100),
    "100 MB of lines that are no document": (
        ["--jsonl"],
        lambda: chain(repeat(b"[" + b"1.5," * 990_000 + b"0]\n", 2), repeat(b"[" + b" " * MB + b"]\n", 92)),
        0,
        [{"errors": [{"path": "", "message": f"第 {line} 行：应为对象 {{…}}，实际是数组。"}]} for line in range(1, 95)],
    ),
    "an endless line, then a document": (
        ["--jsonl"],
        lambda: [*repeat(b"x" * MB, 100), b"\n", TEXT],
        0,
        [TOO_LARGE_LINE, ANSWER],
    ),
    "100 MB of blank lines": (["--jsonl"], lambda: repeat(b" " * 999 + b"\n" * 1, 100_000), 0, []),
    "an endless blank line": (["--jsonl"], lambda: repeat(b" " * MB, 100), 0, []),
    "blanks, then a document on the same line": (
        ["--jsonl"],
        lambda: [b" " * (MAX_BYTES + 2), TEXT, b"\n", TEXT],
        0,
        [TOO_LARGE_LINE, ANSWER],
    ),
    "one document of 100 MB": ([], lambda: repeat(b"[" * MB, 100), 2, [TOO_LARGE]),
    "empty objects": (
        [],
        lambda: [TEXT[:-1], b', "x": [', b"{}," * (MAX_BYTES // 3 - 500), b"0]}"],
        2,
        [{"errors": [{"path": "x", "message": "未知的字段，请删除或更正。"}]}],
    ),
}


@pytest.mark.parametrize("name", FLOODS)
def test_much_input_needs_little_memory(name):
    argv, parts, status, answers = FLOODS[name]
    code, out, told = feed(start("-", *argv, child=CHILD), parts())
    assert code == status, told
    if argv:
        assert [json.loads(line) for line in out.splitlines()] == answers
    else:
        assert [json.loads(out)] == answers
    assert int(told.rsplit("\n", 1)[1]) < 200_000


@pytest.mark.parametrize(
    ("given", "sound"),
    [
        (TEXT + b"\r\n" + TEXT + b"\r\n", [True, True]),
        (TEXT + b"\n" + TEXT, [True, True]),
        (b"\xef\xbb\xbf" + TEXT + b"\n\n\r\n  \n" + TEXT + b"\n", [True, True]),
        (TEXT + b"\n\x00\n\xff\n[]\n7\n" + TEXT, [True, False, False, False, False, True]),
        (b"", []),
        (b"\n", []),
        (json.dumps(GOOD).encode("utf-16"), [False]),
        ((TEXT + b"\r" + TEXT), [False]),
        (b"[" * 5000 + b"\n" + b'{"a": NaN}\n' + TEXT, [False, False, True]),
    ],
)
def test_lines(given, sound, tmp_path, capsys):
    path = tmp_path / "x.jsonl"
    path.write_bytes(given)
    assert main([str(path), "--jsonl", "--corpus"]) == 0
    out, told = capsys.readouterr()
    answers = [json.loads(line) for line in out.splitlines()]
    assert told == ""
    assert ["errors" not in answer for answer in answers] == sound
    for answer in answers:
        assert answer == ANSWER or all(fault["message"].endswith("。") for fault in answer["errors"])


def test_a_faulty_line_is_told_with_its_number_in_the_file(tmp_path, capsys):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n" + TEXT + b'\n\n{"a": 1,}\n\xff\n{"policy": "x"}\n')
    assert main([str(path), "--jsonl", "--corpus"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answers[0] == ANSWER
    assert [answer["errors"][0]["message"] for answer in answers[1:3]] == [
        "不是有效的 JSON：第 4 行第 9 列附近有误，可能多了一个逗号。",
        "第 5 行：文档不是 UTF-8 编码（第 1 个字节），请另存为 UTF-8。",
    ]
    assert "policy" in {fault["path"] for fault in answers[3]["errors"]}


@pytest.mark.parametrize("given", [b"", b"[]", b"7", b'"x"', b"nul", json.dumps(GOOD).encode("utf-16"), b"\xff"])
def test_what_is_no_document_is_status_2_with_a_sentence(given, tmp_path, capsys):
    path = tmp_path / "x.json"
    path.write_bytes(given)
    assert main([str(path), "--corpus"]) == 2
    out, told = capsys.readouterr()
    (fault,) = json.loads(out)["errors"]
    assert (fault["path"], fault["message"][-1]) == ("", "。")
    assert told == "文档有 1 处错误。\n"


def test_a_line_is_answered_before_the_next_is_sent():
    process = start("-", "--jsonl")
    for year in (2023, 2024, 2025):
        doc = {**GOOD, "policy_year": year}
        process.stdin.write(json.dumps(doc).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == evaluate_document(policy(), doc)
    process.stdin.close()
    assert (process.stdout.read(), process.stderr.read(), process.wait()) == (b"", b"", 0)


def test_a_reader_that_has_seen_enough_ends_it_quietly():
    process = start("-", "--jsonl")

    def write():
        try:
            for _ in range(5000):
                process.stdin.write(TEXT + b"\n")
            process.stdin.close()
        except BrokenPipeError:
            pass

    thread = Thread(target=write)
    thread.start()
    assert json.loads(process.stdout.readline()) == ANSWER
    process.stdout.close()
    told = process.stderr.read()
    assert (process.wait(), told) == (1, b"")
    thread.join()


def test_no_standard_input_at_all():
    code = f"{sys.executable} -c 'import sys; from policies.rules.cli import main; sys.exit(main([\"-\"]))' <&-"
    done = subprocess.run(["sh", "-c", code], capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert json.loads(done.stdout)["errors"][0]["message"] == "无法读取 标准输入：没有打开。"
