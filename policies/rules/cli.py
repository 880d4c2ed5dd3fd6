"""The command line of the engine: documents in, answers out. Shared by ``manage.py evaluate`` and its short way.

The short way exists because the shipped corpus needs neither database nor Django: ``manage.py evaluate --corpus``
answers before Django has been loaded (see manage.py).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import IO, Any

from policies.rules.corpus import corpus_source
from policies.rules.document import EvaluationFault, PolicySource, evaluate_text
from policies.rules.strict_json import MAX_BYTES

#: Exit status for a faulty document (and, as argparse has it, a faulty command line).
FAULTY = 2

_ENCODER = json.JSONEncoder(ensure_ascii=False)

Write = Callable[[str], Any]
Flush = Callable[[], Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("file", metavar="FILE", help="JSON 文件；- 表示标准输入")
    parser.add_argument("--jsonl", action="store_true", help="每行一个文档，按行回答；有误的行回答 errors，其余照常")
    parser.add_argument("--corpus", action="store_true", help="使用随产品发布的条款，不连接数据库")


#: The longest line that is read whole: a document and its line end.
_LINE = MAX_BYTES + 2


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines of a stream with their numbers, blank ones left out; an endless line is cut and fills no memory.

    A line that was cut is longer than MAX_BYTES, so that reading it says so, unless all of it is blank.
    """
    number = 0
    while line := stream.readline(_LINE):
        number += 1
        blank, rest = not line.strip(), line
        while len(rest) == _LINE and not rest.endswith(b"\n"):
            rest = stream.readline(_LINE)
            blank = blank and not rest.strip()
        if not blank:
            yield number, line.rstrip(b"\r\n")


def _answer(raw: bytes, source: PolicySource) -> dict[str, Any]:
    try:
        return evaluate_text(raw, source)
    except EvaluationFault as fault:
        return fault.as_json()


def _answer_line(number: int, raw: bytes, source: PolicySource) -> dict[str, Any]:
    """One line; what is wrong with it as a whole is told with its number in the file."""
    try:
        return evaluate_text(raw, source, line=number)
    except EvaluationFault as fault:
        return {"errors": [_numbered(number, one) for one in fault.faults]}


def _numbered(number: int, fault: dict[str, str]) -> dict[str, str]:
    line, message = f"第 {number} 行", fault["message"]
    return fault if fault["path"] or line in message else {**fault, "message": f"{line}：{message}"}


def answer_file(file: str, source: PolicySource, write: Write, flush: Flush, *, jsonl: bool) -> int:
    """Answer one document, or one for each line; returns the number of faults of a single document.

    With ``jsonl`` a faulty line is answered in its place and counts for nothing: the rest still runs. Every answer is
    flushed, so that another program can send a line and wait for its answer.
    """
    if file == "-":
        if sys.stdin is None:
            return _unread("标准输入", "没有打开", write)
        return _answer_stream(sys.stdin.buffer, source, write, flush, jsonl)
    try:
        stream = open(file, "rb")  # noqa: SIM115 - entered below; opened here to tell its own faults
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        why: dict[type[Exception], str] = {
            FileNotFoundError: "文件不存在",
            IsADirectoryError: "这是文件夹",
            PermissionError: "没有读取权限",
        }
        return _unread(file, f"{why.get(type(error), '系统出错')}，请检查路径", write)
    with stream:
        return _answer_stream(stream, source, write, flush, jsonl)


def _unread(what: str, why: str, write: Write) -> int:
    faults = [{"path": "", "message": f"无法读取 {what}：{why}。"}]
    write(json.dumps({"errors": faults}, ensure_ascii=False, indent=2) + "\n")
    return 1


def _answer_stream(stream: IO[bytes], source: PolicySource, write: Write, flush: Flush, jsonl: bool) -> int:
    if jsonl:
        for number, line in _lines(stream):
            write(_ENCODER.encode(_answer_line(number, line, source)) + "\n")
            flush()
        return 0
    result = _answer(stream.read(MAX_BYTES + 1), source)
    write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    return len(result.get("errors", ()))


def reader_gone() -> int:
    """The reader has seen enough (``| head``): nothing more can be said to it; the exit status."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def speak_utf8(stream: Any) -> None:
    """JSON is UTF-8 whatever the terminal's locale says; half a surrogate pair is escaped, not a crash."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8", errors="backslashreplace")


def main(argv: list[str]) -> int:
    """``evaluate … --corpus`` without Django; returns the exit status."""
    parser = argparse.ArgumentParser(prog="manage.py evaluate", description="按评估文档（JSON）计算奖补金额。")
    add_arguments(parser)
    for name in ("--settings", "--verbosity", "--pythonpath"):  # every manage.py command takes them
        parser.add_argument(name, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    speak_utf8(sys.stdout)
    try:
        faults = answer_file(options.file, corpus_source, sys.stdout.write, sys.stdout.flush, jsonl=options.jsonl)
        sys.stdout.flush()
    except BrokenPipeError:
        return reader_gone()
    if faults:
        sys.stderr.write(f"文档有 {faults} 处错误。\n")
    return FAULTY if faults else 0
