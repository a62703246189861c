//! Several servers share the work, and each letter goes out once.

use std::collections::BTreeSet;

use super::{fates, news, post};
use crate::cast::engines::on_both_engines;
use crate::cast::letters::until;
use crate::cast::smtp::with_mail_server;
use crate::cast::world::World;

/// More than one server hands on at a time.
const MANY: usize = 40;

#[test]
fn servers_that_share_a_database_share_its_letters() {
    with_mail_server(|server| {
        on_both_engines(|url| {
            let before = server.letters(0).len();
            let flags = server.flags();
            let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
            let worlds = [World::start(url, &flags), World::start(url, &flags)];
            let letters = (0..MANY).map(|number| news(&format!("a{number}@acme.example")));
            post(&worlds[0], letters.collect());
            let left = || {
                let sent = fates(&worlds[0]);
                sent.into_iter().filter(|fate| !fate.ends_with(" sent 1")).collect::<Vec<_>>()
            };
            until(left, Vec::is_empty);
            let taken = server.letters(before + MANY).split_off(before);
            let to: BTreeSet<String> = taken.iter().map(|letter| letter.header("X-To")).collect();
            assert_eq!((taken.len(), to.len()), (MANY, MANY));
        });
    });
}
