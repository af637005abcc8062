"""Words that say nothing about what a question is after."""

_ENGLISH = """
a about after again all also am an and any are as at be because been before being between both but
by can could did do does doing don done during each else ever explain few for from further get
give had has have having he her here hers him his how i if in into is it its itself just ll let
like many may me might more most much must my no nor not now of off often on once only or other
our out over own please re s same shall she should so some such t tell than that the their them
then there these they this those through to too under until up upon us ve very was we were what
when where whether which while who whom whose why will with would you your yours
"""
# The Chinese particle goes only where words remain on both sides of it.
_EAST_ASIAN = r"""
请问 什么是 是什么 什么 怎么样 怎么 怎样 如何 为什么 为何 有哪些 哪些 哪个 哪种 哪里 哪儿 谁
多少 几个 是否 是不是 能不能 可不可以 可以 应该 需要 吗 呢 啊 了解一下 介绍一下 告诉我
(?<=\w\w)(?<!目)的(?=\w\w)
請問 什麼是 是什麼 什麼 怎麼 為什麼 哪裡 嗎
とは何ですか とはなんですか は何ですか 何ですか ですか ますか ください について とは
どのように どうやって どうすれば どこ いつ なぜ どれ どの です ます
무엇인가요 무엇입니까 무엇 어떻게 어떤 언제 어디 인가요 입니까 습니까 나요 하나요 되나요
"""

STOP_WORDS = frozenset(_ENGLISH.split())
"""English words dropped from questions."""

CJK_FILLERS = tuple(_EAST_ASIAN.split())
"""Chinese, Japanese and Korean question words and particles, as regular expressions."""
