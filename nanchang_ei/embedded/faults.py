"""What can go wrong with the embedded servers, said in a sentence for the person at the terminal."""


class EmbeddedError(RuntimeError):
    """An embedded server or the supervisor cannot do what was asked; the message (Chinese) says what to do."""
