//! The smallest actix-web + Diesel program that gives an action, or a page of them: no credentials, no
//! policy, no bound on the work that waits.

use actix_web::{App, HttpResponse, HttpServer, error::ErrorInternalServerError, web};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool, R2D2Connection};
use entente::actions::model::{Action, State};
use entente::db::schema::actions::dsl;
use entente::kernel::id::{ActionId, CompanyId};
use entente::kernel::time::Instant;
use serde::Serialize;
use uuid::Uuid;

/// What it shows of an action.
#[derive(Serialize)]
struct Shown {
    id: ActionId,
    company_id: CompanyId,
    order_id: String,
    state: State,
    sale_minor: i64,
    payout_minor: i64,
    currency: String,
    items: serde_json::Value,
    occurred_at: Instant,
    locks_at: Instant,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Action> for Shown {
    fn from(action: Action) -> Self {
        Self {
            id: action.id,
            company_id: action.company_id,
            order_id: action.order_id,
            state: action.state,
            sale_minor: action.sale_minor,
            payout_minor: action.payout_minor,
            currency: action.currency.to_string(),
            items: serde_json::to_value(&action.items.0).unwrap(),
            occurred_at: action.occurred_at,
            locks_at: action.locks_at,
            version: action.version,
            created_at: action.created_at,
            updated_at: action.updated_at,
        }
    }
}

/// Serves until it is killed.
pub fn serve(url: &str) {
    match url.strip_prefix("sqlite://") {
        Some(path) => listen(open::<SqliteConnection>(path)),
        None => listen(open::<PgConnection>(url)),
    }
}

fn open<C: R2D2Connection + 'static>(target: &str) -> Pool<ConnectionManager<C>> {
    Pool::builder()
        .max_size(8)
        .test_on_check_out(false)
        .build(ConnectionManager::<C>::new(target))
        .unwrap()
}

/// The two reads, on either engine.
trait Reads: R2D2Connection + Send + 'static {
    fn one(&mut self, id: ActionId) -> QueryResult<Action>;
    fn page(&mut self, company: CompanyId) -> QueryResult<Vec<Action>>;
    fn any_company(&mut self) -> QueryResult<CompanyId>;
}

macro_rules! reads {
    ($connection:ty) => {
        impl Reads for $connection {
            fn one(&mut self, id: ActionId) -> QueryResult<Action> {
                dsl::actions.find(id).first(self)
            }
            fn page(&mut self, company: CompanyId) -> QueryResult<Vec<Action>> {
                dsl::actions
                    .filter(dsl::company_id.eq(company))
                    .order((dsl::occurred_at.desc(), dsl::id.desc()))
                    .limit(50)
                    .load(self)
            }
            fn any_company(&mut self) -> QueryResult<CompanyId> {
                dsl::actions.select(dsl::company_id).first(self)
            }
        }
    };
}
reads!(PgConnection);
reads!(SqliteConnection);

type Db<C> = web::Data<(Pool<ConnectionManager<C>>, CompanyId)>;

async fn one<C: Reads>(db: Db<C>, id: web::Path<Uuid>) -> actix_web::Result<HttpResponse> {
    let id = ActionId::from_uuid(*id);
    let found = web::block(move || {
        let mut connection = db.0.get().map_err(|cause| cause.to_string())?;
        connection.one(id).map_err(|cause| cause.to_string())
    });
    let found = found.await?.map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::Ok().json(Shown::from(found)))
}

async fn page<C: Reads>(db: Db<C>) -> actix_web::Result<HttpResponse> {
    let found = web::block(move || {
        let mut connection = db.0.get().map_err(|cause| cause.to_string())?;
        connection.page(db.1).map_err(|cause| cause.to_string())
    });
    let found = found.await?.map_err(ErrorInternalServerError)?;
    let shown: Vec<Shown> = found.into_iter().map(Shown::from).collect();
    Ok(HttpResponse::Ok().json(shown))
}

fn listen<C: Reads>(pool: Pool<ConnectionManager<C>>) {
    let company = pool.get().unwrap().any_company().unwrap();
    let db = web::Data::new((pool, company));
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(db.clone())
                .route("/actions/{id}", web::get().to(one::<C>))
                .route("/actions", web::get().to(page::<C>))
        })
        .workers(2)
        .bind("127.0.0.1:0")
        .unwrap();
        eprintln!("listening on http://{};", server.addrs()[0]);
        server.run().await.unwrap();
    });
}
