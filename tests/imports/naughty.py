"""Texts that broke other readers: reserved words, numbers that are none, signs nobody sees, code, formulas, paths."""

NAUGHTY = (
    "undefined", "null", "NULL", "(null)", "nil", "NaN", "None", "true", "False", "\\", "\\\\", "-",
    "--", "0", "1.00", "$1.00", "-1", "1E+02", "0x0", "0xffffffffffffffff", "1,000,000.00",
    "1'000,00", "-Infinity", "1#INF", "2.2250738585072011e-308", "999999999999999999999999999999",
    "٠١٢", "½", "🔢", "²", "Ω≈ç√∫˜µ≤≥÷", "åß∂ƒ©˙∆˚¬…æ", "Œ„´‰ˇÁ¨ˆØ∏”’", "田中さんにあげて下さい",
    "사회과학원 어학연구소",
    "مُنَاقَشَةُ سُبُلِ", "בְּרֵאשִׁית", "Ṱ̺̺̕o͞ ̷i̲̬n̝v̮o̞k̲e̤", "ﷺ" * 20, "👩🏽‍❤️‍💋‍👩🏽", "🇺🇸🇷🇺",
    "\u202etest\u202c", "\u200b", "\ufeff", "\u2028", "\u00a0", "\u180e x", "\ufffe", "\U0010ffff",
    "\x00", "a\x00b", "\x01\x02\x1f", "\x7f", "\x85", "a\r\nb", "a\tb", "'", '"', "''",
    "' OR 1=1 -- ", "1;DROP TABLE users", "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "javascript:alert(1)", "%s%s%n", "%", "{0}", "{{7*7}}",
    "${jndi:ldap://x}", "$(touch /tmp/x)", "`ls`", "| ls", "../../../etc/passwd", "C:\\CON",
    "file:///etc/passwd", "nul", "=1+1", "+1+1", "-1+1", "@SUM(1)", '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0", "\t=1+1", "[object Object]", "[]", "{}", '{"a": 1}', "a@b", "a@b.c", "@@",
    "a@[127.0.0.1]", "http://", "//", "xn--", "xn--a.xn--b", "....", "-.com", "x" * 5_000,
    "ä" * 301, "2026-02-30", "0000-00-00", "9999-12-31", "12/31/2026", "24:00", "10000-01-01",
    "2026-W01-1", "+", "+0", "+999999999999999999", "tel:", "00000000000", "٠٤٠١٢٣٤٥٦", "if",
    "SELECT", "Scunthorpe",
)  # fmt: skip
