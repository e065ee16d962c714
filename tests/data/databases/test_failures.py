"""What a driver says, in one line without anything secret."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from bgml.data.databases.failures import first_line, secrets_of


@given(st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=6, max_size=20))
def test_no_form_of_a_password_is_said(password):
    written = quote(password, safe="")
    for url in (f"postgresql://ann:{written}@db/sales", f"snowflake://ann@x/db?password={written}", f"mysql://ann:{written}@db:3306/s?ssl=1"):
        said = first_line(ValueError(f'cannot use "{url}"\nmore'), secrets_of(url))
        assert "\n" not in said
        assert written not in said
        for text in (password, written):
            assert text not in first_line(ValueError(f"refused '{text}' here"), secrets_of(url)).replace("refused", "").replace("here", "")


def test_long_and_empty_texts():
    assert first_line(ValueError("x" * 500)) == "x" * 197 + "..."
    assert first_line(ValueError("")) == "ValueError"
    assert first_line(ValueError("\n\n  the first.\nthe second")) == "the first"
