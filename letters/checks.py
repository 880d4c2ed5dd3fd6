"""What ``manage.py check`` says about the signing of letters, so that a wrong setting is told at the start."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from letters.signing import current_signer

NEEDED = {"file": ("file",), "pkcs11": ("module", "token", "certificate")}


@register
def signer_is_usable(**kwargs: Any) -> list[CheckMessage]:
    """LETTER_SIGNER leads to a class, its options are given and their files exist."""
    try:
        current_signer()
    except (ImportError, TypeError) as error:
        return [Error(f"LETTER_SIGNER={settings.LETTER_SIGNER}: {error}", id="letters.E001")]
    options = settings.LETTER_SIGNER_OPTIONS
    lacking = [name for name in NEEDED.get(settings.LETTER_SIGNER, ()) if not options.get(name)]
    if lacking:
        names = ", ".join(f"LETTER_SIGNER_{name.upper()}" for name in lacking)
        return [Error(f"LETTER_SIGNER={settings.LETTER_SIGNER} needs {names}.", id="letters.E002")]
    path = options.get("file" if settings.LETTER_SIGNER == "file" else "module", "")
    if settings.LETTER_SIGNER in NEEDED and not Path(path.replace("{unit}", "")).parent.is_dir():
        return [Error(f"LETTER_SIGNER={settings.LETTER_SIGNER}: there is no folder of {path}.", id="letters.E003")]
    if settings.LETTER_SIGNER in NEEDED and "{unit}" not in path and not Path(path).is_file():
        return [Error(f"LETTER_SIGNER={settings.LETTER_SIGNER}: there is no file {path}.", id="letters.E004")]
    return []
