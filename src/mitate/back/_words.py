"""What a result is told in, in English and Japanese."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["WORDS"]

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "female": "woman",
        "male": "man",
        "years": "{age:g} years",
        "stop": "STOP: a red flag. No cause was looked for, and no exercise is to be started.",
        "where": "Where to go: {where}. {how_fast}",
        "none_asked": "Red flags: not asked about. Whether any of these is so must be known before anything "
        "below is used:",
        "some_asked": "Red flags: none among those answered. Whether any of these is so must be known before "
        "anything below is used:",
        "clear": "Red flags: all asked about, none present.",
        "age": "the age",
        "causes": "Likely mechanical causes",
        "habits": "Contributing habits",
        "no_cause": "No cause explains this better than chance does.",
        "impossible": "Nothing in the knowledge base explains these observations together.",
        "for": "Speaks most for it, against the best other explanation: {what}",
        "against": "Speaks most against it: {what}",
        "times": "{words} ({odds} times)",
        "explanation": "Explanation {number}: {share} of those compared",
        "measure": "{measure} {value:g}: {words} (as expected: {limits}) [{source}]",
        "borderline": "; so near a limit that a second measurement may say otherwise",
        "measures": "Measures",
        "risk": "Risk that the pain lasts: {band} ({total} of 9, of these {psychosocial} of the 5 about "
        "worry and mood)",
        "risk_low": "low",
        "risk_medium": "medium",
        "risk_high": "high",
        "disability": "Held up in daily life: {percent:.0f} %, {band} ({answered} of 10 sections answered; "
        "less than {change:g} % of change is within chance)",
        "disability_minimal": "little",
        "disability_moderate": "moderately",
        "disability_severe": "severely",
        "disability_very_severe": "very severely",
        "disability_bed_bound": "in bed, or answered more darkly than it is",
        "examine": "At this level the published reading asks for a detailed examination.",
        "limits": "What these shares are",
        "knowledge": "Knowledge base: cited literature and expert judgement; not validated on patients.",
        "intended_use": "Research use. Not a medical device; not a diagnosis, and no substitute for "
        "being examined.",
        "stopped": "The search was stopped by the time limit; the best possible costs at most {gap:.2f} nats "
        "less.",
        "ask_nothing": "A red flag is present: ask nothing more. `mitate back explain` says where to go, and "
        "how fast.",
        "ask_first": "First, for the red flags:",
        "ask_next": "What tells most, per second:",
        "ask_no_more": "No question would tell the leading causes further apart.",
        "gain": "{seconds:g} s, expected gain {gain:.3f} nats",
        "why_not": "Why not: {cause}?",
        "impossible_with": "Nothing explains these observations with it.",
        "is_best": "It is in the best explanation.",
        "odds": "The best explanation is {odds} times as probable as the best one with it.",
        "no_change": "No change of {most} observations or fewer was found that would put it first.",
        "not_made": "It would come first if this had not been told: {seen}",
        "other": "It would come first if instead of this: {seen}, it were so: {to}",
    },
    "ja": {
        "female": "女性",
        "male": "男性",
        "years": "{age:g}歳",
        "stop": "中止：危険信号（レッドフラッグ）があります。原因の推定は行わず、運動も始めないでください。",
        "where": "受診先：{where}。{how_fast}",
        "none_asked": "危険信号：未確認です。"
        "以下の結果を使う前に、次のどれにも当てはまらないかを確かめてください。",
        "some_asked": "危険信号：回答済みの項目には該当がありません。"
        "以下の結果を使う前に、次のどれにも当てはまらないかを確かめてください。",
        "clear": "危険信号：すべて確認済みで、該当はありません。",
        "age": "年齢",
        "causes": "考えられる力学的な原因",
        "habits": "関わりのある習慣",
        "no_cause": "偶然よりもよく説明できる原因はありません。",
        "impossible": "これらの所見を合わせて説明できるものが知識ベースにありません。",
        "for": "次点の説明と比べて、最も支持するもの：{what}",
        "against": "最も反するもの：{what}",
        "times": "{words}（{odds}倍）",
        "explanation": "説明{number}：比較した中での割合 {share}",
        "measure": "{measure} {value:g}：{words}（適度の範囲 {limits}）[{source}]",
        "borderline": "。境目に近く、測り直すと変わることがあります",
        "measures": "計測値",
        "risk": "痛みが長引くおそれ：{band}"
        "（9項目中{total}項目、うち気持ちに関する5項目中{psychosocial}項目）",
        "risk_low": "低い",
        "risk_medium": "中程度",
        "risk_high": "高い",
        "disability": "生活のしづらさ：{percent:.0f} %、{band}（10項目中{answered}項目に回答。"
        "{change:g} %未満の変化は誤差の範囲です）",
        "disability_minimal": "わずか",
        "disability_moderate": "中程度",
        "disability_severe": "強い",
        "disability_very_severe": "非常に強い",
        "disability_bed_bound": "寝たきり、または実際より重く答えている",
        "examine": "この程度では、詳しい診察が必要とされています。",
        "limits": "割合の意味",
        "knowledge": "知識ベース：引用した文献と専門家の判断によるもので、患者での検証はされていません。",
        "intended_use": "研究用です。医療機器ではなく、診断ではありません。診察の代わりにはなりません。",
        "stopped": "時間切れで探索を打ち切りました。最良の説明のコストとの差は最大{gap:.2f}ナットです。",
        "ask_nothing": "危険信号があるため、質問はここまでです。"
        "受診先と急ぎ方は `mitate back explain` で示します。",
        "ask_first": "はじめに、危険信号について：",
        "ask_next": "1秒あたりに最も多くがわかる質問：",
        "ask_no_more": "これ以上、原因を見分けられる質問はありません。",
        "gain": "{seconds:g}秒、期待される情報量 {gain:.3f} ナット",
        "why_not": "なぜ違うのか：{cause}",
        "impossible_with": "これを含めて所見を説明することはできません。",
        "is_best": "最も確からしい説明に含まれています。",
        "odds": "最も確からしい説明は、これを含む最良の説明の{odds}倍の確からしさです。",
        "no_change": "{most}個以下の所見を変えて第一候補になる組み合わせは見つかりませんでした。",
        "not_made": "次の所見がなければ第一候補になります：{seen}",
        "other": "「{seen}」ではなく「{to}」であれば第一候補になります。",
    },
}
