//! A batch is received when its last byte has come, not its first.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::cast::deal::Deal;
use crate::cast::tables::texts;
use crate::cast::world::{World, in_a_world_with};
use crate::operating::until;

/// What is sent before the wait: more than a part of what is stored, so that some of it is.
const FIRST: usize = 3 << 19;

#[test]
fn a_batch_is_received_when_its_last_byte_has_come() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let file = "order_id,operation\nA-1,approve\n";
        let blank = "\n".repeat(FIRST);
        let mut line = TcpStream::connect(world.address()).expect("a connection");
        line.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
        let head = head(world, &deal, file.len() + blank.len() + file.len());
        line.write_all([&head, file, &blank].concat().as_bytes()).expect("it is sent");
        until("the first part is stored", || {
            !texts(world, "SELECT 'one' AS text FROM reversal_parts").is_empty()
        });
        assert!(deal.acme.all("/v1/reversals").is_empty(), "there is no batch yet");
        world.travel("2026-03-10T12:00:20Z");
        // A second header is only another line.
        line.write_all(file.as_bytes()).expect("the rest is sent");
        let mut answer = [0; 12];
        line.read_exact(&mut answer).expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 202");
        let batches = deal.acme.all("/v1/reversals");
        assert_eq!(batches[0]["received_at"], "2026-03-10T12:00:20Z");
    });
}

fn head(world: &World, deal: &Deal, length: usize) -> String {
    format!(
        "POST /v1/reversals HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: text/csv\r\nContent-Length: {length}\r\n\r\n",
        world.address(),
        deal.acme.credential()
    )
}
