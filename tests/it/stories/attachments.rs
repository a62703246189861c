//! Files: uploaded, read by whom they are for, linked to, swept; in a folder and in a bucket; and logos.

mod buckets;
mod files_of_notes;
mod hidden;
mod links;
mod logos;
mod reading;
mod sweeping;
mod uploading;
