"""Forms of awards."""

from awards.forms.carried import carried_form
from awards.forms.change import ChangeForm, ChooseForm
from awards.forms.document import MAX_DOCUMENT, DocumentForm

__all__ = ["MAX_DOCUMENT", "ChangeForm", "ChooseForm", "DocumentForm", "carried_form"]
