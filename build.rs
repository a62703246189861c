//! Builds again when a migration is added: the migrations are inside the binary. And writes down which
//! verb each operation asks for, so that the document can tell: it stands in the handler's signature,
//! and is said nowhere else.

use std::io::{Error, Result};
use std::path::{Path, PathBuf};

/// The attributes that make a function a door.
const METHODS: [&str; 5] = ["#[get(", "#[post(", "#[put(", "#[patch(", "#[delete("];
/// What gives access to a handler, and to which verb.
const GUARDS: [&str; 4] = ["Signed<", "Guarded<", "Watched<", "Staying<"];

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=src");
    let mut files = Vec::new();
    gather(Path::new("src"), &mut files)?;
    let mut rows = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file)?;
        rows.extend(doors(&text).map(|(door, verb)| format!("    (\"{door}\", \"{verb}\"),\n")));
    }
    rows.sort();
    let table = format!("[\n{}]\n", rows.concat());
    let out = std::env::var("OUT_DIR").map_err(Error::other)?;
    std::fs::write(Path::new(&out).join("verbs_of_operations.rs"), format!("&{table}"))
}

fn gather(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, found)?;
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The doors of a file, each with its verb.
fn doors(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let attributes = METHODS.iter().flat_map(|method| text.match_indices(method));
    attributes.filter_map(|(at, _)| {
        let (_, function) = text.get(at..)?.split_once("async fn ")?;
        let (name, rest) = function.split_once('(')?;
        let (arguments, _) = rest.split_once("->")?;
        let guard = GUARDS.iter().find_map(|guard| arguments.split_once(guard))?.1;
        let verb = inside(guard)?.rsplit([',', ':']).next()?.trim();
        Some((name, renamed(text, verb)))
    })
}

/// What stands before the bracket that closes the one before it.
fn inside(text: &str) -> Option<&str> {
    let mut open = 0_usize;
    let end = text.find(|letter| match letter {
        '<' => {
            open += 1;
            false
        }
        '>' if open > 0 => {
            open -= 1;
            false
        }
        it => it == '>',
    })?;
    text.get(..end)
}

/// What a file has imported under another name, by its own.
fn renamed<'a>(text: &'a str, name: &'a str) -> &'a str {
    let before =
        [",", "}", ";"].iter().find_map(|end| text.split_once(&format!(" as {name}{end}")));
    let own = before.and_then(|(before, _)| {
        before.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next()
    });
    own.unwrap_or(name)
}
