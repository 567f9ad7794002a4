"""Errors of the library in the reader's own language: known ones by their words, others by their kind."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from mitate.serve.words import Say

__all__ = ["KNOWN", "in_words"]

KNOWN: tuple[tuple[str, str], ...] = (
    (r"a weight of (?P<kg>\S+) kg cannot be", "trouble.weight_range"),
    (r"a weight of (?P<day>[-\d]+) cannot be", "trouble.weight_day"),
    (r"no weight", "trouble.weight_missing"),
    (r".* has (?P<kg>\S+) kg for the same time", "trouble.weight_twice"),
    (r"['\"](?P<text>.*)['\"] is not a number", "trouble.not_a_number"),
    (r"this is no number", "trouble.no_number"),
    (r"a birth date of (?P<day>\S+) cannot be", "trouble.birth_date"),
    (r"a height of (?P<cm>\S+) cm cannot be", "trouble.height"),
    (r"this is no date", "trouble.date"),
    (r"(?:there is no |the year of )?['\"](?P<text>.*)['\"](?: is no date| cannot be)?", "trouble.date_text"),
    (r"this is no time|.* is no time|the time has no zone", "trouble.time"),
    (r"the person has not agreed to this", "trouble.consent"),
    (r"another person has this number", "trouble.number_taken"),
    (r"another name or birth date is known under this number", "trouble.number_other"),
    (r"somebody of this name and birth date is here without a number", "trouble.number_later"),
    (r"no patient's number", "trouble.number_missing"),
    (r"nobody has the number '(?P<number>.*)', but there is '(?P<like>.*)'", "trouble.number_zeros"),
    (r"nobody has the number '(?P<number>.*)'", "trouble.number_unknown"),
    (r"a person needs a name", "trouble.name_missing"),
    (r"(?P<n>\d+) letters are too many", "trouble.too_long"),
    (r"somebody signs in by this name already", "trouble.login_taken"),
    (r"this is the last administrator", "trouble.last_administrator"),
    (r"the two are not the same", "trouble.not_the_same"),
    (r"this film is being read", "trouble.being_read"),
    (r"not a table: .*|this is no table|.*is not text.*", "trouble.no_table"),
    (r"the table is empty", "trouble.table_empty"),
    (r"the table is larger than .*|\d+ lines are too many", "trouble.table_large"),
    (r"the column '(?P<name>.*)' stands twice", "trouble.column_twice"),
    (r"no column for the number", "trouble.column_number"),
    (r"no column for the date", "trouble.column_date"),
    (r"no column for the name", "trouble.column_name"),
    (r"no column of weights", "trouble.column_weight"),
    (r"the column '(?P<name>.*)' is left aside", "trouble.column_aside"),
    (r"more cells than columns: '(?P<text>.*)'", "trouble.extra_cell"),
    (r"'(?P<text>.*)' is not understood", "trouble.not_understood"),
    (r"(?P<n>\d+) lines cannot be taken in, .*", "trouble.lines_refused"),
    (r"lines without a time of day: (?P<n>\d+); .*", "trouble.untimed"),
    (r"lines with a weight far from the same person's others: (?P<lines>[\d, ]+); .*", "trouble.far_lines"),
    (r"far from what this person weighs otherwise, (?P<kg>[\d.]+) kg", "trouble.far"),
    (r"only (?P<n>\d+) of (?P<all>\d+) frames are usable", "trouble.few_frames"),
    (r"no blink and no turn of the head in the whole film: .*", "told.still"),
    (r"this is no weight in kilograms", "clinic.js_not_kg"),
    # Forms and what a page sends by itself.
    (r"it has a control character", "trouble.control"),
    (r"'.*' is (?:none of .*|no kind|no context)|there is no (?:consent '.*'|such setting)", "trouble.form"),
    (r"a person has no such fact|a film of the (?:back needs|face belongs) .*", "trouble.form"),
    (
        r"this is no form with a film|the form does not say how long it is|write it (?:as|such) .*",
        "trouble.form",
    ),
    (r"must be a whole number from (?P<low>\d+) to (?P<high>\d+)", "trouble.whole_number"),
    (
        r"must be a text of at most (?P<n>\d+) characters|a name has 1 to (?P<n2>\d+) characters",
        "trouble.longest",
    ),
    (r"there is no such language|this is no language of mitate", "trouble.language"),
    (r"the page's own sign is missing or old", "trouble.old_page"),
    (
        r"this request comes from another site|this is for (?:clinicians|administrators)",
        "shell.failed_denied",
    ),
    (r"this token lacks the scope .*|this is not open to tokens", "shell.failed_denied"),
    (r"this address cannot be|this method is not known here", "shell.failed_missing"),
    (r"this is not the address of this mitate", "trouble.host"),
    (r"more than .* MB are not taken here", "shell.failed_large"),
    (r"the request does not come to its end|the form broke off", "trouble.broke_off"),
    (r"too many requests|too many sign-ins are under way", "shell.failed_many"),
    # Signing in, accounts, tokens.
    (r"too many wrong tries", "trouble.wrong_tries"),
    (r"nobody is signed in", "shell.js_sign_in"),
    (r"choose your own PIN or password first", "auth.must_change"),
    (r"the name and the PIN or password do not fit together", "auth.does_not_fit"),
    (r"the old PIN or password is another one", "auth.wrong_old"),
    (r"this is the one you have", "auth.weak_same"),
    (r"(?:clinicians and administrators|a clinic's accounts) need a password", "auth.needs_password"),
    (r"a password has .* characters", "auth.weak_length"),
    (r"this password would be guessed first", "auth.weak_guessed"),
    (r"a PIN has .* digits", "auth.weak_pin_form"),
    (r"this PIN would be guessed first: .*", "auth.weak_pin_guessed"),
    (r"a name is needed", "auth.weak_name"),
    (r"without your consent there is nothing to look at", "auth.needs_consent"),
    (r"the first start needs the code that mitate printed", "auth.wrong_code"),
    (r"this record is set up already", "trouble.set_up_already"),
    (r"an account has one or more of the roles .*|the role person and a person go together", "trouble.roles"),
    (r"this passkey does not open the door|this has been answered, or took too long", "auth.passkey_failed"),
    (r"the passkey's answer does not hold|this account has no passkey", "auth.passkey_failed"),
    (r"this step needs your PIN, password or passkey once more", "auth.confirm_needed"),
    (r"this is not the PIN or password of this account", "auth.confirm_wrong"),
    (r"passkeys need a name, not a bare address", "trouble.passkey_name"),
    (r"(?P<n>\d+) passkeys are enough", "trouble.passkeys_enough"),
    (r"this passkey is known already", "trouble.passkey_known"),
    (r"scopes are one or more of .*", "trouble.scopes"),
    (r"only an administrator's token can have these scopes", "trouble.scopes_admin"),
    (r"a token lasts 1 to (?P<n>\d+) days", "trouble.token_days"),
    # Films on their way.
    (r"this is no film or photo", "trouble.no_film"),
    (r"a photo shows no movement", "told.no_photo"),
    (r"this is in the future", "trouble.future"),
    (r"this film is too large|more bytes than were announced", "film.js_upload_large"),
    (r"too many films of this person are on their way", "trouble.films_under_way"),
    (r"there is no room for more films of this person", "trouble.no_room"),
    (
        r"the disk has no room for this film|nothing can be written: the disk is full or read-only",
        "shell.failed_full",
    ),
    (
        r"this is being begun already|this upload has just ended|somebody is sending to this upload",
        "trouble.busy",
    ),
    (r"something is being written to this file already|this key was used for another film", "trouble.busy"),
    (r"this film is whole|this file is finished|\d+ bytes are here", "trouble.film_whole"),
    (r"this upload was given up|the bytes came damaged", "trouble.send_again"),
    (
        r"this speaks tus .* only|the body must be .*|where the bytes belong is missing",
        "film.js_upload_failed",
    ),
    (r"too long for one checksum|this is no number of bytes|this is no checksum .*", "film.js_upload_failed"),
    (r"the film has no such part", "trouble.other"),
    # Photos, and models and galleries of faces.
    (r"this is no photo", "trouble.no_photo"),
    (r"this photo is too large", "shell.failed_large"),
    (r"the disk has no room for this photo", "shell.failed_full"),
    (r"there is no model of faces to compare a photo with", "trouble.no_face_model"),
    (r"this is no form with a file", "trouble.form"),
    (r"what a photo of one's own face looks like is not told here: .*", "trouble.own_photo"),
    (r"too many photos of this person are waiting", "trouble.photos_waiting"),
    (r"no (?:file|photo) was chosen", "trouble.file_missing"),
    (r"this gallery is empty", "trouble.gallery_empty"),
    (r"this is a (?:model|gallery), not a (?:model|gallery)", "trouble.other_faces"),
    (r"(?:model|gallery)\.json is not among these files", "trouble.faces_incomplete"),
    (r"the (?:model|gallery)('s part .*| lacks a part|'s card .*|'s numbers .*)", "trouble.faces_incomplete"),
    (r"the gallery's network .*", "trouble.faces_incomplete"),
    (r"the model (?:is damaged|was changed: .*)|the model's parts do not .*", "trouble.faces_incomplete"),
    (r"this is no (?:model for facial diagnosis|gallery's card)", "trouble.not_of_faces"),
    (r"this model has format .*|a gallery of version .*", "trouble.faces_later"),
    (r"the installed SFace is not the network that .*", "trouble.faces_network"),
    (r"the gallery was made with other networks or views, .*", "trouble.faces_network"),
    (r"too many classes, or names that are too long", "trouble.classes"),
    (r"a class has a name that cannot be shown", "trouble.control"),
    (r".* is of a kind that can run a program when it is opened", "trouble.unsafe_file"),
    (r"this ZIP cannot be read", "trouble.zip"),
    (r"too many files are in this ZIP|this ZIP holds too much|.* is in this ZIP twice", "trouble.zip_large"),
    (r"this network keeps numbers in other files", "trouble.network_parts"),
    (r"these files are no .* of faces|reading these files broke off: .*", "trouble.not_of_faces"),
    # Back checks and models.
    (r"this is no movement of this check", "trouble.no_movement"),
    (r"films of this check are still to be read", "trouble.check_reading"),
    (r"there is nothing to judge from yet", "trouble.nothing_to_judge"),
    (r"this was answered meanwhile|this is not the question that is open now", "trouble.answered"),
    (r"there is no answer to take back", "trouble.answered"),
    (r"nothing was chosen", "back.chosen_wrong"),
    (r"this is no age in years", "trouble.age"),
    (r"this diary is full", "trouble.diary_full"),
    (r"this check is closed", "trouble.check_closed"),
    (r"nothing has been concluded yet", "trouble.not_concluded"),
    (r"there is no verdict .*|say whether the cause is right", "trouble.verdict"),
    (r"the note is too long", "trouble.note_long"),
    (r"another cause instead goes with the verdict wrong|it cannot be itself instead", "trouble.instead"),
    (r"there is no cause .*", "trouble.instead"),
    (r"there is no film of the face to learn from", "trouble.no_session"),
    (r"no alarm comes from this film", "trouble.no_alarm"),
    (r"a dry weight is set by a clinician", "trouble.dry_by_clinic"),
    (r"the clinic wrote this weight down", "trouble.weight_by_clinic"),
    (r"this is not her number, or her name where she has none", "clinic.erase_wrong"),
    (r"this release of FHIR is not written|FHIR .*: .*", "trouble.fhir"),
    # The record, its key and its backups.
    (r"a passphrase needs (?P<n>\d+) characters or more", "trouble.passphrase_short"),
    (r"the passphrase is wrong", "trouble.passphrase_wrong"),
    (r"this record's key is given from outside", "admin.key_outside"),
    (r"the master key was changed while this ran", "trouble.key_changed"),
    (r"this backup is damaged: .*", "trouble.backup_damaged"),
    (r"there is no such backup", "trouble.backup_missing"),
    (r"this backup is of a later version of mitate", "trouble.backup_later"),
    (r"the database is damaged", "trouble.database_damaged"),
    (r"the database does not answer", "trouble.database_silent"),
)
_GENERAL = {
    "ConflictError": "trouble.other_now",
    "BusyError": "trouble.busy",
    "DeniedError": "shell.failed_denied",
    "MissingError": "shell.failed_missing",
    "FullError": "shell.failed_full",
    "RecordError": "trouble.other_record",
    "RefusalError": "told.no_other",
    "TooLargeError": "shell.failed_large",
    "Bug": "shell.failed_bug",
    "RequestValidationError": "trouble.form",
}
"""What is said, in Japanese, of an error that nothing more is known of, by its kind."""


def in_words(say: Say, what: str, todo: str | None = None, kind: str = "") -> Markup:
    """An error as a sentence or two in the reader's language.

    Args:
        say: words of the reader's language.
        what: is wrong, as the error says it.
        todo: about it, as the error says it.
        kind: of error, the name of its class.

    Returns:
        HTML; of what is only known in English, Japanese readers are told a general sentence.
    """
    for pattern, key in KNOWN:
        found = _match(pattern, what)
        if found is not None:
            return escape(say(key, **found))
    if say.language != "en" or kind in ("Bug", "RequestValidationError"):
        return escape(say(_GENERAL.get(kind, "trouble.other")))
    english = ". ".join(f"{text[:1].upper()}{text[1:]}" for text in (what, todo) if text)
    return escape(english if english.endswith((".", "?")) else f"{english}.")


def _match(pattern: str, what: str) -> dict[str, str] | None:
    found = re.fullmatch(pattern, what, flags=re.DOTALL)
    if found is None:
        return None
    return {name.rstrip("2"): text for name, text in found.groupdict().items() if text is not None}
