from __future__ import annotations

import hashlib
import json

import pytest

from broadsheet.protocol.handover import (
    ENVIRON_HEADER,
    HEADER,
    Handover,
    NotFromTheGate,
    read_handover,
    write_handover,
)
from broadsheet.protocol.keys import HANDOVER, derive_key
from broadsheet.protocol.rendition import ENVIRON_KEY

pytestmark = pytest.mark.pure
KEY = derive_key("a secret", HANDOVER)
ASKING = Handover("127.0.0.1", "https", ENVIRON_KEY, '{"outcome":"full","code":"न"}')


def sign(said: str, path: str = "/a/") -> str:
    mac = hashlib.blake2s(f"{path}\n{said}".encode(), key=KEY, digest_size=16).hexdigest()
    return f"{mac}.{said}"


def test_the_header_has_the_name_under_which_wsgi_keeps_it():
    assert "HTTP_" + HEADER.upper().replace("-", "_") == ENVIRON_HEADER


@pytest.mark.parametrize(
    "handover", [ASKING, Handover("", "http"), Handover("2001:db8::1", "http")]
)
@pytest.mark.parametrize("path", ["/a/", "/a/é\xff/"])
def test_what_is_written_is_read(handover, path):
    text = write_handover(KEY, handover, path)
    assert text.isascii()
    assert read_handover(KEY, text, path) == handover


def test_it_holds_for_one_path_one_key_and_as_it_was_written():
    text = write_handover(KEY, ASKING, "/a/")
    other_key = derive_key("another secret", HANDOVER)
    forged = text.replace("preview", "full").replace("127.0.0.1", "127.0.0.2")
    for key, said, path in [
        (KEY, text, "/b/"),
        (other_key, text, "/a/"),
        (KEY, forged, "/a/"),
        (KEY, text.partition(".")[2], "/a/"),
        (KEY, "", "/a/"),
        (KEY, "é.{}", "/a/"),
    ]:
        with pytest.raises(NotFromTheGate):
            read_handover(key, said, path)


@pytest.mark.parametrize(
    "said",
    [
        "not json",
        "[]",
        "{}",
        json.dumps({"client": "", "scheme": "http", "more": 1}),
        json.dumps({"client": "", "scheme": "gopher"}),
        json.dumps({"client": "", "scheme": "http", "key": "wsgi.input", "value": "x"}),
    ],
)
def test_even_the_gate_may_say_only_what_was_agreed(said):
    with pytest.raises(NotFromTheGate):
        read_handover(KEY, sign(said), "/a/")
