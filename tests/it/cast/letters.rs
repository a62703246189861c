//! Letters as they arrive.

use std::path::Path;
use std::time::{Duration, Instant};

/// How long anybody waits for a letter.
const PATIENCE: Duration = Duration::from_secs(120);

/// A letter, as it was handed on.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// All of it, lines ending as they do on paper.
    pub text: String,
}

impl Arrived {
    /// Reads what came over the line.
    pub fn new(text: &str) -> Self {
        Self { text: text.replace("\r\n", "\n") }
    }

    /// A header's value, unfolded; empty if there is none.
    pub fn header(&self, name: &str) -> String {
        let head = self.text.split("\n\n").next().unwrap().replace("\n ", " ");
        let begins = format!("{}: ", name.to_lowercase());
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&begins));
        line.map(|line| line[begins.len()..].to_string()).unwrap_or_default()
    }

    /// What comes behind a word, up to the next white space.
    pub fn behind(&self, word: &str) -> &str {
        let (_, rest) = self.text.split_once(word).unwrap_or_else(|| panic!("{}", self.text));
        rest.split(char::is_whitespace).next().unwrap()
    }

    /// The token of a letter, whatever it is for.
    pub fn any_token(&self) -> &str {
        self.behind("?token=")
    }

    /// The token of a letter with which a password is chosen anew.
    pub fn token(&self) -> &str {
        self.behind("/password-reset?token=")
    }
}

/// The letters that are in a folder.
pub fn letters_in(folder: &Path, ending: &str) -> Vec<Arrived> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("a file").path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|one| one == ending)).collect();
    paths.sort();
    paths.iter().map(|path| Arrived::new(&std::fs::read_to_string(path).unwrap())).collect()
}

/// Waits until something is so; gives what `look` found by then.
pub fn until<T: std::fmt::Debug>(look: impl Fn() -> T, enough: impl Fn(&T) -> bool) -> T {
    let began = Instant::now();
    loop {
        let seen = look();
        if enough(&seen) {
            return seen;
        }
        assert!(began.elapsed() < PATIENCE, "this is all there is: {seen:#?}");
        std::thread::yield_now();
    }
}

/// Waits for so many letters about passwords in a folder of letters: what else happens is told by
/// letters, too.
pub fn letters(folder: &Path, many: usize) -> Vec<Arrived> {
    let about_passwords = |letter: &Arrived| letter.header("Subject").contains("password");
    so_many(many, || letters_in(folder, "eml").into_iter().filter(about_passwords).collect())
}

/// Waits for so many letters of any kind in a folder of letters.
pub fn all_letters(folder: &Path, many: usize) -> Vec<Arrived> {
    so_many(many, || letters_in(folder, "eml"))
}

/// Waits for so many letters with a subject in a folder of letters.
pub fn letters_about(folder: &Path, subject: &str, many: usize) -> Vec<Arrived> {
    let meant = |letter: &Arrived| letter.header("Subject") == subject;
    so_many(many, || letters_in(folder, "eml").into_iter().filter(meant).collect())
}

fn so_many(many: usize, look: impl Fn() -> Vec<Arrived>) -> Vec<Arrived> {
    let found = until(look, |found| found.len() >= many);
    assert_eq!(found.len(), many, "{found:#?}");
    found
}
