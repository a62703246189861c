//! The one list of features: mounts their doors, collects their document, starts what runs beside.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::ALLOW;
use actix_web::middleware::{Compress, DefaultHeaders, from_fn};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::{AppExt, scope, service_config::ServiceConfig};

use crate::access::token::Tokens;
use crate::access::{Gate, Vault, authenticate, remember};
use crate::attachments::depot::{Depot, Premises};
use crate::attachments::jobs::Sweeper;
use crate::catalogue;
use crate::catalogue::webhooks;
use crate::config::Serving;
use crate::db::{Pool, migrate};
use crate::error::{Error, Result};
use crate::http::metrics::Metrics;
use crate::http::observe::{current_request_id, observe};
use crate::http::shape::Shapes;
use crate::http::{document, health, pages, problem, rights};
use crate::jobs::rounds::{MINUTE, Rounds};
use crate::kernel::time::{Clock, Patience};
use crate::mail::jobs::Postman;
use crate::mail::office::Office;
use crate::notifications::desk::Desk;
use crate::notifications::notifier::Notifier;
use crate::partnerships::change::OfferSpan;
use crate::partnerships::invitations::desk::Desk as Inviting;
use crate::reprocessings::runner::Runner;
use crate::reversals::door;
use crate::reversals::watch::Seats;
use crate::reversals::worker::{Bells, Worker};
use crate::users::invitations::desk::Desk as Invitations;
use crate::users::resets::jobs::Resets;
use crate::users::rules;
use crate::webhooks::carrier::Carrier;
use crate::webhooks::fan_out::FanOut;
use crate::webhooks::outbound::Outbound;

/// Every feature, in the order of dependence.
fn features(config: &mut ServiceConfig) {
    config
        .configure(crate::users::routes::mount)
        .configure(crate::users::resets::routes::mount)
        .configure(crate::users::sessions::routes::mount)
        .configure(crate::users::delegations::routes::mount)
        .configure(crate::users::memberships::routes::mount)
        .configure(crate::users::invitations::routes::mount)
        .configure(crate::users::registrations::routes::mount)
        .configure(crate::users::two_factor::routes::mount)
        .configure(crate::users::passwords::routes::mount)
        .configure(crate::users::emails::routes::mount)
        .configure(crate::users::tickets::routes::mount)
        .configure(crate::keys::routes::mount)
        .configure(crate::performance::routes::mount)
        .configure(crate::relations::routes::mount)
        .configure(crate::attachments::routes::mount)
        .configure(crate::relations::notes::files_routes::mount)
        .configure(crate::relations::notes::routes::mount)
        .configure(crate::keys::oauth::routes::mount)
        .configure(crate::companies::routes::mount)
        .configure(crate::attachments::logos::routes::mount)
        .configure(crate::payment::routes::mount)
        .configure(crate::managing::profiles::routes::mount)
        .configure(crate::companies::directory::routes::mount)
        .configure(crate::managing::statuses::routes::mount)
        .configure(crate::people::routes::mount)
        .configure(crate::partnerships::leaving::mount)
        .configure(crate::partnerships::contacts::routes::mount)
        .configure(crate::partnerships::changes::routes::mount)
        .configure(crate::partnerships::changes::drafts::mount)
        .configure(crate::partnerships::grants::routes::mount)
        .configure(crate::partnerships::tiles::routes::mount)
        .configure(crate::partnerships::managers::routes::mount)
        .configure(crate::partnerships::history::routes::mount)
        .configure(crate::partnerships::invitations::routes::mount)
        .configure(crate::partnerships::routes::mount)
        .configure(crate::programs::routes::mount)
        .configure(crate::contracts::routes::mount)
        .configure(crate::codes::routes::mount)
        .configure(crate::actions::reasons_routes::mount)
        .configure(crate::reversals::routes::mount)
        .configure(crate::reversals::guard::routes::mount)
        .configure(crate::reversals::imports::routes::mount)
        .configure(crate::actions::export_routes::mount)
        .configure(crate::actions::feed_routes::mount)
        .configure(crate::actions::summary_routes::mount)
        .configure(crate::reversals::bulk::routes::mount)
        .configure(crate::details::routes::mount)
        .configure(crate::actions::routes::mount)
        .configure(crate::adjustments::routes::mount)
        .configure(crate::reprocessings::routes::mount)
        .configure(crate::inquiries::routes::mount)
        .configure(crate::audit::routes::mount)
        .configure(crate::webhooks::delivery_routes::mount)
        .configure(crate::webhooks::routes::mount)
        .configure(crate::notifications::routes::mount)
        .configure(crate::notifications::preferences_routes::mount)
        .configure(crate::catalogue::routes::mount);
}

/// Every feature's verbs: who may at all, before anybody looks at the thing.
pub fn verbs() -> Vec<(&'static str, &'static [crate::access::VerbRow])> {
    vec![
        ("actions", crate::actions::policy::VERBS),
        ("actions", crate::actions::reasons_routes::VERBS),
        ("adjustments", crate::adjustments::policy::VERBS),
        ("attachments", crate::attachments::policy::VERBS),
        ("attachments", crate::attachments::logos::policy::VERBS),
        ("audit", crate::audit::policy::VERBS),
        ("catalogue", crate::catalogue::policy::VERBS),
        ("codes", crate::codes::policy::VERBS),
        ("companies", crate::companies::policy::VERBS),
        ("companies", crate::companies::directory::policy::VERBS),
        ("contracts", crate::contracts::policy::VERBS),
        ("inquiries", crate::inquiries::policy::VERBS),
        ("keys", crate::keys::policy::VERBS),
        ("managing", crate::managing::profiles::policy::VERBS),
        ("managing", crate::managing::statuses::policy::VERBS),
        ("notifications", crate::notifications::policy::VERBS),
        ("partnerships", crate::partnerships::policy::VERBS),
        ("partnerships", crate::partnerships::invitations::policy::VERBS),
        ("payment", crate::payment::policy::VERBS),
        ("people", crate::people::policy::VERBS),
        ("performance", crate::performance::policy::VERBS),
        ("programs", crate::programs::policy::VERBS),
        ("relations", crate::relations::policy::VERBS),
        ("relations", crate::relations::notes::policy::VERBS),
        ("reprocessings", crate::reprocessings::policy::VERBS),
        ("reversals", crate::reversals::policy::VERBS),
        ("reversals", crate::reversals::imports::policy::VERBS),
        ("users", crate::users::routes::VERBS),
        ("users", crate::users::sessions::policy::VERBS),
        ("users", crate::users::delegations::policy::VERBS),
        ("users", crate::users::memberships::policy::VERBS),
        ("users", crate::users::invitations::policy::VERBS),
        ("users", crate::users::two_factor::policy::VERBS),
        ("users", crate::users::tickets::policy::VERBS),
        ("webhooks", crate::webhooks::policy::VERBS),
    ]
}

/// What is mounted below `/v1`.
type Doors = fn(&mut ServiceConfig);

/// A server that only works in the background has no doors there.
fn doors(with_api: bool) -> Doors {
    if with_api { features } else { |_| {} }
}

/// The OpenAPI document of all features.
pub fn document() -> Value {
    document_of(features)
}

fn document_of(doors: Doors) -> Value {
    let (_, collected) = App::new()
        .into_utoipa_app()
        .configure(health::mount)
        .service(scope::scope("/v1").configure(doors))
        .split_for_parts();
    let mut document = document::finish(collected);
    rights::describe(&mut document, &verbs());
    webhooks::describe(&mut document);
    document
}

/// The document as it is kept in the repository and served.
pub fn document_text() -> String {
    written(&document())
}

fn written(document: &Value) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// What all requests share.
#[derive(Clone)]
struct Shared {
    /// Whether the API is served, or only what operations need.
    with_api: bool,
    gate: Arc<Gate>,
    shapes: Arc<Shapes>,
    metrics: Arc<Metrics>,
    pages: Arc<pages::Pages>,
    door: Arc<(Bells, door::Limits)>,
    seats: Seats,
    desk: Desk,
    invitations: Invitations,
    patience: Patience,
    outbound: Outbound,
    offers: OfferSpan,
    inviting: Inviting,
    depot: Depot,
}

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Tells it to stop.
    pub stop: CancellationToken,
    handle: ServerHandle,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    beside: Beside,
}

impl Running {
    /// Stops: requests in flight end, batches stop at the border of a chunk.
    pub async fn stop(self) -> Result<()> {
        self.stop.cancel();
        self.handle.stop(true).await;
        self.beside.join().await;
        self.server.await.map_err(Error::internal)?.map_err(Error::internal)
    }
}

/// Takes its port, migrates, opens the database, and serves.
pub async fn start(settings: &Serving, clock: Clock) -> Result<Running> {
    // The port comes first: a server that cannot have it leaves the database as it is.
    start_at(listen(settings.listen)?, settings, clock).await
}

/// The same at a port that was taken before.
pub async fn start_at(listener: TcpListener, settings: &Serving, clock: Clock) -> Result<Running> {
    let storage = &settings.storage;
    for applied in migrate::up(&storage.lanes.database.database_url)? {
        log::info!("migrated {applied}");
    }
    let key = storage.secret_key(settings.secret_key.as_ref()).map_err(Error::Internal)?;
    let pool = storage.lanes.open()?;
    let tokens = Tokens::signed_by(&key.0, &settings.public_url, settings.token_key)?;
    let with_api = !settings.jobs_only;
    let described = document_of(doors(with_api));
    let patience = settings.clients.body();
    let (reception, vault) = (settings.reception(), Vault::new(&key.0)?);
    let open = rules::welcome(reception.registration).is_ok();
    let gate = Gate::new(pool.clone(), clock.clone(), tokens, reception, vault)?;
    let gate = gate.paced(settings.rates);
    let premises = Premises {
        data_dir: &storage.data_dir,
        server_key: &key.0,
        public_url: &settings.public_url,
        patience,
        clock: clock.clone(),
    };
    let bells = Bells::default();
    let desk = Desk::new(&key.0, &settings.public_url, bells.stopping.clone())?;
    let shared = Shared {
        with_api,
        gate: Arc::new(gate.behind(settings.trusted_proxies.clone().unwrap_or_default())),
        shapes: Arc::new(Shapes::compile(&described)?),
        metrics: Arc::new(Metrics::default()),
        pages: Arc::new(pages::Pages::new(written(&described), &described)),
        door: Arc::new((bells, settings.batches.limits(patience))),
        seats: Seats::default(),
        desk,
        invitations: settings.invitations(),
        patience,
        offers: settings.offer_span(),
        inviting: settings.inviting.desk(&settings.public_url, open),
        depot: Depot::open(&settings.files, &premises)?,
        outbound: Outbound::new(&key.0, settings.webhooks.manner(), clock.clone())?,
    };
    let stop = shared.door.0.stopping.clone();
    let beside = Beside::start(settings, &shared, &pool, &clock, &stop)?;
    serve(settings, (listener, shared), stop, beside)
}

/// Takes a port. Who connects before the server is ready waits until it is.
pub fn listen(address: SocketAddr) -> Result<TcpListener> {
    let taken = |cause| Error::internal(anyhow::anyhow!("cannot listen on {address}: {cause}"));
    TcpListener::bind(address).map_err(taken)
}

/// What runs beside the requests.
struct Beside(Vec<tokio::task::JoinHandle<()>>);

impl Beside {
    /// Starts the workers of batches and reprocessings, what tells people and systems, and the
    /// jobs that come round every minute.
    fn start(
        settings: &Serving,
        shared: &Shared,
        pool: &Pool,
        clock: &Clock,
        stop: &CancellationToken,
    ) -> Result<Self> {
        if settings.no_jobs {
            return Ok(Self(Vec::new()));
        }
        let how = settings.batches.worker(pool.engine());
        let mut tasks = Vec::new();
        for _ in 0..settings.batches.workers(pool.engine()) {
            let own = pool.for_large_pieces()?;
            let worker = Worker::new(own, clock.clone(), how, shared.door.0.clone());
            let worker = worker.counted_in(Arc::clone(&shared.metrics));
            tasks.push(tokio::spawn(worker.run(stop.clone())));
        }
        let runner = Runner::new(pool.for_large_pieces()?, clock.clone(), how.lease);
        let runner = runner.counted_in(Arc::clone(&shared.metrics));
        tasks.push(tokio::spawn(runner.run(stop.clone())));
        let figures = pool.for_large_pieces()?;
        tasks.push(tokio::spawn(crate::performance::jobs::run(figures, stop.clone())));
        // What tells others asks often whether there is anything, and not in the queue of requests.
        let aside = pool.for_large_pieces()?;
        tasks.extend(telling(settings, shared, (&aside, clock), stop)?);
        let rounds = Rounds {
            pool: pool.clone(),
            clock: clock.clone(),
            gate: Arc::clone(&shared.gate),
            metrics: Arc::clone(&shared.metrics),
            audit_days: settings.audit_days,
            event_days: settings.event_days,
        };
        tasks.push(tokio::spawn(rounds.run(MINUTE, stop.clone())));
        let sweeper = Sweeper::new(pool.clone(), clock.clone(), shared.depot.clone());
        let sweeper = sweeper.counted_in(Arc::clone(&shared.metrics));
        tasks.push(tokio::spawn(sweeper.run(stop.clone())));
        Ok(Self(tasks))
    }

    /// Waits until all of it has stopped.
    async fn join(self) {
        for task in self.0 {
            if let Err(cause) = task.await {
                log::error!("a background task ended badly: {cause}");
            }
        }
    }
}

/// What tells people and systems of what happens: letters, webhooks, notifications.
fn telling(
    settings: &Serving,
    shared: &Shared,
    (pool, clock): (&Pool, &Clock),
    stop: &CancellationToken,
) -> Result<Vec<tokio::task::JoinHandle<()>>> {
    let resets = Resets::new(pool.clone(), clock.clone(), settings.reset_link());
    let made = Arc::<tokio::sync::Notify>::default();
    let fan_out = FanOut::new(pool.clone(), clock.clone(), Arc::clone(&made));
    let spans = (settings.batches.lease(), settings.webhooks.patience());
    let outbound = shared.outbound.clone();
    let carrier = Carrier::new(pool.clone(), clock.clone(), (outbound, catalogue::told), spans);
    let carrier = carrier.counted_in(Arc::clone(&shared.metrics));
    let notifier = Notifier::new(pool.clone(), clock.clone(), shared.desk.clone());
    let notifier = notifier.counted_in(Arc::clone(&shared.metrics));
    Ok(vec![
        tokio::spawn(postman(settings, shared, pool, clock)?.run(stop.clone())),
        tokio::spawn(resets.run(stop.clone())),
        tokio::spawn(fan_out.run(stop.clone())),
        tokio::spawn(carrier.run(made, stop.clone())),
        tokio::spawn(notifier.run(stop.clone())),
    ])
}

/// Who hands letters on.
fn postman(settings: &Serving, shared: &Shared, pool: &Pool, clock: &Clock) -> Result<Postman> {
    let office = Office::open(&settings.mail, &settings.storage.data_dir, &settings.public_url)?;
    let lease = settings.batches.lease();
    let postman = Postman::new(pool.clone(), clock.clone(), lease, office);
    Ok(postman.counted_in(Arc::clone(&shared.metrics)))
}

fn serve(
    settings: &Serving,
    (listener, shared): (TcpListener, Shared),
    stop: CancellationToken,
    beside: Beside,
) -> Result<Running> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let workers = settings.http_workers.map_or(cores, usize::from);
    let server = HttpServer::new(move || application(shared.clone()))
        .workers(workers)
        .disable_signals()
        .client_request_timeout(settings.clients.head())
        .shutdown_timeout(settings.shutdown_seconds)
        .listen(listener)
        .map_err(Error::internal)?;
    let address = server.addrs().first().copied().unwrap_or(settings.listen);
    let server = server.run();
    let handle = server.handle();
    Ok(Running { address, stop, handle, server: tokio::spawn(server), beside })
}

/// One worker's application.
fn application(
    shared: Shared,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let Shared { with_api, gate, shapes, metrics, pages, door, seats, .. } = shared;
    let Shared { desk, invitations, patience, outbound, offers, inviting, depot, .. } = shared;
    let (app, _) = App::new()
        .into_utoipa_app()
        .configure(health::mount)
        .service(scope::scope("/v1").configure(doors(with_api)))
        .split_for_parts();
    // What the document collected once must not pile up once for each worker.
    crate::http::reply::drain_schemas();
    app.app_data(gate)
        .app_data(shapes)
        .app_data(metrics)
        .app_data(pages)
        .app_data(door)
        .app_data(seats)
        .app_data(desk)
        .app_data(invitations)
        .app_data(patience)
        .app_data(outbound)
        .app_data(offers)
        .app_data(inviting)
        .app_data(depot)
        .configure(move |config| {
            if with_api {
                pages::mount(config)
            }
        })
        .default_service(web::to(fallback))
        .wrap(from_fn(remember))
        .wrap(from_fn(authenticate))
        .wrap(Compress::default())
        .wrap(DefaultHeaders::new().add(("X-Content-Type-Options", "nosniff")))
        .wrap(from_fn(observe))
}

/// Whatever matched nothing: a known path with a wrong method, or an unknown path.
async fn fallback(request: HttpRequest) -> HttpResponse {
    let pages = request.app_data::<Arc<pages::Pages>>();
    let allowed = pages.map(|pages| pages.methods(request.path())).unwrap_or_default();
    let (status, code, detail) = if allowed.is_empty() {
        (StatusCode::NOT_FOUND, "not_found", "no such path".to_string())
    } else {
        let detail = format!("this path knows {}", allowed.join(", "));
        (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    };
    let mut response = problem::answer(status, code, detail, &[], current_request_id());
    if !allowed.is_empty()
        && let Ok(value) = allowed.join(", ").parse()
    {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}
