"""The mutation run of the engine: every small falsehood in its source must be noticed by a test. ``make mutation``.

Own, because the well-kept tools do not fit: mutmut mutates no decorated class, and the engine's arithmetic lives in
dataclasses; cosmic-ray rewrites files on disk and starts the tests anew for each mutant. Neither knows the mutants that
matter here (half up to half even, floor to ceiling, the first of equals to the last).
"""
