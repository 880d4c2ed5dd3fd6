"""What a browser posts of a form that nobody touched, read from the page."""

from html.parser import HTMLParser


class _Form(HTMLParser):
    """Inputs, boxes that are ticked, the selected option (or the first), text areas."""

    def __init__(self):
        super().__init__()
        self.data: dict[str, list[str]] = {}
        self.select = self.area = ""
        self.chosen = False

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        name = at.get("name", "")
        if tag == "input" and name:
            if at.get("type") not in ("checkbox", "radio"):
                self.data.setdefault(name, []).append(at.get("value", ""))
            elif "checked" in at:
                self.data.setdefault(name, []).append(at.get("value", "on"))
        elif tag == "select":
            self.select, self.chosen = name, False
        elif tag == "option" and self.select:
            if "selected" in at or self.select not in self.data:
                self.data[self.select] = [at.get("value", "")]
        elif tag == "textarea" and name:
            self.area = name
            self.data[name] = [""]

    def handle_data(self, text):
        if self.area:
            self.data[self.area][0] += text

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = ""
        elif tag == "textarea" and self.area:
            self.data[self.area][0] = self.data[self.area][0].removeprefix("\r").removeprefix("\n")
            self.area = ""


def form_of(html: str, form_id: str = "blocks-form") -> dict[str, list[str]]:
    """Name → values of the form with this id, without the token and the buttons."""
    body = html[html.index(f'id="{form_id}"') :]
    form = _Form()
    form.feed(body[: body.index("</form>")])
    form.data.pop("csrfmiddlewaretoken", None)
    return form.data
