//! Wire habits: how bodies are read, how answers and failures look, and the document of it all.

pub mod csv;
pub mod document;
pub mod download;
pub mod either;
pub mod faults;
pub mod health;
pub mod json;
pub mod leaf;
pub mod metrics;
pub mod noted;
pub mod observe;
pub mod pages;
pub mod posted;
pub mod problem;
pub mod query;
pub mod reply;
pub mod rights;
pub mod sample;
pub mod shape;
pub mod unique;
