"""Registration: allauth's view, with the refusals of the action beside the fields."""

from typing import Any

from allauth.account.views import SignupView
from django.http import HttpRequest, HttpResponse

from accounts.access import confidential, public
from accounts.forms.signup import EnterpriseSignupForm
from common.errors import DomainError


class SignUpView(SignupView):
    """As allauth's; an invalid post answers 422, a code that is already registered is said beside its field."""

    def form_valid(self, form: EnterpriseSignupForm) -> HttpResponse:
        """Register; what the action refuses goes back into the form."""
        try:
            return super().form_valid(form)
        except DomainError as error:
            return self.form_invalid(form, status=form.refuse(error))

    def form_invalid(self, form: EnterpriseSignupForm, status: int = 422) -> HttpResponse:
        """The page again with every fault."""
        response = self.render_to_response(self.get_context_data(form=form))
        response.status_code = status
        return response


_view = SignUpView.as_view()


@public
@confidential()
def sign_up(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """The registration page."""
    return _view(request, **kwargs)
