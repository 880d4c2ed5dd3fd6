"""ClamAV over its INSTREAM protocol, where an address is configured; fails closed."""

import logging
import socket
import struct

from common.uploads.errors import ScannerUnavailable, UploadRejected

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 20.0
_CHUNK = 64 * 1024
_LONGEST_ANSWER = 4096


def _connect(address: str) -> socket.socket:
    if address.startswith(("unix:", "/")):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(TIMEOUT_SECONDS)
        connection.connect(address.removeprefix("unix:"))
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=TIMEOUT_SECONDS)


def _ask(address: str, data: bytes) -> str:
    with _connect(address) as connection:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), _CHUNK):
            chunk = data[start : start + _CHUNK]
            connection.sendall(struct.pack("!L", len(chunk)) + chunk)
        connection.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
            received = connection.recv(1024)
            if not received:
                break
            answer += received
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def scan(data: bytes, address: str) -> None:
    """Ask the scanner at ``address`` (host:port or unix:path). Raises UploadRejected for a finding, and
    ScannerUnavailable when there is no clear answer."""
    try:
        answer = _ask(address, data)
    except (OSError, ValueError) as error:
        logger.error("virus scanner at %s does not answer: %r", address, error)
        raise ScannerUnavailable("病毒扫描服务暂时不可用，请稍后重新上传。") from error
    if answer == "stream: OK":
        return
    if answer.endswith(" FOUND"):
        logger.warning("virus scanner: %s", answer)
        raise UploadRejected("文件未通过病毒扫描，已拒绝接收。")
    logger.error("virus scanner at %s answered %r", address, answer)
    raise ScannerUnavailable("病毒扫描未能完成，请稍后重新上传。")
