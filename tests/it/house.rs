//! The house's ledger: who may import whom, in which order features depend on each other, and how
//! large a file may grow. It reads the sources; `ARCHITECTURE.md` says why.

use std::path::{Path, PathBuf};

/// One source file, without comments and without its unit tests.
struct Source {
    /// Relative to `src`: `actions/rules.rs`.
    path: String,
    text: String,
    code: String,
}

/// Folders of `src` that are floors of the house and not features.
const FLOORS: &[&str] = &["kernel", "db", "access", "http", "jobs"];

/// What of a feature everybody may import, whatever the order.
const FOR_EVERYBODY: &[&str] = &["events::model"];

/// Who may mention `crate::db::MultiBackend` from the ground floor: column types are made of it.
const COLUMNS: &[&str] =
    &["kernel/document.rs", "kernel/id.rs", "kernel/money.rs", "kernel/time.rs", "kernel/words.rs"];

/// Words a kind of file never contains, and why.
const NEVER: &[(&str, &[&str], &str)] = &[
    (
        "rules.rs",
        &["diesel", "actix_web", "Clock", "::now(", "rand::", "Id::new(", "Id::at("],
        "rules are pure: rows, time and ids come in as arguments",
    ),
    ("policy.rs", &["diesel", "actix_web", "::store"], "a policy is a pure match"),
    ("store.rs", &["actix_web", "utoipa"], "a store knows nothing of HTTP"),
    ("routes.rs", &["diesel", "Pool", "schema::"], "rows come through the guard"),
    ("wire.rs", &["diesel", "Pool", "schema::"], "the wire is not the table"),
    ("kernel/", &["actix_web", "diesel::prelude", "sql_query"], "the kernel does no I/O"),
    ("formats/", &["diesel", "actix_web", "utoipa"], "a format turns bytes into lines"),
    ("error.rs", &["actix_web", "sql_query"], "no HTTP and no SQL in an error"),
    ("db/", &["actix_web", "utoipa"], "the database knows nothing of HTTP"),
];

/// The most lines a file may have.
const LONGEST: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    gather(&root(), &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(root()).unwrap().to_str().unwrap().to_string();
        Source { path, code: code(&text), text }
    };
    found.into_iter().map(read).collect()
}

fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Unit tests that outgrew their file ship nothing.
        if ["tests", "tests.rs"].iter().any(|name| path.ends_with(name)) {
            continue;
        }
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

/// The code that ships: up to the unit tests, which come last, and without comments.
fn code(text: &str) -> String {
    let shipped = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = shipped.lines().filter(|line| !line.trim_start().starts_with("//"));
    let uncommented = lines.map(|line| line.split(" // ").next().unwrap());
    uncommented.collect::<Vec<_>>().join("\n")
}

/// Every path of this crate a file names, with `use` trees spelt out; macros do not count.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let inside_macro = code[..at].ends_with('$');
        let part_of_a_word = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if !inside_macro && !part_of_a_word {
            spell_out(&code[at + "crate::".len()..], "", &mut found);
        }
    }
    found.retain(|path| !path.ends_with('!'));
    found
}

/// Reads one tree (`a::{b, c::d}`) and gives what is left behind it.
fn spell_out<'a>(tree: &'a str, before: &str, found: &mut Vec<String>) -> &'a str {
    let tree = tree.trim_start();
    if let Some(mut rest) = tree.strip_prefix('{') {
        loop {
            rest = spell_out(rest, before, found).trim_start();
            match rest.strip_prefix(',') {
                Some(more) if !more.trim_start().starts_with('}') => rest = more,
                Some(more) => return &more.trim_start()[1..],
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
        }
    }
    let end = tree.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(tree.len());
    let (name, rest) = tree.split_at(end);
    let path = if before.is_empty() { name.to_string() } else { format!("{before}::{name}") };
    match rest.strip_prefix("::") {
        Some(deeper) if !deeper.starts_with('<') => spell_out(deeper, &path, found),
        _ if rest.starts_with('!') => {
            found.push(format!("{path}!"));
            rest
        }
        _ => {
            found.push(path);
            let renamed = rest.trim_start().strip_prefix("as ").unwrap_or(rest);
            renamed.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
        }
    }
}

/// The features, in the order of `lib.rs`.
fn features() -> Vec<String> {
    let lib = std::fs::read_to_string(root().join("lib.rs")).unwrap();
    lib.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .filter(|name| !FLOORS.contains(name) && root().join(name).is_dir())
        .map(str::to_string)
        .collect()
}

/// The feature a file or an imported path belongs to, by its place in the order.
fn feature_of(place: &str, features: &[String]) -> Option<usize> {
    let first = place.split(['/', ':']).next()?;
    features.iter().position(|feature| feature == first)
}

/// The floor a file stands on.
fn floor_of_file(path: &str) -> u8 {
    let name = path.rsplit('/').next().unwrap_or(path);
    match path.split('/').next().unwrap_or(path) {
        "kernel" | "error.rs" => 0,
        "db" => 2,
        "access" => 3,
        "http" => 4,
        _ if path.contains("/formats/") => 1,
        _ => match name {
            "model.rs" | "rules.rs" => 1,
            "store.rs" => 2,
            "policy.rs" => 3,
            "wire.rs" | "routes.rs" => 4,
            _ => 5,
        },
    }
}

/// The floor of what a path of this crate names.
fn floor_of_import(path: &str) -> u8 {
    let mut parts = path.split("::");
    match (parts.next().unwrap_or_default(), parts.next().unwrap_or_default()) {
        ("kernel" | "error", _) => 0,
        ("db", "schema" | "MultiBackend") => 1,
        ("db", _) => 2,
        ("access", _) => 3,
        ("http", _) => 4,
        ("app", _) => 5,
        ("jobs", "queue" | "store" | "model") => 2,
        ("jobs", _) => 5,
        (_, "store") => 2,
        (_, "policy") => 3,
        (_, "wire" | "routes") => 4,
        (_, "jobs" | "channels") => 5,
        _ => 1,
    }
}

/// Fails with everything that was found, one line each.
fn none(rule: &str, offences: Vec<String>) {
    assert!(offences.is_empty(), "{rule}\n  {}", offences.join("\n  "));
}

#[test]
fn nobody_imports_from_a_floor_above() {
    let mut offences = Vec::new();
    for source in sources() {
        for import in imports(&source.code) {
            let column = import == "db::MultiBackend" && COLUMNS.contains(&source.path.as_str());
            if !column && floor_of_import(&import) > floor_of_file(&source.path) {
                offences.push(format!("{} names crate::{import}", source.path));
            }
        }
    }
    none("a file imports from its own floor and below", offences);
}

#[test]
fn a_feature_imports_only_earlier_ones() {
    let features = features();
    assert!(features.len() >= 6, "the features of lib.rs: {features:?}");
    let mut offences = Vec::new();
    for source in sources() {
        let Some(own) = feature_of(&source.path, &features) else { continue };
        for import in imports(&source.code) {
            let common = FOR_EVERYBODY.iter().any(|common| import.starts_with(common));
            if !common && feature_of(&import, &features).is_some_and(|other| other > own) {
                offences.push(format!("{} names crate::{import}", source.path));
            }
        }
    }
    none("the order of lib.rs is the order of dependence", offences);
}

#[test]
fn every_folder_is_a_floor_or_a_feature_of_the_list() {
    let features = features();
    let mut offences = Vec::new();
    for entry in std::fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        let known = FLOORS.contains(&name.as_str()) || features.contains(&name);
        if path.is_dir() && !known && path.join("mod.rs").is_file() {
            offences.push(name);
        }
    }
    none("lib.rs lists every folder as `pub mod`", offences);
}

#[test]
fn each_kind_of_file_keeps_to_its_question() {
    let mut offences = Vec::new();
    for source in sources() {
        for (kind, words, why) in NEVER {
            let folder = kind.ends_with('/');
            let name = source.path.rsplit('/').next().unwrap();
            let meant = if folder {
                format!("/{}", source.path).contains(&format!("/{kind}"))
            } else {
                name == *kind
            };
            let found = words.iter().filter(|word| meant && source.code.contains(**word));
            offences.extend(found.map(|word| format!("{} says `{word}`: {why}", source.path)));
        }
    }
    none("words that do not belong", offences);
}

#[test]
fn no_file_outgrows_the_house() {
    let long = sources().into_iter().filter(|source| source.path != "db/schema.rs");
    let long = long.map(|source| (source.text.lines().count(), source.path));
    let long = long.filter(|(lines, _)| *lines > LONGEST);
    none("a file has at most 500 lines", long.map(|(n, path)| format!("{path}: {n}")).collect());
}

#[test]
fn nothing_that_ships_panics_on_purpose_or_is_unfinished() {
    let words = [".unwrap()", ".expect(", "todo!(", "unimplemented!(", "dbg!(", "panic!("];
    let mut offences = Vec::new();
    for source in sources() {
        let found = words.iter().filter(|word| source.code.contains(**word));
        offences.extend(found.map(|word| format!("{} says `{word}`", source.path)));
    }
    none("errors are values here", offences);
}

#[test]
fn every_file_says_what_it_is_for() {
    let lib = std::fs::read_to_string(root().join("lib.rs")).unwrap();
    let lines: Vec<_> = lib.lines().collect();
    let told_in_lib = |path: &str| {
        let line = path.strip_suffix("/mod.rs").map(|name| format!("pub mod {name};"));
        lines.windows(2).any(|two| two[0].starts_with("///") && Some(two[1]) == line.as_deref())
    };
    let silent = sources().into_iter().filter(|source| !source.text.starts_with("//!"));
    let silent = silent.map(|source| source.path).filter(|path| !told_in_lib(path));
    none("a file begins with `//!`", silent.collect());
}

/// The rows of what happened are only ever added.
const ONLY_ADDED_TO: &[&str] = &["events", "action_updates"];

/// Where the beginning of the feed is forgotten in time; the ledgers are kept for ever.
const FORGETS: (&str, &str) = ("events", "db/dialect/walk.rs");

/// What a statement that updates or deletes is about: the text in its parentheses, and what the name
/// in there was given before, if it is one.
fn targets(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for call in ["update(", "delete("] {
        for (at, _) in code.match_indices(&format!("diesel::{call}")) {
            let argument = &code[at + "diesel::".len() + call.len()..];
            let argument = argument.split(')').next().unwrap().trim();
            let given = format!("let {argument} =");
            let before = code[..at].rfind(&given).map(|start| &code[start..at]);
            let before = before.and_then(|text| text.split(';').next()).unwrap_or_default();
            found.push(format!("{argument} {before}"));
        }
    }
    found
}

#[test]
fn what_happened_is_only_added_to() {
    let mut offences = Vec::new();
    for source in sources() {
        let words = source.code.split_whitespace().collect::<Vec<_>>().join(" ");
        for table in ONLY_ADDED_TO {
            if (*table, source.path.as_str()) == FORGETS {
                continue;
            }
            let about = |target: &String| {
                let mut names = target.split(|c: char| !c.is_alphanumeric() && c != '_');
                names.any(|name| name == *table)
            };
            offences.extend(
                targets(&source.code)
                    .iter()
                    .filter(|target| about(target))
                    .map(|target| format!("{} changes {target}", source.path)),
            );
            let said = words.to_lowercase();
            for sql in ["update ", "delete from ", "truncate "] {
                if said.contains(&format!("{sql}{table} "))
                    || said.contains(&format!("{sql}{table}\""))
                {
                    offences.push(format!("{} says {sql}{table}", source.path));
                }
            }
        }
    }
    none("the ledgers and the feed are only added to", offences);
    let code = "let old = events::table.filter(x);\ndiesel::delete(old).execute(db)";
    assert!(targets(code)[0].contains("events::table"), "the reader lost its way");
}

#[test]
fn every_code_of_a_refusal_is_said_in_one_place() {
    let mut places: Vec<(String, String)> = Vec::new();
    for source in sources() {
        // The macro itself is no list of codes.
        for list in source.code.split("refusal_codes!(").skip(1) {
            let list = list.split("});").next().unwrap();
            let codes = list.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next());
            places.extend(codes.map(|code| (code.to_string(), source.path.clone())));
        }
        let single = source.code.split("::refused(\"").skip(1);
        let codes = single.filter_map(|rest| rest.split('"').next());
        places.extend(codes.map(|code| (code.to_string(), source.path.clone())));
    }
    assert!(places.len() > 20, "the reader lost its way: {places:?}");
    places.sort();
    let twice = places.windows(2).filter(|two| two[0].0 == two[1].0);
    none("two refusals have the same code", twice.map(|two| format!("{two:?}")).collect());
}

#[test]
fn the_reader_of_sources_reads_trees_and_skips_tests() {
    let text = "use crate::a::{self, b::{C, D}, e as f};\n// crate::no\ncrate::words! {}\n\
                fn g(x: crate::h::I<u8>) {}\n\n#[cfg(test)]\nmod tests { use crate::z; }";
    let expected = ["a::self", "a::b::C", "a::b::D", "a::e", "h::I"];
    assert_eq!(imports(&code(text)), expected);
}
