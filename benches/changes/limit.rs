//! The smallest actix-web + Diesel program that reverses an action: it changes the row, if that may still
//! be changed, and keeps an entry of it, in one transaction. No credentials, no policy, no idempotency
//! key, no event, no bound on the work that waits.

use actix_web::{App, HttpResponse, HttpServer, error::ErrorInternalServerError, web};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error, Pool, R2D2Connection};
use entente::actions::model::{Action, Channel, State, Update, Verb};
use entente::db::schema::{action_updates, actions};
use entente::kernel::id::{ActionId, UpdateId};
use entente::kernel::time::{Clock, Instant};
use serde_json::json;
use uuid::Uuid;

/// Serves until it is killed.
pub fn serve(url: &str) {
    match url.strip_prefix("sqlite://") {
        // There is one writer at a time anyway; several would only wait for each other.
        Some(path) => listen(open::<SqliteConnection>(path, 1)),
        None => listen(open::<PgConnection>(url, 8)),
    }
}

#[derive(Debug)]
struct Prepared;

impl<C: Changes> CustomizeConnection<C, Error> for Prepared {
    fn on_acquire(&self, connection: &mut C) -> Result<(), Error> {
        connection.prepare().map_err(Error::QueryError)
    }
}

fn open<C: Changes>(target: &str, connections: u32) -> Pool<ConnectionManager<C>> {
    Pool::builder()
        .max_size(connections)
        .test_on_check_out(false)
        .connection_customizer(Box::new(Prepared))
        .build(ConnectionManager::<C>::new(target))
        .unwrap()
}

/// The change, on either engine.
trait Changes: R2D2Connection + SimpleConnection + Send + 'static {
    fn prepare(&mut self) -> QueryResult<()>;
    fn reverse(&mut self, id: ActionId, now: Instant) -> QueryResult<Option<i64>>;
}

macro_rules! changes {
    ($connection:ty, $pragmas:literal, $transaction:ident) => {
        impl Changes for $connection {
            fn prepare(&mut self) -> QueryResult<()> {
                self.batch_execute($pragmas)
            }

            fn reverse(&mut self, id: ActionId, now: Instant) -> QueryResult<Option<i64>> {
                self.$transaction(|db| {
                    let Some(before) = actions::table.find(id).first::<Action>(db).optional()?
                    else {
                        return Ok(None);
                    };
                    let version = before.version + 1;
                    let open = actions::table
                        .find(id)
                        .filter(actions::version.eq(before.version))
                        .filter(actions::state.ne(State::Reversed))
                        .filter(actions::locks_at.gt(now));
                    let changed = diesel::update(open)
                        .set((
                            actions::state.eq(State::Reversed),
                            actions::sale_minor.eq(0_i64),
                            actions::payout_minor.eq(0_i64),
                            actions::version.eq(version),
                            actions::updated_at.eq(now),
                        ))
                        .execute(db)?;
                    if changed == 0 {
                        return Ok(None);
                    }
                    let entry = entry(&before, version, now);
                    diesel::insert_into(action_updates::table).values(&entry).execute(db)?;
                    Ok(Some(version))
                })
            }
        }
    };
}
changes!(PgConnection, "SELECT 1", transaction);
changes!(
    SqliteConnection,
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -64000; \
     PRAGMA busy_timeout = 10000",
    immediate_transaction
);

fn entry(before: &Action, version: i64, now: Instant) -> Update {
    Update {
        id: UpdateId::new(),
        action_id: before.id,
        version,
        company_id: before.company_id,
        partner_company_id: before.partner_company_id,
        terms_id: before.terms_id,
        command: Verb::Reverse,
        state_before: Some(before.state),
        state: State::Reversed,
        sale_minor: 0,
        sale_delta_minor: -before.sale_minor,
        payout_minor: 0,
        payout_delta_minor: -before.payout_minor,
        items: None,
        reason: Some("ITEM_RETURNED".into()),
        note: None,
        channel: Channel::Api,
        user_id: None,
        api_key_id: None,
        delegate_user_id: None,
        reversal_id: None,
        line: None,
        at: now,
    }
}

type Db<C> = web::Data<Pool<ConnectionManager<C>>>;

/// The body says nothing that this one needs; left unread, it would cost the connection.
async fn reverse<C: Changes>(
    db: Db<C>,
    id: web::Path<Uuid>,
    _body: web::Bytes,
) -> actix_web::Result<HttpResponse> {
    let id = ActionId::from_uuid(*id);
    let changed = web::block(move || {
        let mut connection = db.get().map_err(|cause| cause.to_string())?;
        connection.reverse(id, Clock::System.now()).map_err(|cause| cause.to_string())
    });
    match changed.await?.map_err(ErrorInternalServerError)? {
        Some(version) => {
            Ok(HttpResponse::Ok()
                .json(json!({ "id": id, "state": "reversed", "version": version })))
        }
        None => Ok(HttpResponse::Conflict().finish()),
    }
}

fn listen<C: Changes>(pool: Pool<ConnectionManager<C>>) {
    let db = web::Data::new(pool);
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(db.clone())
                .route("/actions/{id}/reverse", web::post().to(reverse::<C>))
        })
        .workers(2)
        .bind("127.0.0.1:0")
        .unwrap();
        eprintln!("listening on http://{};", server.addrs()[0]);
        server.run().await.unwrap();
    });
}
