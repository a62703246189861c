//! Many actions at once, put where the server would have put them: for what only shows in long lists.

use diesel::prelude::*;
use entente::actions::model::{Action, Update};
use entente::db::schema::{action_updates, actions};
use entente::kernel::id::{ActionId, UpdateId};

use super::deal::{Deal, run};
use super::world::World;

/// Tracks an order, and copies it so often that there are `many` of its kind, each with its entry.
pub fn tracked_many(world: &World, deal: &Deal, many: usize) {
    deal.tracked("0");
    let copied = run(world, async |pool| {
        pool.write(move |db| {
            let of = actions::table.filter(actions::order_id.eq("0"));
            let action: Action = of.first(db)?;
            let entry: Update =
                action_updates::table.filter(action_updates::action_id.eq(action.id)).first(db)?;
            for number in 1..many {
                let (id, order_id) = (ActionId::new(), number.to_string());
                let copy = Action { id, order_id, ..action.clone() };
                let told = Update { id: UpdateId::new(), action_id: id, ..entry.clone() };
                diesel::insert_into(actions::table).values(copy).execute(db)?;
                diesel::insert_into(action_updates::table).values(told).execute(db)?;
            }
            Ok(())
        })
        .await
    });
    copied.expect("they are there");
}
