//! The program that a client uses, in a few words, for whoever looks where he is signed in.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use arrayvec::ArrayString;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;

/// The most bytes of it.
const LONGEST: usize = 40;

/// Programs of people by what they call themselves; the first that is found counts, as most of them
/// claim to be those below them too.
const PROGRAMS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// What they run on, likewise.
const SYSTEMS: &[(&str, &str)] = &[
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// A program: `Firefox on Linux`, or `curl/8.5.0`. No more of it is kept than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Agent(ArrayString<LONGEST>);

impl Agent {
    /// Reads what a client says of itself in `User-Agent`; nothing if it says nothing.
    pub fn of(said: &str) -> Option<Self> {
        let find = |words: &[(&str, &'static str)]| {
            words.iter().find(|(word, _)| said.contains(word)).map(|(_, name)| *name)
        };
        let browser = find(PROGRAMS).filter(|_| said.starts_with("Mozilla/"));
        let words = match (browser, find(SYSTEMS)) {
            (Some(program), Some(system)) => format!("{program} on {system}"),
            (Some(program), None) => program.to_string(),
            (None, _) => said.split_whitespace().next()?.to_string(),
        };
        Some(Self::cut(&words)).filter(|agent| !agent.0.is_empty())
    }

    /// As much as there is room for, of what can be shown.
    fn cut(words: &str) -> Self {
        let mut kept = ArrayString::new();
        for letter in words.chars().filter(|letter| matches!(letter, ' '..='~')) {
            if kept.try_push(letter).is_err() {
                break;
            }
        }
        Self(kept)
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Agent {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::cut(text))
    }
}

crate::text_column!(Agent);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_program_is_told_in_a_few_words() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
                       Gecko) Chrome/126.0.0.0 Safari/537.36";
        let edge = format!("{windows} Edg/126.0.0.0");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 \
                     (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
        for (said, told) in [
            (windows, Some("Chrome on Windows")),
            (edge.as_str(), Some("Edge on Windows")),
            (phone, Some("Safari on iOS")),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
                Some("Firefox on Linux"),
            ),
            ("curl/8.5.0", Some("curl/8.5.0")),
            ("python-requests/2.32.3 (Linux)", Some("python-requests/2.32.3")),
            ("Mozilla/5.0", Some("Mozilla/5.0")),
            ("", None),
            ("  ", None),
            ("\u{7f}\u{80}", None),
        ] {
            assert_eq!(Agent::of(said).map(|agent| agent.to_string()).as_deref(), told, "{said}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_client_says_it_is_short_and_plain_and_reads_back(said: String) {
            if let Some(agent) = Agent::of(&said) {
                let text = agent.to_string();
                prop_assert!(!text.is_empty() && text.len() <= LONGEST);
                prop_assert!(text.chars().all(|letter| !letter.is_control()));
                prop_assert_eq!(text.parse::<Agent>(), Ok(agent));
            }
        }
    }
}
