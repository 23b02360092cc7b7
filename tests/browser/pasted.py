"""What lies on the clipboard after copying from Word, Google Docs, web pages and plain text, and what is to come of
it. The shapes are those that the programs write; the words are ours."""

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns="http://www.w3.org/TR/REC-html40"><head>
<meta name=Generator content="Microsoft Word 15"><style><!-- p.MsoNormal {margin:0cm;} --></style></head>
<body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->"""
WORD_BULLET = """<![if !supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>·<span
style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>"""
WORD_NUMBER = """<![if !supportLists]><span style='mso-list:Ignore'>{}<span
style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span><![endif]>"""
DOCS = (
    """<meta charset='utf-8'><meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-0a1b2c3d">"""
)
DOCS_SPAN = (
    '<span style="font-size:11pt;font-family:Arial;font-weight:{};font-style:{};white-space:pre-wrap;">{}</span>'
)


def _word_item(words, level, marker, part="Middle"):
    style = f"margin-left:{36 * level}pt;text-indent:-18pt;mso-list:l0 level{level} lfo1"
    return f"<p class=MsoListParagraphCxSp{part} style='{style}'>{marker}<span lang=EN-US>{words}<o:p></o:p></span></p>"


def _docs(words, weight=400, style="normal"):
    return DOCS_SPAN.format(weight, style, words)


CASES = {
    "Word: paragraphs, emphasis, a bookmark, a tab": (
        WORD + "<h1>The <a name='_Toc1'></a>ferry</h1><p class=MsoNormal><b><span lang=EN-US>Gale</span></b><span "
        "style='mso-tab-count:1'>      </span>warning,<a name='_GoBack'></a> <i style='mso-bidi-font-style:normal'>"
        "again</i><o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>End.</p>",
        "<h2>The ferry</h2><p><strong>Gale</strong> warning, <em>again</em></p><p>End.</p>",
    ),
    "Word: a list in a list": (
        WORD + _word_item("One", 1, WORD_BULLET, "First") + _word_item("Deeper", 2, WORD_BULLET)
        + _word_item("Two", 1, WORD_BULLET, "Last") + "<p class=MsoNormal>After.</p>",
        "<ul><li><p>One</p><ul><li><p>Deeper</p></li></ul></li><li><p>Two</p></li></ul><p>After.</p>",
    ),
    "Word: numbers, then bullets": (
        WORD + _word_item("First", 1, WORD_NUMBER.format("1.")) + _word_item("Second", 1, WORD_NUMBER.format("2."))
        + "<p class=MsoNormal>Between.</p>" + _word_item("Loose", 1, WORD_BULLET),
        '<ol data-type="decimal"><li><p>First</p></li><li><p>Second</p></li></ol><p>Between.</p>'
        "<ul><li><p>Loose</p></li></ul>",
    ),
    "Word: bullets typed by hand keep their emphasis": (
        WORD + "<p class=MsoListParagraph>·&nbsp;&nbsp; A <b>bold</b> word</p><p class=MsoListParagraph>·&nbsp; B</p>",
        "<ul><li><p>A <strong>bold</strong> word</p></li><li><p>B</p></li></ul>",
    ),
    "Word: comments of a colleague and deleted words": (
        WORD + "<p class=MsoNormal>Kept<a style='mso-comment-reference:X_1'>[X1]</a><span class=MsoCommentReference>"
        "<span style='mso-special-character:comment'>&nbsp;</span></span> words<del>gone</del>.</p>"
        "<div style='mso-element:comment-list'><div style='mso-element:comment'><p>Really?</p></div></div>",
        "<p>Kept words.</p>",
    ),
    "Word: a footnote": (
        WORD + "<p class=MsoNormal>The sum<a style='mso-footnote-id:ftn1' href='#_ftn1' name='_ftnref1'>"
        "<span>[1]</span></a> stands.</p><div style='mso-element:footnote-list'><div style='mso-element:footnote' "
        "id=ftn1><p class=MsoFootnoteText><a href='#_ftnref1'>[1]</a> Budget, page 7.</p></div></div>",
        '<p>The sum<small class="footnote">Budget, page 7.</small> stands.</p>',
    ),
    "Word: a table": (
        WORD + "<table class=MsoTableGrid border=1><tr><td width=100><p class=MsoNormal>A</p></td>"
        "<td><p class=MsoNormal><b>7</b></p></td></tr></table><p class=MsoNormal>After.</p>",
        "<table><tbody><tr><td><p>A</p></td><td><p><strong>7</strong></p></td></tr></tbody></table><p>After.</p>",
    ),
    "Docs: the wrapper, emphasis, a link": (
        DOCS + f'<h1 dir="ltr">{_docs("Salt")}</h1><p dir="ltr" style="line-height:1.38">{_docs("Bold", 700)}'
        f'{_docs(" and ")}{_docs("slanted", 400, "italic")}{_docs(" ")}<a href="https://example.org/a" '
        f'style="text-decoration:none">{_docs("there")}</a></p><br><p dir="ltr">{_docs("End.")}</p></b>'
        '<br class="Apple-interchange-newline">',
        '<h2>Salt</h2><p><strong>Bold</strong> and <em>slanted</em> <a href="https://example.org/a">there</a></p>'
        "<p>End.</p>",
    ),
    "Docs: a list in a list": (
        DOCS + f'<ul><li dir="ltr" style="list-style-type:disc"><p role="presentation">{_docs("One")}</p>'
        f'</li><ul><li dir="ltr" aria-level="2"><p role="presentation">{_docs("Deeper")}</p></li></ul><li dir="ltr" '
        f'aria-level="1"><p role="presentation">{_docs("Two")}</p></li></ul></b>',
        "<ul><li><p>One</p><ul><li><p>Deeper</p></li></ul></li><li><p>Two</p></li></ul>",
    ),
    "Docs: a link through Google": (
        DOCS + f'<p><a href="https://www.google.com/url?q=https://example.org/b&amp;sa=D">{_docs("b")}</a></p></b>',
        '<p><a href="https://example.org/b">b</a></p>',
    ),
    "a web page": (
        '<div class="entry" style="color:red"><h1>Head</h1><p style="font:x">One <b>two</b> <i>three</i> '
        '<font color=red>four</font><script>x()</script></p><ul><li>a<ul><li>b</li></ul></li></ul><h4>Small</h4>'
        '<blockquote>Said</blockquote><p><img src="https://example.org/x.png" onerror="x()">five '
        '<a href="https://example.org/" onclick="x()">six</a></p></div>',
        "<h2>Head</h2><p>One <strong>two</strong> <em>three</em> four</p><ul><li><p>a</p><ul><li><p>b</p></li></ul>"
        '</li></ul><h3>Small</h3><blockquote><p>Said</p></blockquote><p>five <a href="https://example.org/">six</a></p>',
    ),
    "a web page's foreign words": (
        '<p lang="en">The <i lang="fr">mot juste</i> and <span lang="en">plain</span></p>',
        '<p>The <em><span lang="fr">mot juste</span></em> and plain</p>',
    ),
    "a web page's lines": ("<pre>one\n  two</pre>", "<p>one<br>two</p>"),
}  # fmt: skip

PLAIN_CASES = {
    "One.\n\nTwo.": "<p>One.</p><p>Two.</p>",
    "Buy:\n- salt\n- rope\nThen go.": "<p>Buy:</p><ul><li><p>salt</p></li><li><p>rope</p></li></ul><p>Then go.</p>",
    "1. Salt\n2. Rope": '<ol data-type="decimal"><li><p>Salt</p></li><li><p>Rope</p></li></ol>',
    "•\tSalt & <b>\n•\tRope": "<ul><li><p>Salt &amp; &lt;b&gt;</p></li><li><p>Rope</p></li></ul>",
    "— Чого хочеш?\nВін мовчав.": "<p>— Чого хочеш?</p><p>Він мовчав.</p>",
    "— Чого хочеш?\n— Нічого.": "<p>— Чого хочеш?</p><p>— Нічого.</p>",
}
