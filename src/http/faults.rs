//! The codes of faults: what may be wrong with a field, a parameter or a file, each with what it
//! means. A problem lists its faults under `errors`; the pages and the guides list these.

use crate::reversals::model::FileCode;

/// What may be wrong with a field, a parameter or a header.
pub const FAULTS: &[(&str, &str)] = &[
    ("missing_field", "something that is required is missing"),
    ("unknown_field", "there is no such field"),
    ("duplicate_field", "a field that is given twice"),
    ("wrong_type", "a JSON value of another type"),
    ("unknown_value", "none of the words that are accepted"),
    ("bad_format", "a text of another form than the one asked for"),
    ("bad_characters", "a text with characters it may not have"),
    ("too_short", "a text shorter than it may be"),
    ("too_long", "a text longer than it may be"),
    ("too_few", "a list with fewer entries than it needs"),
    ("too_many", "a list with more entries than it may have"),
    ("bad_number", "not a plain decimal number"),
    ("bad_check_digit", "a number whose check digit says that there is a slip in it"),
    ("too_precise", "more decimals than there may be; for money, than the currency has"),
    ("out_of_range", "a number, an amount or a moment outside of its range"),
    ("duplicate", "the same thing is named twice"),
    ("one_of_fields", "of some fields one is to be given, and only one"),
    ("conflicting_fields", "two fields that contradict each other"),
    ("not_allowed", "a field that does not go with another that is given"),
    ("invalid", "it does not fit in a way that has no code of its own"),
    ("unknown_parameter", "there is no such query parameter"),
    ("duplicate_parameter", "a query parameter is given twice; several values are a comma list"),
    ("bad_cursor", "no cursor of this list"),
    ("email_taken", "somebody registered with this address"),
    ("reset_token_invalid", "a token of a letter that does not count, or counts no longer"),
    (
        "invitation_token_invalid",
        "a token of an invitation that does not count, or counts no longer",
    ),
    ("email_token_invalid", "likewise, for a letter that confirms an address"),
    ("registration_token_invalid", "likewise, for a letter that confirms a registration"),
    ("partnership_token_invalid", "likewise, for a letter that offers a partnership"),
    ("password_wrong", "not the person's password"),
    ("code_wrong", "a code of an app, or a recovery code, that does not count or was used before"),
    ("own_company", "the company itself, where another one is meant"),
    ("unknown_company", "there is no such company, or it takes no part"),
    (
        "unknown_person",
        "nobody who could be meant has this id: unknown, another company's, or no longer there",
    ),
    ("already_contact", "a person who is a contact of this partnership already, or offered as one"),
    ("bad_level", "a level that this grant does not have"),
    ("already_granted", "a grant that there is already, as far as that"),
    ("not_granted", "a grant that there is not"),
    ("unknown_operation", "the change has no such operation"),
    ("unknown_user", "your company has no such member"),
    ("unknown_partnership", "your company has no such partnership"),
    ("unknown_partner", "no partner of your company"),
    ("unknown_program", "your company has no such program"),
    ("unknown_action", "no such action is credited to your company"),
    ("unknown_event_type", "there is no such event type, or none that is yours"),
    ("unknown_code", "no coupon code that was a partner's in this program at that moment"),
    ("reserved_word", "what shops send where no code was used"),
    ("unknown_dry_run", "your company has no such reprocessing"),
    ("no_contract", "no contract pays for this, or none was in force at that moment"),
    ("currency_mismatch", "another currency than the one that is counted in"),
    ("unknown_reason", "not a reason"),
    ("reason_not_allowed", "this reason does not go with this operation"),
    ("unknown_notification", "you have no such notification"),
    ("essential", "a notification that cannot be switched off in the app"),
    ("bad_link", "no link of this server, not the whole of it, or one that is too old"),
    (
        "unknown_attachment",
        "no file that whoever asks uploaded and that belongs to nothing else, or to this note",
    ),
    ("file_type_not_allowed", "a file that by its bytes or its name is none of what is taken"),
    ("file_type_mismatch", "a file that is something else than its name or its type says"),
    ("empty_batch", "a batch without lines"),
    ("target_refused", "nothing on the public internet is reached by this name"),
    ("too_many_actions", "a filter that means more actions than may be changed at once"),
];

/// Every code that a fault may have, with what it means: those of fields, then those of files.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let files = FileCode::ALL.iter().map(|code| (code.as_str(), code.description()));
    FAULTS.iter().copied().chain(files)
}
