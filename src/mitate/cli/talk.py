"""The interview in the terminal: one question a time, answers typed, everything takable back."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mitate.errors import InputError

if TYPE_CHECKING:
    from mitate.back.interview import Done, Interview, Item

__all__ = ["talk"]

_YES = {"y", "yes", "はい", "j", "1"}
_NO = {"n", "no", "いいえ", "0"}
_UNKNOWN = {"?", "", "わからない", "不明"}
_NONE = {"n", "none", "no", "0", "なし", "いいえ"}
_BACK = {"back", "b", "戻る"}
_STOP = {"stop", "s", "終了", "やめる"}
_SAY = {
    "en": {
        "start": "Signs that need a doctor come first. Answer y or n, or ? if you do not know; 'back' takes "
        "the last answer back, 'stop' ends.",
        "yes_no": "y/n/?",
        "number": "a number, or ?",
        "one": "1 to {most}, or ?",
        "several": "one or more of 1 to {most}, n for none, or ?",
        "first": "There is nothing to take back.",
        "not_so": "That cannot be: {what}",
        "age": "Please type a number of years, or ?.",
        "wrong": "Please type {wanted}.",
        "red_flag": "That is a red flag, so the questions end here.",
        "clear": "The answer is clear enough.",
        "nothing_left": "No further question would tell the leading causes apart.",
        "enough": "These were enough questions.",
        "stopped": "Stopped.",
        "no_result": "Nothing was answered that could be explained.",
    },
    "ja": {
        "start": "はじめに、受診が必要なサインについてお聞きします。"
        "「はい」は y、"
        "「いいえ」は n、わからないときは ? と入力してください。「戻る」で一つ前へ、「終了」で終わります。",
        "yes_no": "y/n/?",
        "number": "数字、または ?",
        "one": "1〜{most}、または ?",
        "several": "1〜{most} から一つ以上、なければ n、または ?",
        "first": "これより前の質問はありません。",
        "not_so": "その答えは前の答えと合いません：{what}",
        "age": "年齢を数字で入力するか、? を入力してください。",
        "wrong": "{wanted} を入力してください。",
        "red_flag": "危険信号に当てはまるため、質問はここで終わります。",
        "clear": "十分にはっきりしました。",
        "nothing_left": "これ以上、原因を見分けられる質問はありません。",
        "enough": "質問は以上です。",
        "stopped": "終了しました。",
        "no_result": "説明できる答えがありませんでした。",
    },
}


def talk(interview: Interview, save: Callable[[Interview], object]) -> Done:
    """Ask until the interview is over; the end of the input stops it.

    Args:
        save: called with the interview after every answer.
    """
    from mitate.back.interview import Done, next_step

    say = _SAY[interview.language]
    print(say["start"])
    number = 1
    step = next_step(interview)
    while not isinstance(step, Done):
        changed = _ask(interview, step, number)
        if changed is None:
            continue
        number += len(changed.said) - len(interview.said)
        interview = changed
        save(interview)
        step = next_step(interview)
    print()
    print(say[step.reason])
    if step.result is None:
        print(say["no_result"])
    return step


def _ask(interview: Interview, item: Item, number: int) -> Interview | None:
    """The interview with one more answer, or one less; None where what was typed cannot be used."""
    say = _SAY[interview.language]
    print(f"\n{number}. {item.text}")
    if not _is_yes_no(item):
        for place, choice in enumerate(item.choices, 1):
            print(f"   {place} {choice.label}")
    try:
        typed = unicodedata.normalize("NFKC", input(f"   [{_wanted(item, say)}] ")).strip().casefold()
    except EOFError:
        print()
        return interview.stop()
    except UnicodeDecodeError:
        typed = "�"
    if typed in _STOP:
        return interview.stop()
    if typed in _BACK:
        if not interview.said:
            print(f"   {say['first']}")
            return None
        return interview.undo()
    try:
        return interview.answer(item, _value(item, typed, say))
    except _NotAnAnswerError as error:
        print(f"   {error}")
    except InputError as error:
        print(f"   {say['not_so'].format(what=error.what)}")
    return None


class _NotAnAnswerError(ValueError):
    """What was typed is no answer to this question; the message says what would be."""


def _is_yes_no(item: Item) -> bool:
    return bool(item.choices) and all(isinstance(choice.value, bool) for choice in item.choices)


def _wanted(item: Item, say: dict[str, str]) -> str:
    if item.kind == "age":
        return say["number"]
    if _is_yes_no(item):
        return say["yes_no"]
    return say["several" if item.several else "one"].format(most=len(item.choices))


def _value(item: Item, typed: str, say: dict[str, str]) -> Any:
    """What was typed as the document keeps it."""
    if typed in _UNKNOWN:
        return None
    if item.kind == "age":
        try:
            return float(typed) if "." in typed else int(typed)
        except ValueError:
            raise _NotAnAnswerError(say["age"]) from None
    if _is_yes_no(item):
        if typed in _YES or typed in _NO:
            return typed in _YES
        raise _NotAnAnswerError(say["wrong"].format(wanted=say["yes_no"]))
    if item.several and typed in _NONE:
        return []
    names = {str(place): choice.value for place, choice in enumerate(item.choices, 1)}
    names |= {choice.label.casefold(): choice.value for choice in item.choices}
    words = typed.replace(",", " ").replace("、", " ").split() if item.several else [typed]
    if not words or any(word not in names for word in words):
        raise _NotAnAnswerError(say["wrong"].format(wanted=_wanted(item, say)))
    chosen = [names[word] for word in words]
    return chosen if item.several else chosen[0]
