//! The nouns everybody shares: ids, money, time, closed lists of words, pages, countries, phone
//! numbers, and who acts for whom. No I/O here.

pub mod agent;
pub mod column;
pub mod country;
pub mod delegation;
pub mod document;
pub mod id;
pub mod money;
pub mod origin;
pub mod pace;
pub mod page;
pub mod phone;
pub mod reach;
pub mod search;
pub mod time;
pub mod wire;
pub mod words;
