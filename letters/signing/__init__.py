"""Digital signatures of issued letters behind one interface: none, a key in a file, a token (PKCS#11), or a city's own.

Which one signs is the setting LETTER_SIGNER: ``none``, ``file``, ``pkcs11``, or the dotted path of a class that extends
:class:`Signer` and takes the options as keywords. A city's seal service (SM2, GM/T 0031 or GB/T 38540) comes in by such
a path: the certificate's name is printed on the page before the bytes are signed, everything else stays.
"""

from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from letters.signing.base import Signer, Unsigned
from letters.signing.reading import Signature, read_signature

__all__ = ["Signature", "Signer", "Unsigned", "current_signer", "read_signature"]

BUILT_IN = {
    "": "letters.signing.base.Unsigned",
    "none": "letters.signing.base.Unsigned",
    "file": "letters.signing.pades.FileSigner",
    "pkcs11": "letters.signing.pades.TokenSigner",
}


def current_signer() -> Signer:
    """The signer that the settings name, one per process. Raises ImportError for a path that leads nowhere."""
    return _signer(settings.LETTER_SIGNER, tuple(sorted(settings.LETTER_SIGNER_OPTIONS.items())))


@lru_cache(maxsize=2)
def _signer(name: str, options: tuple[tuple[str, str], ...]) -> Signer:
    signer: Signer = import_string(BUILT_IN.get(name, name))(**dict(options))
    return signer
