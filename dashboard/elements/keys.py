"""The keys of a page: one list, from which its buttons get theirs and its help the lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class Key:
    """A key on the keyboard, the button that it presses, and what that does, in words."""

    shortcut: str
    label: str
    does: str


#: By what a page calls it. Streamlit keeps C and R for itself, and knows letters, digits and a few more keys.
KEYS = {
    "next": Key("J", "Next", "Read the next text"),
    "previous": Key("K", "Previous", "Read the previous text"),
    "valid": Key("V", "Valid", "Judge the text by hand: valid"),
    "not-valid": Key("N", "Not valid", "Judge the text by hand: not valid"),
    "automatic": Key("A", "Automatic", "Remove the verdict by hand"),
    "right": Key("1", "Right", "Judge the label: it is right"),
    "wrong": Key("2", "Wrong", "Judge the label: the other one is right"),
    "ambiguous": Key("3", "Ambiguous", "Judge the label: a reader could say either"),
    "not-a-review": Key("4", "Not a review", "Judge the text: it is no review"),
    "undo": Key("U", "Undo", "Take back your last verdict"),
    "positive": Key("5", "Positive", "Say of the text: its opinion is positive"),
    "negative": Key("6", "Negative", "Say of the text: its opinion is negative"),
    "cannot-tell": Key("7", "Cannot tell", "Say of the text: its opinion is not clear"),
    "person": Key("8", "A person", "Say of the text: a person wrote it as it is"),
    "machine": Key("9", "A machine", "Say of the text: a machine changed it"),
}

#: Keys of every page: the browser's, Streamlit's, and this help's.
EVERYWHERE = (
    ("Tab", "Go to the next control, link or table"),
    ("Arrow keys", "Move in a table or a list; scroll what has the focus"),
    ("Ctrl + Enter", "Use what was typed into a field of several lines"),
    ("Esc", "Close a list or a window"),
    ("?", "Show these keys"),
)

#: What stands in the session: the names of the keys whose buttons this page has drawn.
DRAWN = "_keys_drawn"


def button(name: str, **how: Any) -> bool:
    """Draw a button that a single key presses too, and list the key in the page's help.

    Args:
        name: of the key in KEYS, which has the button's label.
        how: everything else that `st.button` takes.
    """
    st.session_state.setdefault(DRAWN, set()).add(name)
    return st.button(KEYS[name].label, shortcut=KEYS[name].shortcut, **how)


def forget() -> None:
    """Start a page's list anew, before the page is drawn."""
    st.session_state[DRAWN] = set()


def draw_help() -> None:
    """Draw the "?" in the upper right corner, once the page is drawn; the key does the same."""
    drawn = st.session_state.get(DRAWN, set())
    here = [(key.shortcut, key.does) for name, key in KEYS.items() if name in drawn]
    with st.container(key="keys-help"):
        _mount(key="keys", data={"parts": [["On this page", here], ["On every page", EVERYWHERE]]})


# A window of the browser's own, so that it opens at once, keeps the focus and closes with Esc. It stays in
# the page's upper corner beside Streamlit's menu, which is three rems high.
_CSS = """
:host {color: inherit;}
button {all: unset; box-sizing: border-box; cursor: pointer; width: 1.75rem; height: 1.75rem;
  border-radius: 50%; text-align: center; font-size: 0.875rem; line-height: 1.65rem;
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent);}
button.close {border: none;}
button:hover {background: color-mix(in srgb, currentColor 10%, transparent);}
button:focus-visible {outline: 2px solid currentColor; outline-offset: -1px;}
dialog {border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 6px;
  padding: 1.25rem 1.5rem 1.5rem; width: min(26rem, calc(100vw - 4rem)); line-height: 1.4;
  background: var(--st-background-color); color: var(--st-text-color);}
dialog::backdrop {background: rgba(0, 0, 0, 0.35);}
div.head {display: flex; justify-content: space-between; align-items: center;}
h2 {font-size: 1.05rem; font-weight: 600; margin: 0;}
h3 {font-size: 0.875rem; font-weight: 600; margin: 0.9rem 0 0.3rem;}
dl {display: grid; grid-template-columns: 6.5rem 1fr; gap: 0.35rem 0.75rem; margin: 0; font-size: 0.95rem;}
dd {margin: 0;}
kbd {font: inherit; font-size: 0.875rem; border-radius: 4px; padding: 0.05rem 0.4rem;
  border: 1px solid color-mix(in srgb, currentColor 30%, transparent);}
"""
_HTML = """
<button class='open' type='button' aria-label='? Keys' aria-haspopup='dialog'
  title='Keys of this page (?)'>?</button>
<dialog aria-labelledby='keys-title'>
  <div class='head'><h2 id='keys-title'>Keys</h2>
    <button class='close' type='button' aria-label='Close'>✕</button></div>
  <div class='parts'></div>
</dialog>
"""
_JS = """
export default function ({ data, parentElement }) {
  const find = (what) => parentElement.querySelector(what);
  const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  const dialog = find('dialog');
  find('.parts').replaceChildren(...data.parts.filter(([, keys]) => keys.length).flatMap(([title, keys]) => {
    const list = document.createElement('dl');
    for (const [key, does] of keys) {
      const named = document.createElement('dt');
      named.append(make('kbd', key));
      list.append(named, make('dd', does));
    }
    return [make('h3', title), list];
  }));
  const turn = () => (dialog.open ? dialog.close() : dialog.showModal());
  find('.open').onclick = turn;
  find('.close').onclick = turn;
  const fields = /^(INPUT|TEXTAREA|SELECT)$/;
  const types = ([place]) => place.isContentEditable || fields.test(place.tagName || '');
  const pressed = (event) => {
    const chord = event.ctrlKey || event.metaKey || event.altKey;
    if (event.key !== '?' || chord || types(event.composedPath())) return;
    event.preventDefault();
    turn();
  };
  // While the window is open, no key reaches the page below it.
  dialog.onkeydown = (event) => {
    pressed(event);
    event.stopPropagation();
  };
  document.addEventListener('keydown', pressed);
  return () => document.removeEventListener('keydown', pressed);
}
"""

_mount = st.components.v2.component("reelcheck_keys", html=_HTML, css=_CSS, js=_JS)
