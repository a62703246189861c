//! Whoever made a link, asked again when somebody opens it: a link is worth what its maker may at that
//! moment, and no more.

use super::actor::{Actor, Allows, Power, Verb};
use super::anonymous::Anonymous;
use super::guarded::{For, judge};
use crate::db::{Db, Find};
use crate::error::{Error, Result};
use crate::kernel::id::{ApiKeyId, CompanyId, SessionId, UserId};

/// Who made a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// A person, in one of the person's sessions.
    Person {
        /// The person.
        user: UserId,
        /// The session, with which the links made in it end.
        session: SessionId,
    },
    /// A partner system.
    System {
        /// Its key.
        key: ApiKeyId,
    },
}

impl Actor {
    /// Who makes a link.
    pub fn maker(&self) -> Result<Maker> {
        match (&self.power, self.doer.user_id, self.doer.api_key_id) {
            (Power::Person { session, .. }, Some(user), _) => {
                Ok(Maker::Person { user, session: *session })
            }
            (Power::System { .. }, _, Some(key)) => Ok(Maker::System { key }),
            _ => Err(Error::internal(anyhow::anyhow!("somebody without a name"))),
        }
    }
}

impl Anonymous {
    /// Admits whoever made a link as if the request came from there, finds the row, asks the policy and
    /// reads. Whatever is in the way, the row is not there.
    pub async fn read_for<R, V, T>(
        &self,
        (company, maker): (CompanyId, Maker),
        id: R::Id,
        work: impl FnOnce(&mut Db, R) -> Result<T> + Send + 'static,
    ) -> Result<T>
    where
        R: Find + Allows<V>,
        V: Verb,
        T: Send + 'static,
    {
        let admitted = self.gate().admit_maker(company, maker, self.now).await;
        let gone = |error| match error {
            Error::Unauthenticated(_) | Error::Forbidden { .. } => Error::NotFound(R::NAME),
            other => other,
        };
        let actor = admitted.map_err(gone)?;
        let judged = move |db: &mut Db| judge::<R, V>(db, Some(id), &actor, For::Looking);
        self.read(move |db| judged(db).map_err(gone).and_then(|row| work(db, row))).await
    }
}
