"""Home: which model, how good, and what to look at next."""

import streamlit as st

st.title("Reelcheck", anchor=False)
