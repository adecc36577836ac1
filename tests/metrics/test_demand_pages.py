"""The key of a page: the same whatever differs from visit to visit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.data.page_keys import page_key


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://example.com/help/login", "example.com/help/login"),
        ("HTTP://EXAMPLE.com/help/login/", "example.com/help/login"),
        ("//example.com/help//login", "example.com/help/login"),
        ("example.com/help/login?utm_source=a&x=1", "example.com/help/login"),
        ("https://example.com/help/login&utm_campaign=b", "example.com/help/login"),
        ("https://example.com/help/login;jsessionid=0A1B", "example.com/help/login"),
        ("https://ann:secret@example.com:443/help/login#top", "example.com/help/login"),
        ("https://example.com:8443/", "example.com:8443"),
        ("https://example.com", "example.com"),
        ("https://example.com/Help/Login", "example.com/Help/Login"),  # paths tell cases apart
        ("/orders/12/items/7", "/orders/:id/items/:id"),
        ("/orders/3f2504e0-4f89-41d3-9a0c-0305e82c3301", "/orders/:id"),
        ("/orders/507F1F77BCF86CD799439011", "/orders/:id"),
        ("/hc/en-us/articles/360012345-How-do-I-log-in", "/hc/en-us/articles/:id-How-do-I-log-in"),
        ("/tutors/ann-1234567", "/tutors/ann-:id"),
        ("/deadbeefcafe", "/deadbeefcafe"),  # a word of letters, however strange
        ("/top-10", "/top-10"),  # a short number is part of the name
        ("help/login", "help/login"),
        ("", None),
        ("   ", None),
        (None, None),
        ("?page=2", None),
        ("/", None),
        ("#top", None),
        ("https://[broken/help", "[broken/help"),
    ],
)
def test_the_key_of_a_page(url, key):
    assert page_key(url) == key


@given(st.text(alphabet="abc:/.?#&;@1290-[] ", max_size=40))
def test_any_text_has_a_key_and_the_key_is_its_own(text):
    key = page_key(text)
    if key is not None:
        assert page_key(key) == key
        assert not set("?#;") & set(key)
