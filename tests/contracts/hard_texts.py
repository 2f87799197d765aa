"""Texts that have broken tokenizers: every script, every kind of space, runs, and code points at the edges."""

HARD_TEXTS = [
    "a",
    " ",
    "\n",
    "\0",
    "aaaaaaa aaaaaa aaaaa",
    "Hello, world! I'll say: \"it's ½ o'clock\", you've 12345 and ⅧⅨ, don'T YOU'LL",
    "  two  and   three    spaces  ",
    "tabs\tand\r\nlines\r\n\r\n  \n \n\t\n  indented\n",
    "ends in space \n  ",
    "\u00a0no-break\u2003em\u3000ideographic\u2028line\u2029paragraph\x85next",
    "control \x1c\x1d\x1e\x1f separators \x00\x7f",
    "中文和日本語のテキスト、한국어 العربية हिन्दी ไทย עברית",
    "e\u0301 combined, ǅ titlecase, ʰ modifier, ªº ordinals, ſt 'ſ 'K",
    "🙂👩‍👩‍👧‍👦🇩🇪 emoji, 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 letters, 𝟘𝟙𝟚 digits, 𒐀 cuneiform number, 𠀀 ideograph",
    "\ufeffbyte order mark, \ufffd replacement, \uffff last of the plane, \U0010ffff last of all",
    "_under_score__ @#$%^&*()_+-=[]{}|;:,.<>/?~`",
    "def f(x):\n    return x ** 2  # 10000000\n",
    "'''''s 's''t 're'RE'Re",
    "x" * 500,
    "0123456789" * 30,
]
