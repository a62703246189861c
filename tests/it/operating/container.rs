//! The image: one program, run by nobody in particular, that says whether it is well.

use std::process::Command;

use crate::cast::process::PROGRAM;
use crate::docs;

#[test]
fn the_image_holds_the_program_alone_and_runs_it_without_rights() {
    let dockerfile = docs::read("Dockerfile");
    let instructions: Vec<(&str, &str)> = dockerfile
        .lines()
        .filter(|line| !line.starts_with([' ', '#']))
        .filter_map(|line| line.split_once(' '))
        .collect();
    let all = |name: &str| {
        let found = instructions.iter().filter(|(instruction, _)| *instruction == name);
        found.map(|(_, rest)| *rest).collect::<Vec<_>>()
    };
    let [build, run] = all("FROM")[..] else { panic!("an image has two stages") };
    assert!(build.starts_with("rust:") && build.ends_with(" AS build"), "{build}");
    assert!(!run.contains("rust"), "{run} needs no compiler");
    let last = instructions.iter().rposition(|(instruction, _)| *instruction == "FROM");
    let of_run = &instructions[last.expect("a stage")..];
    let copied: Vec<_> = of_run.iter().filter(|(instruction, _)| *instruction == "COPY").collect();
    assert_eq!(copied.len(), 1, "the program and nothing else: {copied:?}");
    assert!(copied[0].1.starts_with("--from=build ") && copied[0].1.ends_with("/bin/entente"));

    let [user] = all("USER")[..] else { panic!("somebody without rights runs it") };
    assert!(!["root", "0"].contains(&user), "it runs as {user}");
    let [health] = all("HEALTHCHECK")[..] else { panic!("it says whether it is well") };
    assert!(health.ends_with(r#"CMD ["entente", "healthcheck"]"#), "{health}");
    assert_eq!((all("ENTRYPOINT"), all("CMD")), (vec![r#"["entente"]"#], vec![r#"["serve"]"#]));
}

/// The compiler of the image is the one that the program says it needs.
#[test]
fn the_image_is_built_by_the_compiler_that_is_asked_for() {
    let cargo = docs::read("Cargo.toml");
    let version = cargo.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let version = version.expect("a version").trim_matches('"');
    assert!(docs::read("Dockerfile").contains(&format!("FROM rust:{version}-")));
    for document in ["README.md", "docs/operations.md"] {
        assert!(docs::read(document).contains(&format!("Rust {version}")), "{document}");
    }
}

/// What every system has that runs programs of its compiler.
const EVERYWHERE: &[&str] =
    &["linux-vdso", "ld-linux", "libc.", "libm.", "libgcc_s.", "libpthread.", "libdl.", "librt."];

#[test]
fn the_program_needs_no_library_that_has_to_be_installed() {
    let told = Command::new("ldd").arg(PROGRAM).output();
    let (true, Ok(told)) = (cfg!(all(feature = "bundled", target_os = "linux")), told) else {
        eprintln!("what the program needs cannot be told here, or is meant to be installed");
        return;
    };
    let told = String::from_utf8(told.stdout).expect("text");
    let names = told.lines().filter_map(|line| line.split_whitespace().next());
    let names: Vec<_> = names.filter_map(|name| name.rsplit('/').next()).collect();
    assert!(names.iter().any(|name| name.starts_with("libc.")), "{told}");
    let known = |name: &str| EVERYWHERE.iter().any(|one| name.starts_with(one));
    let strange: Vec<_> = names.iter().filter(|name| !known(name)).collect();
    assert!(strange.is_empty(), "it needs {strange:?}");
}
