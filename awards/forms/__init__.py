"""Forms of awards."""

from awards.forms.change import ChangeForm, ChooseForm, DocumentForm

__all__ = ["ChangeForm", "ChooseForm", "DocumentForm"]
