//! `entente openapi`, and a first start without any setting.

use super::{ended, entente, folder, until};
use crate::cast::process::Process;
use crate::docs;

#[test]
fn the_document_is_printed_and_compared() {
    let home = folder();
    let (code, document, said) = ended(&mut entente(home.path(), &["openapi"]));
    assert_eq!((code, said.as_str()), (0, ""));
    assert_eq!(document, docs::read("openapi/entente.json"));

    let place = |name: &str| home.path().join(name);
    let check = |file: &str| ended(&mut entente(home.path(), &["openapi", "--check", file]));
    std::fs::write(place("same.json"), &document).expect("a file");
    let (code, told, _) = check("same.json");
    assert_eq!((code, told.as_str()), (0, "same.json is the document of this build\n"));

    let differing = document.replacen("\"info\": {", "\"info\":  {", 1);
    let line = 1 + document.lines().zip(differing.lines()).take_while(|(a, b)| a == b).count();
    std::fs::write(place("other.json"), differing).expect("a file");
    let (code, told, said) = check("other.json");
    assert_eq!((code, told.as_str()), (1, ""));
    let expected = format!("other.json differs from this build from line {line} on; ");
    assert!(said.starts_with(&expected), "{said}");
    let (code, _, said) = check("none.json");
    assert_eq!(code, 1);
    assert!(said.starts_with("entente: none.json: "), "{said}");
}

/// A file that ends too early differs, too; where it ends is the line to look at.
#[test]
fn a_document_that_was_cut_off_is_another_one() {
    let home = folder();
    let document = docs::read("openapi/entente.json");
    let kept: Vec<&str> = document.lines().take(10).collect();
    std::fs::create_dir(home.path().join("openapi")).expect("a folder");
    std::fs::write(home.path().join("openapi/entente.json"), kept.join("\n")).expect("a file");
    // Without a name it is the file where the repository keeps it.
    let (code, _, said) = ended(&mut entente(home.path(), &["openapi", "--check"]));
    assert_eq!(code, 1);
    let expected = "openapi/entente.json differs from this build from line 11 on; ";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn a_first_start_without_settings_keeps_everything_in_the_current_folder() {
    let home = folder();
    // Only the port is another one, which somebody on this machine may have.
    let process = Process::start(entente(home.path(), &["serve"]).env("LISTEN", "127.0.0.1:0"));
    until("it answers", || process.caller(None).get("/readyz", 200)["status"] == "ok");
    assert!(process.terminate().success());
    let mut made: Vec<_> = std::fs::read_dir(home.path())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    made.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
    made.sort_unstable();
    assert_eq!(made, ["data", "entente.db"]);
}
