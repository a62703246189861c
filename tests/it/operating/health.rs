//! Alive, ready: what container and proxy are told.

use std::net::TcpListener;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use super::{ended, entente, folder, until};
use crate::cast::engines::sqlite_url;
use crate::cast::process::Process;
use crate::cast::world::in_a_world;

#[test]
fn the_health_check_finds_the_server_wherever_it_listens() {
    for address in ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"] {
        if TcpListener::bind(address).is_err() {
            eprintln!("{address} cannot be listened on here");
            continue;
        }
        let home = folder();
        let url = sqlite_url(&home.path().join("entente.db"));
        let process = Process::serve(&url, home.path(), &["--listen", address]);
        let listen = process.base().trim_start_matches("http://").to_string();
        let check = || {
            let mut command = entente(home.path(), &["healthcheck"]);
            // What a container says of the world outside has nothing to do with its own server.
            command.env("LISTEN", &listen).env("http_proxy", "http://127.0.0.1:1");
            ended(&mut command)
        };
        assert_eq!(check().0, 0, "{listen} is not found");
        assert!(process.terminate().success());
        assert_eq!(check().0, 1, "{listen} is found and has gone");
    }
}

/// SQLite is left out: a file that is open stays readable, whatever becomes of its name.
#[test]
fn a_server_without_its_database_is_alive_and_not_ready() {
    in_a_world(|world| {
        let nobody = world.nobody();
        assert_eq!(nobody.get("/readyz", 200)["status"], "ok");
        let Some((server, rest)) = world.database_url.split_once("@/") else { return };
        let (name, query) = rest.split_once('?').expect("a URL of the tests");
        let mut admin = PgConnection::establish(&format!("{server}@/postgres?{query}")).unwrap();
        let allow = |yes: bool| format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {yes}");
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        admin.batch_execute(&format!("{}; {end}", allow(false))).unwrap();

        until("it is not ready", || nobody.send("GET", "/readyz", &[], b"").status != 200);
        let answer = nobody.send("GET", "/readyz", &[], b"");
        assert_eq!((answer.status, &answer.json()["code"]), (503, &"overloaded".into()));
        assert_ne!(answer.header("Retry-After"), "");
        assert_eq!(nobody.get("/healthz", 200)["status"], "ok");
        assert_eq!(nobody.send("GET", "/metrics", &[], b"").status, 200, "it still counts");

        admin.batch_execute(&allow(true)).unwrap();
        until("it is ready again", || nobody.send("GET", "/readyz", &[], b"").status == 200);
    });
}
