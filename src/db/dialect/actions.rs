//! Actions as they come and as they lock, where the engines' statements differ.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};

use super::super::Db;
use super::bulk;
use crate::actions::model::Action;
use crate::db::schema::actions;
use crate::error::{Error, Result};
use crate::kernel::column::{At, Doc, Key};

/// A new action, unless its order was taken by another one: then nothing happens, and the
/// transaction goes on. Gives whether it was inserted.
pub fn insert_unless_taken(db: &mut Db, action: &Action) -> Result<bool> {
    let by_order =
        (actions::company_id, actions::event_type_id, actions::order_id, actions::occurrence);
    let insert = diesel::insert_into(actions::table).values(action);
    let inserted = match db {
        Db::Postgres(connection) => {
            insert.on_conflict(by_order).do_nothing().execute(connection)?
        }
        Db::Sqlite(connection) => insert.on_conflict(by_order).do_nothing().execute(connection)?,
    };
    Ok(inserted == 1)
}

/// New actions, unless the order of any of them was taken by another one in the meantime: then none is
/// inserted, and the transaction goes on. Gives whether they were.
pub fn insert_unless_any_taken(db: &mut Db, new: &[Action]) -> Result<bool> {
    let inserted = db.transaction(|db| bulk::actions(db, new));
    match inserted {
        Ok(()) => Ok(true),
        Err(error) if is_taken(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_taken(error: &Error) -> bool {
    let Error::Internal(cause) = error else { return false };
    let cause = cause.downcast_ref::<DieselError>();
    matches!(cause, Some(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
}

/// What a lock changes of actions, which the caller holds.
pub fn lock(db: &mut Db, locked: &[Action]) -> Result<()> {
    match db {
        Db::Postgres(connection) => lock_together(connection, locked),
        Db::Sqlite(connection) => locked.iter().try_for_each(|after| {
            diesel::update(actions::table.find(after.id))
                .set((
                    actions::state.eq(after.state),
                    actions::locked_at.eq(after.locked_at),
                    actions::cleared_at.eq(after.cleared_at),
                    actions::version.eq(after.version),
                    actions::updated_at.eq(after.updated_at),
                ))
                .execute(connection)?;
            Ok(())
        }),
    }
}

/// What a clear changes of actions, which the caller holds.
pub fn clear(db: &mut Db, cleared: &[Action]) -> Result<()> {
    match db {
        Db::Postgres(connection) => clear_together(connection, cleared),
        Db::Sqlite(connection) => cleared.iter().try_for_each(|after| {
            diesel::update(actions::table.find(after.id))
                .set((
                    actions::cleared.eq(after.cleared),
                    actions::version.eq(after.version),
                    actions::updated_at.eq(after.updated_at),
                ))
                .execute(connection)?;
            Ok(())
        }),
    }
}

/// What a reattribution changes of actions, which the caller holds. All of them keep their dates.
pub fn credit(db: &mut Db, credited: &[Action]) -> Result<()> {
    match db {
        Db::Postgres(connection) => credit_together(connection, credited),
        Db::Sqlite(connection) => credited.iter().try_for_each(|after| {
            diesel::update(actions::table.find(after.id))
                .set((
                    (
                        actions::partner_company_id.eq(after.partner_company_id),
                        actions::contract_id.eq(after.contract_id),
                        actions::terms_id.eq(after.terms_id),
                        actions::attributed_by.eq(after.attributed_by),
                        actions::first_partner_company_id.eq(after.first_partner_company_id),
                    ),
                    actions::state.eq(after.state),
                    actions::sale_minor.eq(after.sale_minor),
                    actions::payout_minor.eq(after.payout_minor),
                    actions::tracked_payout_minor.eq(after.tracked_payout_minor),
                    actions::items.eq(&after.items),
                    actions::version.eq(after.version),
                    actions::updated_at.eq(after.updated_at),
                ))
                .execute(connection)?;
            Ok(())
        }),
    }
}

const LOCK_TOGETHER: &str = "\
    UPDATE actions AS a SET state = n.state, locked_at = n.locked_at, cleared_at = n.cleared_at, \
        version = n.version, updated_at = n.updated_at \
    FROM unnest($1, $2, $3, $4, $5, $6) \
        AS n (id, state, locked_at, cleared_at, version, updated_at) \
    WHERE a.id = n.id";

const CLEAR_TOGETHER: &str = "\
    UPDATE actions AS a SET cleared = n.cleared, version = n.version, updated_at = n.updated_at \
    FROM unnest($1, $2, $3, $4) AS n (id, cleared, version, updated_at) \
    WHERE a.id = n.id";

const CREDIT_TOGETHER: &str = "\
    UPDATE actions AS a SET partner_company_id = n.partner, contract_id = n.contract, \
        terms_id = n.terms, attributed_by = n.attributed_by, first_partner_company_id = n.first, \
        state = n.state, sale_minor = n.sale, payout_minor = n.payout, \
        tracked_payout_minor = n.tracked, items = n.items, version = n.version, \
        updated_at = n.updated_at \
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
        AS n (id, partner, contract, terms, attributed_by, first, state, sale, payout, tracked, \
              items, version, updated_at) \
    WHERE a.id = n.id";

fn column<T>(actions: &[Action], value: impl Fn(&Action) -> T) -> Vec<T> {
    actions.iter().map(value).collect()
}

fn lock_together(connection: &mut PgConnection, locked: &[Action]) -> Result<()> {
    diesel::sql_query(LOCK_TOGETHER)
        .bind::<Array<Key>, _>(column(locked, |after| after.id))
        .bind::<Array<Text>, _>(column(locked, |after| after.state))
        .bind::<Array<Nullable<At>>, _>(column(locked, |after| after.locked_at))
        .bind::<Array<Nullable<At>>, _>(column(locked, |after| after.cleared_at))
        .bind::<Array<BigInt>, _>(column(locked, |after| after.version))
        .bind::<Array<At>, _>(column(locked, |after| after.updated_at))
        .execute(connection)?;
    Ok(())
}

fn credit_together(connection: &mut PgConnection, credited: &[Action]) -> Result<()> {
    let items: Vec<_> = credited.iter().map(|after| &after.items).collect();
    diesel::sql_query(CREDIT_TOGETHER)
        .bind::<Array<Key>, _>(column(credited, |after| after.id))
        .bind::<Array<Key>, _>(column(credited, |after| after.partner_company_id))
        .bind::<Array<Key>, _>(column(credited, |after| after.contract_id))
        .bind::<Array<Key>, _>(column(credited, |after| after.terms_id))
        .bind::<Array<Text>, _>(column(credited, |after| after.attributed_by))
        .bind::<Array<Nullable<Key>>, _>(column(credited, |after| after.first_partner_company_id))
        .bind::<Array<Text>, _>(column(credited, |after| after.state))
        .bind::<Array<BigInt>, _>(column(credited, |after| after.sale_minor))
        .bind::<Array<BigInt>, _>(column(credited, |after| after.payout_minor))
        .bind::<Array<BigInt>, _>(column(credited, |after| after.tracked_payout_minor))
        .bind::<Array<Doc>, _>(items)
        .bind::<Array<BigInt>, _>(column(credited, |after| after.version))
        .bind::<Array<At>, _>(column(credited, |after| after.updated_at))
        .execute(connection)?;
    Ok(())
}

fn clear_together(connection: &mut PgConnection, cleared: &[Action]) -> Result<()> {
    diesel::sql_query(CLEAR_TOGETHER)
        .bind::<Array<Key>, _>(column(cleared, |after| after.id))
        .bind::<Array<Bool>, _>(column(cleared, |after| after.cleared))
        .bind::<Array<BigInt>, _>(column(cleared, |after| after.version))
        .bind::<Array<At>, _>(column(cleared, |after| after.updated_at))
        .execute(connection)?;
    Ok(())
}
