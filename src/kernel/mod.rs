//! The nouns everybody shares: ids, money, time, closed lists of words, pages. No I/O here.

pub mod column;
pub mod document;
pub mod id;
pub mod money;
pub mod origin;
pub mod page;
pub mod phone;
pub mod reach;
pub mod time;
pub mod wire;
pub mod words;
