//! Whoever is signed in shows once more who they are, before what a stolen session must not do.
//! Failures count as those of signing in do; going well forgives none, or a password would buy guesses
//! at codes.

use super::attempts::model::Marks;
use super::attempts::{self, marks_of};
use super::model::User;
use super::store;
use super::two_factor::model::{Proof, SecondFactor, Shown};
use super::two_factor::rules::code_wrong;
use super::two_factor::store as factors;
use crate::access::{Signed, Verb};
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::kernel::id::UserId;
use crate::kernel::time::Instant;

/// A person who has shown the password, or is only known by the session.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who.
    pub user: User,
    /// The second factor, whether it counts or not.
    pub factor: Option<SecondFactor>,
    /// Under what failures count.
    pub marks: Marks,
}

/// The person of a session, unless there were too many failures.
pub async fn known<V: Verb>(signed: &Signed<V>) -> Result<Person> {
    let (user, factor) = signed
        .read(|db, actor| {
            let id = actor.doer.user_id.ok_or(Error::NotFound("user"))?;
            Ok((store::find(db, id)?, factors::look_for(db, id)?))
        })
        .await?;
    let marks = marks_of(&signed.gate().vault, &user.email, signed.actor.doer.origin);
    let person = Person { user, factor, marks };
    admitted(signed, &person).await?;
    Ok(person)
}

/// The same, with the password.
pub async fn by_password<V: Verb>(signed: &Signed<V>, password: String) -> Result<Person> {
    let person = known(signed).await?;
    let stored = person.user.password_hash.clone();
    if signed.gate().passwords.matches(password, Some(stored)).await? {
        // Of guesses at the same moment none is answered that comes after too many.
        admitted(signed, &person).await?;
        return Ok(person);
    }
    let message = "this is not your password";
    let wrong = Error::invalid(Fault::at("/password", "password_wrong", message));
    let (marks, now) = (person.marks, signed.now);
    let waits = signed.write_unkept(move |db, _| attempts::store::refuse(db, &marks, now)).await?;
    Err(waits.unwrap_or(wrong))
}

async fn admitted<V: Verb>(signed: &Signed<V>, person: &Person) -> Result<()> {
    let (marks, now) = (person.marks.clone(), signed.now);
    signed
        .read(move |db, _| attempts::rules::admit(&attempts::store::look(db, &marks, now)?, now))
        .await
}

/// Tries a code, and counts it if it is wrong. What is refused is committed, for the count's sake: so
/// the refusal is a value.
pub fn try_code(
    db: &mut Db,
    (user, marks): (UserId, &Marks),
    shown: &Shown,
    now: Instant,
) -> Result<Result<Proof>> {
    let counts = attempts::store::hold(db, marks, now)?;
    if let Err(wait) = attempts::rules::admit(&counts, now) {
        return Ok(Err(wait));
    }
    let proof = factors::prove(db, user, shown)?;
    match proof {
        Proof::Good | Proof::GoodByRecovery(_) | Proof::NotAsked => Ok(Ok(proof)),
        Proof::Wrong | Proof::Missing => {
            let field = if matches!(shown, Shown::Recovery(_)) { "recovery_code" } else { "code" };
            let waits = attempts::store::failed(db, &counts, now)?;
            Ok(Err(waits.unwrap_or_else(|| code_wrong(field))))
        }
    }
}
