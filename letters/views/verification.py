"""Public verification: by code, by file, or by the address in the QR code."""

import hashlib

from allauth.account.adapter import get_adapter
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import public
from letters.forms import CompareForm, VerifyForm
from letters.queries import Verification, by_file, by_token
from letters.ratelimit import allow
from letters.signing import Signature

LOOKUPS_PER_MINUTE = 60
FILES_PER_MINUTE = 20
UNKNOWN = "没有找到对应的文书。请核对核验码；如核对无误仍查不到，该文书可能不是本系统签发的。"
UNKNOWN_FILE = "这个文件与本系统签发的任何文书都不一致：它可能被修改过、重新打印另存过，或者不是本系统签发的。"


def _limited(request: HttpRequest) -> HttpResponse | None:
    """The page for too many attempts of one address, or None."""
    who, at = get_adapter(request).get_client_ip(request), timezone.now()
    allowed = allow("verify", who, limit=LOOKUPS_PER_MINUTE, at=at)
    if allowed and request.method == "POST":
        allowed = allow("verify-file", who, limit=FILES_PER_MINUTE, at=at)
    if allowed:
        return None
    response = render(request, "429.html", status=429)
    response["Retry-After"] = "60"
    return response


def _digest(file: UploadedFile) -> str:
    sha256 = hashlib.sha256()
    for chunk in file.chunks():
        sha256.update(chunk)
    return sha256.hexdigest()


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a code or a file and lead to the letter's page."""
    if (refusal := _limited(request)) is not None:
        return refusal
    if request.method != "POST":
        return render(request, "letters/verify.html", {"form": VerifyForm()})
    form = VerifyForm(request.POST, request.FILES)
    if form.is_valid():
        file, code = form.cleaned_data["file"], form.cleaned_data["code"]
        found = by_token(code) if code else by_file(_digest(file))
        if found and file and code:
            return _result(request, found, CompareForm(), matches=found.matches(_digest(file)))
        if found and file:
            return _result(request, found, CompareForm(), matches=True)
        if found:
            return redirect("letters:verify_letter", token=found.token)
        form.add_error("code" if code else "file", UNKNOWN if code else UNKNOWN_FILE)
    return render(request, "letters/verify.html", {"form": form}, status=422)


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_letter(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a letter says and whether it holds; compare a file with it."""
    if (refusal := _limited(request)) is not None:
        return refusal
    found = by_token(token)
    if found is None:
        raise Http404(UNKNOWN)
    if request.method != "POST":
        return _result(request, found, CompareForm())
    form = CompareForm(request.POST, request.FILES)
    if not form.is_valid():
        return _result(request, found, form, status=422)
    return _result(request, found, CompareForm(), matches=found.matches(_digest(form.cleaned_data["file"])))


def _signed_text(signature: Signature | None) -> str:
    """The digital signature in a sentence."""
    if signature is None:
        return "本件没有电子签名，以本页核验结果为准。"
    if not signature.intact or not signature.whole:
        return f"证书“{signature.signer}”的签名与文件不符，请与发文单位联系。"
    when = f"，签名时间{timezone.localtime(signature.signed_at):%Y年%-m月%-d日 %H:%M}" if signature.signed_at else ""
    return f"由“{signature.signer}”签名（证书签发者：{signature.issuer}）{when}；签名有效，覆盖整个文件。"


def _result(
    request: HttpRequest, found: Verification, form: CompareForm, *, matches: bool | None = None, status: int = 200
) -> HttpResponse:
    rows: list[dict[str, object]] = [
        {"key": "发文字号", "value": found.number},
        {"key": "文种", "value": found.kind},
        {"key": "标题", "value": found.title},
        {"key": "发文单位", "value": found.unit},
        {"key": "主送", "value": found.recipient},
        {"key": "签发日期", "value": f"{timezone.localtime(found.issued_at):%Y年%-m月%-d日}"},
    ]
    if found.amount_fen is not None:
        rows.append({"key": "金额", "money": found.amount_fen})
    rows.append({"key": "电子签名", "value": _signed_text(found.signature)})
    rows += [{"key": "页数", "value": f"{found.pages} 页"}, {"key": "核验码", "value": found.code}]
    return render(
        request,
        "letters/verify_letter.html",
        {"letter": found, "rows": rows, "form": form, "matches": matches},
        status=status,
    )
