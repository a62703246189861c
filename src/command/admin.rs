//! `entente admin`: what whoever runs the server says about companies.

use anyhow::ensure;
use clap::{Args, Subcommand};

use crate::companies::store as companies;
use crate::config::Lanes;
use crate::db::{Db, dialect, migrate};
use crate::error::Result;
use crate::events::model::Doer;
use crate::kernel::id::CompanyId;
use crate::kernel::time::Clock;
use crate::statuses::changing::{Wish, change};
use crate::statuses::model::{Command, Voice};

/// What is to become of a company.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Let a company read and no more, until you reactivate it
    Suspend(About),
    /// Let a company be gone for everybody else, until you reactivate it
    Deactivate(About),
    /// Let a company take part again, whoever suspended or deactivated it
    Reactivate(About),
}

/// Which company, and why.
#[derive(Debug, Args)]
pub struct About {
    /// The company's id, such as co_01k5h2v7xnf8rtq3m9bcw4ze6a
    company: CompanyId,
    /// Why; the company's own people read it
    #[arg(long)]
    reason: String,
    /// The database.
    #[command(flatten)]
    lanes: Lanes,
}

/// Changes the status; servers that run hear of it within five seconds.
pub fn run(admin: Admin) -> anyhow::Result<()> {
    let (command, about) = match admin {
        Admin::Suspend(about) => (Command::Suspend, about),
        Admin::Deactivate(about) => (Command::Deactivate, about),
        Admin::Reactivate(about) => (Command::Reactivate, about),
    };
    let reason = about.reason.trim().to_string();
    ensure!((1..=2000).contains(&reason.chars().count()), "a reason has 1 to 2000 characters");
    migrate::check(&about.lanes.database.database_url)?;
    let pool = about.lanes.open()?;
    let (id, wish) =
        (about.company, Wish { command, reason, voice: Voice::Operator, doer: Doer::SYSTEM });
    let changed = pool.write(move |db: &mut Db| -> Result<_> {
        let now = dialect::now(db, &Clock::System)?;
        let company = companies::find_own(db, id)?;
        change(db, &company, &wish, now)
    });
    let company = actix_web::rt::System::new().block_on(changed)?;
    println!("{} ({}) is {}", company.name, company.id, company.status);
    Ok(())
}
