//! A setting that does not fit names itself and what it takes; what may be a secret is not repeated.

use clap::CommandFactory;
use entente::command::Cli;

use super::{ended, entente, folder};

/// Settings that take any text.
const TEXTS: &[&str] = &[
    "DATA_DIR",
    "DEMO_DIR",
    "SMTP_CA_FILE",
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
];
/// How a setting says what it takes.
const TAKES: &[&str] = &[
    "a whole number from ",
    "an IP address and a port, such as ",
    "a URL that begins with ",
    "an address, such as ",
    "a database URL begins with ",
    "64 hexadecimal digits",
    "s3:// with a bucket and maybe a prefix, such as ",
    "[possible values: ",
    "accepted: ",
    "addresses and networks with commas between them, such as ",
];

#[test]
fn every_setting_that_does_not_fit_names_itself_and_what_it_takes() {
    let cli = Cli::command();
    let everywhere: Vec<_> = cli.get_arguments().filter(|one| one.get_env().is_some()).collect();
    let (home, mut looked) = (folder(), 0);
    for command in cli.get_subcommands() {
        let own = command.get_arguments().filter(|argument| argument.get_env().is_some());
        for argument in own.chain(everywhere.iter().copied()) {
            let variable = argument.get_env().and_then(|name| name.to_str()).expect("a name");
            if TEXTS.contains(&variable) {
                continue;
            }
            let mut program = entente(home.path(), &[command.get_name()]);
            let (code, told, said) = ended(program.env(variable, "nonsense"));
            assert_eq!((code, told.as_str()), (2, ""), "{variable}: {said}");
            let flag = format!("'--{}", argument.get_long().expect("a flag"));
            assert!(said.contains(&flag), "{variable} is not named: {said}");
            assert!(TAKES.iter().any(|takes| said.contains(takes)), "{variable} takes? {said}");
            looked += 1;
        }
    }
    assert!(looked > 25, "{looked} settings were looked at");
}

#[test]
fn the_bounds_of_a_number_are_told() {
    let home = folder();
    for (flag, value, bounds) in [
        ("--http-workers", "0", "a whole number from 1 to 256"),
        ("--http-workers", "257", "a whole number from 1 to 256"),
        ("--http-workers", "99999999999999999999", "a whole number from 1 to 256"),
        ("--db-connections", "1.5", "a whole number from 1 to 200"),
        ("--job-lease-ms", "99", "a whole number from 100 to 600000"),
        ("--shutdown-seconds", "-1", "a whole number from 0 to 3600"),
        ("--rate-limit-per-minute", "-1", "a whole number from 0 to 10000000"),
        ("--token-key", "0", "a whole number from 1 to 1000000"),
        ("--body-seconds", "0", "a whole number from 1 to 3600"),
    ] {
        let given = format!("{flag}={value}");
        let (code, _, said) = ended(&mut entente(home.path(), &["serve", &given]));
        assert_eq!(code, 2, "{given}");
        assert!(said.contains(&format!("invalid value '{value}' for '{flag} ")), "{said}");
        assert!(said.contains(bounds), "{said}");
    }
    for listen in ["localhost", "127.0.0.1", "::1:8080"] {
        let (code, _, said) = ended(&mut entente(home.path(), &["serve", "--listen", listen]));
        assert_eq!(code, 2, "{listen}");
        assert!(said.contains("such as 127.0.0.1:8080 or [::1]:8080"), "{said}");
    }
    for url in ["entente.example", "ftp://entente.example", "https://", "/x"] {
        let (code, _, said) = ended(&mut entente(home.path(), &["serve", "--public-url", url]));
        assert_eq!(code, 2, "{url}");
        assert!(said.contains("a URL that begins with https:// or http://"), "{said}");
    }
}

#[test]
fn a_mail_server_and_a_page_for_passwords_are_checked_at_the_start() {
    let home = folder();
    for (arguments, says) in [
        (&["--smtp-url", "smtp://mail.example"][..], "--mail-from <MAIL_FROM>"),
        (&["--smtp-url", "mail.example", "--mail-from", "a@b.example"], "smtp:// or smtps://"),
        (
            &["--smtp-url", "smtp://a@b.example?tls=yes", "--mail-from", "a@b.example"],
            "tls=required",
        ),
        (&["--mail-from", "nobody"], "an address, such as Entente <no-reply@example.com>"),
        (&["--smtp-seconds", "0"], "a whole number from 1 to 600"),
        (&["--password-reset-url", "https://app.example/reset"], "has {token} in it"),
    ] {
        let (code, told, said) = ended(entente(home.path(), &["serve"]).args(arguments));
        assert_eq!((code, told.as_str()), (2, ""), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    let missing = ["--smtp-url", "smtp://b.example", "--mail-from", "a@b.example"];
    let mut program = entente(home.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let (code, _, said) = ended(program.args(missing).args(["--smtp-ca-file", "nowhere.pem"]));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("SMTP_CA_FILE: nowhere.pem: "), "{said}");
}

#[test]
fn a_mistyped_secret_is_not_repeated() {
    let home = folder();
    let databases = [
        "postgre://ada:hunter2@db.example/entente",
        "hunter2",
        "postgres://ada:hunter2%zz@db.example/entente",
        "postgres://ada:x@hunter2@db.example/entente",
        "postgres://ada:5432/hunter2@db.example/entente",
        // Nothing is wrong with this one, but nobody is there.
        "postgres://ada:hunter2@127.0.0.1:1/entente",
    ];
    let mut said = Vec::new();
    for url in databases {
        for command in ["serve", "migrate", "lock", "verify"] {
            let listen = ("LISTEN", "127.0.0.1:0");
            said.push(ended(
                entente(home.path(), &[command]).env("DATABASE_URL", url).envs([listen]),
            ));
            said.push(ended(&mut entente(home.path(), &[command, "--database-url", url])));
        }
        said.push(ended(entente(home.path(), &["demo"]).env("DEMO_DATABASE_URL", url)));
    }
    for key in
        ["hunter2", &"+f".repeat(32), &"hunter2".repeat(10), &format!("hunter2{}", "0".repeat(57))]
    {
        said.push(ended(entente(home.path(), &["serve"]).env("SECRET_KEY", key)));
        said.push(ended(&mut entente(home.path(), &["serve", "--secret-key", key])));
    }
    for url in ["smtp://ada:hunter2@", "http://ada:hunter2@mail.example", "hunter2"] {
        said.insert(0, ended(entente(home.path(), &["serve"]).env("SMTP_URL", url)));
        said.insert(0, ended(&mut entente(home.path(), &["serve", "--smtp-url", url])));
    }
    for (code, told, said) in &said {
        assert!([1, 2].contains(code), "{code}: {said}");
        assert!(!told.contains("hunter2") && !said.contains("hunter2"), "{said}");
        let named = [
            "--smtp-url",
            "--secret-key",
            "--database-url",
            "database on PostgreSQL",
            "cannot listen",
        ];
        assert!(named.iter().any(|name| said.contains(name)), "{said}");
    }
    let key = &said.last().expect("something was said").2;
    assert!(key.contains("invalid value '(not shown)' for '--secret-key <SECRET_KEY>'"), "{key}");
    assert!(key.contains("64 hexadecimal digits (32 bytes)"), "{key}");
}
