"""The one file of a form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.importer.multipart import MAX_FIELD, MalformedForm, OneFileForm

FORM = (
    b"preamble\r\n"
    b'--XX\r\nContent-Disposition: form-data; name="options"\r\n\r\n{"delimiter": ";"}\r\n'
    b'--XX\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\n'
    b"Content-Type: text/csv\r\n\r\nnumber\r\n--X\r\n+12025550143\r\n--XX--\r\nepilogue"
)
FILE = b"number\r\n--X\r\n+12025550143"


@given(st.integers(1, 400))
def test_the_file_comes_out_however_it_was_cut(size: int) -> None:
    form = OneFileForm("XX")

    found = b"".join(form.feed(FORM[at : at + size]) for at in range(0, len(FORM), size))
    form.finish()

    assert found == FILE
    assert form.fields == {"options": '{"delimiter": ";"}'}
    assert (form.file_name, form.file_type) == ("list.csv", "text/csv")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        FORM[:-20],
        FORM.replace(b'; filename="list.csv"', b""),
        FORM.replace(b"--XX--", b'--XX\r\nContent-Disposition: x; filename="b"\r\n\r\n\r\n--XX--'),
        b"--XX\r\n" + b"x" * 20_000,
        b"--XXX\r\n\r\n",
        FORM.replace(b'{"delimiter": ";"}', b"x" * (MAX_FIELD + 1)),
        b'--XX\r\nContent-Disposition: x; name="a"\r\n\r\n\r\n' * 30,
    ],
)
def test_anything_but_a_whole_form_with_one_file_is_refused(body: bytes) -> None:
    form = OneFileForm("XX")

    with pytest.raises(MalformedForm):
        form.feed(body)
        form.finish()


def test_a_boundary_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(MalformedForm):
        OneFileForm("x" * 71)
