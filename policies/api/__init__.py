"""The public interface of the policy: what a program reads and computes without an account.

Addresses, refusals and OpenAPI of the whole interface are put together in `nanchang_ei.api`.
"""
