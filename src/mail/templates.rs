//! What letters say. A letter has two files of its own, below a layout for all: `NAME.txt` with the
//! blocks `subject` and `body`, and `NAME.html` with the block `body`. In the second everything that
//! is put in is escaped.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;

use crate::error::{Error, Result};

/// The letters there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// `name`, `link`, `minutes`: where to choose another password.
    PasswordReset,
    /// `name`: somebody chose another password.
    PasswordChanged,
    /// `name`, `inviter`, `company`, `role`, `link`, `days`: somebody is asked to join a company.
    Invitation,
    /// `name`, `inviter`, `company`, `link`, `days`, `open`: a partnership is offered to whoever has an
    /// address; `open` says whether one can register here.
    PartnershipInvitation,
    /// `name`, `company`: somebody was removed from a company.
    MembershipEnded,
    /// `name`, `company`, `link`, `hours`: where to confirm a registration.
    Registration,
    /// `name`: somebody registered with an address that is a user's.
    RegistrationKnown,
    /// `name`, `link`, `hours`: where to confirm another address, to that one.
    EmailChange,
    /// `name`: somebody wants to sign in with an address that is another user's.
    EmailTaken,
    /// `name`, `address`: somebody wants another address, to the one so far.
    EmailChangeAsked,
    /// `name`, `address`: another address counts, to the one before.
    EmailChanged,
    /// `name`: signing in takes a code from now on.
    TwoFactorEnabled,
    /// `name`: it takes none any more.
    TwoFactorDisabled,
    /// `name`, `left`: somebody signed in with a recovery code.
    RecoveryCodeUsed,
    /// `name`, `company`, `by`: another company said what is for the tax office.
    TaxChanged,
    /// `name`, `company`, `hours` or none: somebody said that a company is paid elsewhere.
    PaymentChanged,
    /// `name`, `company`, `title`, `object`: something that concerns somebody has happened.
    Notification,
    /// `name`, `company`, `count`, `lines` of `title`, `object` and `at`, `more`: what somebody has not
    /// read.
    Digest,
}

/// A letter's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// Plain.
    pub text: String,
    /// As a page.
    pub html: String,
}

impl Template {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::PasswordReset,
        Self::PasswordChanged,
        Self::Invitation,
        Self::PartnershipInvitation,
        Self::MembershipEnded,
        Self::Registration,
        Self::RegistrationKnown,
        Self::EmailChange,
        Self::EmailTaken,
        Self::EmailChangeAsked,
        Self::EmailChanged,
        Self::TwoFactorEnabled,
        Self::TwoFactorDisabled,
        Self::RecoveryCodeUsed,
        Self::TaxChanged,
        Self::PaymentChanged,
        Self::Notification,
        Self::Digest,
    ];

    /// The names and contents of its two files.
    fn files(self) -> [(&'static str, &'static str); 2] {
        macro_rules! pair {
            ($name:literal) => {
                [
                    (concat!($name, ".txt"), include_str!(concat!("templates/", $name, ".txt"))),
                    (concat!($name, ".html"), include_str!(concat!("templates/", $name, ".html"))),
                ]
            };
        }
        match self {
            Self::PasswordReset => pair!("password_reset"),
            Self::PasswordChanged => pair!("password_changed"),
            Self::Invitation => pair!("invitation"),
            Self::PartnershipInvitation => pair!("partnership_invitation"),
            Self::MembershipEnded => pair!("membership_ended"),
            Self::Registration => pair!("registration"),
            Self::RegistrationKnown => pair!("registration_known"),
            Self::EmailChange => pair!("email_change"),
            Self::EmailTaken => pair!("email_taken"),
            Self::EmailChangeAsked => pair!("email_change_asked"),
            Self::EmailChanged => pair!("email_changed"),
            Self::TwoFactorEnabled => pair!("two_factor_enabled"),
            Self::TwoFactorDisabled => pair!("two_factor_disabled"),
            Self::RecoveryCodeUsed => pair!("recovery_code_used"),
            Self::TaxChanged => pair!("tax_changed"),
            Self::PaymentChanged => pair!("payment_changed"),
            Self::Notification => pair!("notification"),
            Self::Digest => pair!("digest"),
        }
    }
}

/// Puts values into a template. `unsubscribe`, if it is among them, is shown at the end of the letter.
///
/// A value that the template asks for and is not given is an error.
pub fn render(name: Template, values: &impl Serialize) -> Result<Rendered> {
    let failed = |cause: minijinja::Error| Error::internal(anyhow::anyhow!("{cause:#}"));
    let letters = LETTERS.as_ref().map_err(|cause| Error::internal(anyhow::anyhow!("{cause}")))?;
    let values = Value::from(Serde(values));
    let [(plain, _), (page, _)] = name.files();
    let plain = letters.get_template(plain).map_err(failed)?;
    let mut plain = plain.render_captured(values.clone()).map_err(failed)?;
    let subject = plain.with_state_mut(|state| state.render_block("subject")).map_err(failed)?;
    let html = letters.get_template(page).and_then(|page| page.render(values)).map_err(failed)?;
    Ok(Rendered { subject: one_line(&subject), text: plain.into_output(), html })
}

/// Whatever the names in it are: a subject never begins another header.
fn one_line(text: &str) -> String {
    let plain = text.replace(|letter: char| letter.is_control(), " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Read once, by whoever needs a letter first.
static LETTERS: LazyLock<Result<Environment<'static>, String>> =
    LazyLock::new(|| letters().map_err(|cause| format!("{cause:#}")));

fn letters() -> Result<Environment<'static>, minijinja::Error> {
    let mut letters = Environment::new();
    letters.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    letters.set_syntax(syntax.build()?);
    letters.add_template("layout.txt", include_str!("templates/layout.txt"))?;
    letters.add_template("layout.html", include_str!("templates/layout.html"))?;
    for (name, text) in Template::ALL.iter().flat_map(|template| template.files()) {
        letters.add_template(name, text)?;
    }
    Ok(letters)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Values for every letter, with a name in all places where names are.
    fn for_all(name: &str) -> serde_json::Value {
        let line = json!({ "title": format!("{name} offers"), "object": "pt_1", "at": "now" });
        json!({
            "name": name, "minutes": 60, "company": format!("{name} & Co"), "object": "pt_1",
            "title": format!("{name} proposes"), "count": 2, "lines": [line], "more": 1,
            "inviter": name, "by": name, "role": "member", "days": 7, "open": true,
            "hours": 24, "left": 9, "address": "new@acme.example",
        })
    }

    #[test]
    fn every_letter_has_a_subject_and_both_forms_and_asks_for_what_it_needs() {
        let mut values = for_all("Ada");
        values["link"] = json!("https://acme.example/a?t=1");
        for template in Template::ALL {
            let letter = render(*template, &values).unwrap();
            assert!(!letter.subject.is_empty(), "{letter:?}");
            assert!(letter.text.starts_with("Hello Ada,\n\n"), "{}", letter.text);
            assert!(!letter.text.contains("unsubscribe"), "{}", letter.text);
            assert!(letter.html.contains("<p>Hello Ada,</p>"), "{}", letter.html);
            assert!(!letter.text.contains(&letter.subject), "the subject is a header of its own");
            assert!(render(*template, &json!({})).is_err(), "{template:?}");
        }
    }

    #[test]
    fn nothing_that_is_put_in_becomes_markup_or_a_header() {
        let mut values = for_all("<b>Eve</b>\r\nBcc: x");
        values["link"] = json!("https://acme.example/a?t=1&u=\"><script>");
        values["unsubscribe"] = json!("https://acme.example/no?t=1&u=2");
        for template in Template::ALL {
            let letter = render(*template, &values).unwrap();
            assert!(!letter.html.contains("<b>") && !letter.html.contains("<script>"));
            assert!(!letter.subject.contains(['\r', '\n']), "{}", letter.subject);
            assert!(letter.text.contains("https://acme.example/no?t=1&u=2"), "{}", letter.text);
            assert!(letter.html.contains("unsubscribe"), "{}", letter.html);
        }
        assert_eq!(one_line("a\r\nBcc: b\u{7f}\tc "), "a Bcc: b c");
    }
}
