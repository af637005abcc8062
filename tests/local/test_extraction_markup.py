"""Markdown and HTML lose their markup and nothing else."""

import pytest

from local.files import text_of
from ragflow.local.extraction import ExtractionError, extract

MARKDOWN = """\
---
title: Guide
---
# Getting *started* #1

Read the **whole** [manual](https://example.org/a_(b) "tip"), see ![a logo](logo.png) and
[the FAQ][faq] or <https://example.org>. <!-- hidden
note --> Use `snake_case_name` and ``a ` tick``; 2 * 3 * 4 stays, so does file_name_here.

> Quoted _wisdom_ with a \\*star\\*.

| Name | Price |
|------|:-----:|
| Tea  | ~~3~~ 4 |

***

* first <b>bold</b>
1. second

```python
# not a heading
x = a**b**c
```
~~~
``` inner
~~~
after
"""


def test_markdown_loses_its_marks_and_nothing_else() -> None:
    """Headings, links, tables and code keep their words."""
    text = text_of("guide.md", MARKDOWN)
    lines = text.split("\n")
    assert lines[0] == "title: Guide"
    assert "Getting started #1" in lines
    assert "Read the whole manual, see a logo and" in lines
    assert "the FAQ or https://example.org. " in text
    assert "hidden" not in text
    assert "Use snake_case_name and a ` tick; 2 * 3 * 4 stays, so does file_name_here." in text
    assert "Quoted wisdom with a *star*." in lines
    assert "Name | Price" in lines
    assert "Tea  | 3 4" in lines
    assert "---" not in text
    assert "***" not in text
    assert "* first bold" in lines
    assert "1. second" in lines
    assert "# not a heading" in lines
    assert "x = a**b**c" in lines
    assert "``` inner" in lines
    assert lines[-1] == "after"


HTML = """\
<?xml version="1.0"?><!DOCTYPE html>
<html><head><title>Tea</title><style>p {color: red}</style><script>var a = 1;</script></head>
<body><nav><a href="/">Home</a></nav><!-- a comment -->
<h1>Green
   tea</h1><p>Use <b>hot</b>,<br>not boiling water.</p>
<ul><li>80 &deg;C</li><li>2 minutes</li></ul>
<table><tr><th>Kind</th><th>Time</th></tr><tr><td>Black</td><td>4</td></tr></table>
<pre>one
  two</pre><div role="navigation">Next</div></body></html>
"""


def test_html_gives_one_line_per_block_without_boilerplate() -> None:
    """Scripts, styles, navigation and comments go; tables and preformatted text keep their form."""
    assert text_of("page.html", HTML).split("\n") == [
        "Tea",
        "Green tea",
        "Use hot,",
        "not boiling water.",
        "80 °C",
        "2 minutes",
        "Kind | Time",
        "Black | 4",
        "one",
        "  two",
    ]


@pytest.mark.parametrize("text", ["http://example.org/a.html", "notes.txt", "<p>a</p>.html"])
def test_html_that_looks_like_a_name_is_text(text: str) -> None:
    """Input resembling a file name or an address is parsed without a warning."""
    assert text_of("a.htm", text).replace("\n", "") == text.replace("<p>", "").replace("</p>", "")


def test_html_in_its_declared_encoding() -> None:
    """The encoding in the meta element counts when the bytes are not UTF-8."""
    page = '<meta charset="windows-1251"><p>Привет, мир</p>'
    assert text_of("a.html", page.encode("cp1251")) == "Привет, мир"
    unknown = '<meta charset="no-such"><p>caf\xe9</p>'
    assert text_of("a.html", unknown.encode("latin-1")) == "café"


def test_deeply_nested_html_is_refused() -> None:
    """Nesting beyond any page neither hangs nor leaks another error."""
    blob = b"<div>" * 20_000 + b"deep" + b"</div>" * 20_000
    with pytest.raises(ExtractionError, match="too deeply"):
        extract("a.html", blob)
