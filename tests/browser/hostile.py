"""HTML that has run scripts through somebody's sanitiser before: handlers, addresses, parsing that differs between two
readers (mutation), clobbering, styles. `HIT()` is what each tries to reach."""

HIT = "window.hits.push(1)"
_HANDLERS = [
    "<img src=x onerror={}>",
    "<img/src/onerror={}>",
    "<svg onload={}>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<svg><a><animate attributeName=href values=javascript:{} /><text x=20 y=20>a</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x><image href=1 onerror={} /></svg>#x'>",
    "<body onload={}>",
    "<details open ontoggle={}>",
    "<video><source onerror={}></video>",
    "<audio src=x onerror={}>",
    "<input autofocus onfocus={}>",
    "<select autofocus onfocus={}>",
    "<marquee onstart={}>a</marquee>",
    "<p onanimationstart={} style='animation:x 1s'>a</p>",
    "<iframe srcdoc='<script>parent.{}</script>'></iframe>",
    "<iframe src=javascript:{}></iframe>",
    "<object data=javascript:{}></object>",
    "<embed src=javascript:{}>",
    "<script>{}</script>",
    "<script src='data:text/javascript,{}'></script>",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<math><mi xlink:href='javascript:{}'>a</mi></math>",
    "<form action=javascript:{}><button>a</button></form>",
    "<isindex action=javascript:{} type=submit>",
    "<base href='javascript:{}//'>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<link rel=stylesheet href=javascript:{}>",
    "<style>@import 'javascript:{}';</style>",
    "<p style=\"background:url('javascript:{}')\">a</p>",
]
_ADDRESSES = [
    "javascript:{}", "JaVaScRiPt:{}", " javascript:{}", "java\tscript:{}", "java\nscript:{}", "\x01javascript:{}",
    "&#106;avascript:{}", "javascript&colon;{}", "data:text/html,<script>parent.{}</script>", "vbscript:{}",
    "//javascript:{}", "javascript://example.org/%0a{}", "feed:javascript:{}", "https:javascript:{}",
]  # fmt: skip
_MUTATIONS = [
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={}&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror={}>",
    "<svg></p><style><a id='</style><img src=1 onerror={}>'>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "<math><annotation-xml encoding='text/html'><style><img src=x onerror={}></style></annotation-xml></math>",
    "<svg><desc><style><img src=x onerror={}></style></desc></svg>",
    "<template><img src=x onerror={}></template>",
    "<textarea><img title='</textarea><img src=x onerror={}>'></textarea>",
    "<title><img title='</title><img src=x onerror={}>'></title>",
    "<xmp><p title='</xmp><img src=x onerror={}>'></xmp>",
    "<select><template><style></template></select><img src=x onerror={}>",
    "<!--><img src=x onerror={}>-->",
    "<!-- --!><img src=x onerror={}> -->",
    "<![CDATA[><img src=x onerror={}>]]>",
    "<?xml version='1.0'?><img src=x onerror={}>",
    "<table><caption><svg><title><p></caption><style><!--</title></svg></style><img src=x onerror={}>-->",
    "<svg><foreignObject><p><math><mi><img src=x onerror={}></mi></math></p></foreignObject></svg>",
    "<p title='`><img src=x onerror={}>'>a</p>",
    "<p><small class=footnote><table><tr><td></small><img src=x onerror={}></table>",
]
# Through the attributes and parts that are ours.
_OWN = [
    '<figure data-image="1" data-alt="&quot; onerror={}&quot;"></figure>',
    "<figure data-image='1' data-credit='<img src=x onerror={}>'><figcaption><img src=x onerror={}></figure>",
    "<figure data-embed='https://youtu.be/dQw4w9WgXcQ' data-author='&lt;img src=x onerror={}&gt;'></figure>",
    "<figure data-embed='javascript:{}'></figure>",
    "<figure data-embed='https://youtu.be/&quot;onclick={}'></figure>",
    "<figure data-player='javascript:{}' data-embed='https://youtu.be/dQw4w9WgXcQ'></figure>",
    "<section class=related data-heading='&lt;/h2>&lt;img src=x onerror={}>'><ul><li><a href=/x>a</a></ul></section>",
    "<section class=related data-heading='<svg onload={}>'><ul><li><a href=javascript:{}>a</a></ul></section>",
    "<p>a<small class=footnote>&lt;img src=x onerror={}></small></p>",
    "<span lang='de&quot; onmouseover={}'>a</span>",
    "<a data-article='1' href='javascript:{}'>a</a>",
]


def _reach(pattern):
    return pattern.replace("{}", HIT)


VECTORS = [
    *map(_reach, (*_HANDLERS, *_MUTATIONS, *_OWN)),
    *(f'<p><a href="{_reach(address)}">a</a></p>' for address in _ADDRESSES),
]
# Each once more where the parser has a special mode.
WRAPPED = [f"<table><tr><td>{vector}</td></tr></table>" for vector in VECTORS] + [
    f'<figure data-image="1"><figcaption>{vector}' for vector in VECTORS
]
