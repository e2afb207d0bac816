"""Who is looking: where the operator has configured sign-in, pages wait until a visitor has signed in.

It is Streamlit's own OpenID Connect, switched on by an `[auth]` section in secrets.toml. Without one the
pages are open to whoever reaches them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import util
from typing import Any

import streamlit as st

from dashboard.wording import escape_markdown

#: Mail addresses, or domains as `@example.org`, separated by commas; without it, everybody who can sign in.
VARIABLE = "REELCHECK_VISITORS"
SECTION = "auth"


def is_configured() -> bool:
    """Whether secrets.toml says how visitors sign in."""
    return bool(st.secrets.load_if_toml_exists()) and SECTION in st.secrets


def may_look() -> bool:
    """Return whether pages are drawn for this visitor; where not, draw how to sign in."""
    if not is_configured():
        return True
    if not st.user.get("is_logged_in"):
        _offer_sign_in()
        return False
    if not is_listed(st.user.to_dict()):
        st.title("Reelcheck", anchor=False)
        st.write("This account is not among those that may look at these pages.")
        st.button("Sign out", on_click=st.logout, key="sign-out")
        return False
    return True


def is_listed(claims: Mapping[str, Any]) -> bool:
    """Whether a visitor with these claims is one whom the operator lets in.

    A mail address counts unless the provider says that it was not verified.
    """
    listed = [part.strip().lower() for part in os.environ.get(VARIABLE, "").split(",") if part.strip()]
    if not listed:
        return True
    mail = str(claims.get("email") or "").strip().lower()
    account, _, domain = mail.rpartition("@")
    if not account or claims.get("email_verified") is False:
        return False
    return mail in listed or f"@{domain}" in listed


def draw() -> None:
    """Draw who is signed in, with the button that signs out; nothing where nobody has to."""
    if is_configured() and st.user.get("is_logged_in"):
        name = str(st.user.get("name") or st.user.get("email") or "you")
        st.caption(escape_markdown(f"Signed in as {name[:80]}"))
        st.button("Sign out", on_click=st.logout, type="tertiary", icon=":material/logout:", key="sign-out")


def _offer_sign_in() -> None:
    st.title("Reelcheck", anchor=False)
    if util.find_spec("authlib") is None:
        st.write("Sign-in is configured, but a package for it is missing on the server.")
        st.caption("For its operator: pip install 'reelcheck\\[sign-in\\]'")
        return
    st.write("Sign in to look at these pages.")
    st.button("Sign in", on_click=st.login, type="primary", icon=":material/login:", key="sign-in")
